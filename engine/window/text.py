"""Text as small surfaces in the typeface that OpenCV 5 carries in itself, so that every machine shows the same page."""

from functools import lru_cache

import cv2
import numpy as np
import pygame

REGULAR, BOLD = 400, 620
BELOW = 0.3  # room under the baseline, in parts of the size


def plain(text: str) -> str:
    """The start of the text on one line, without the half characters of undecodable names: OpenCV 5.0 dies of them."""
    return " ".join(text[:400].encode("utf-8", "replace").decode().split())


class Typeface:
    """Draws words once and remembers the last 512 of them; sizes in pixels, colours as (r, g, b).

    The typeface is Rubik, variable in weight, with figures of one width.
    """

    def __init__(self) -> None:
        self.face = cv2.FontFace("sans")
        self.draw = lru_cache(maxsize=512)(self._draw)
        self.width = lru_cache(maxsize=2048)(self._width)

    def cut(self, text: str, size: int, width: int, weight: int = REGULAR) -> str:
        """The text on one line, its end replaced by an ellipsis where it would be wider than width."""
        text = plain(text)
        if self.width(text, size, weight) <= width:
            return text
        fits, long = 0, len(text)
        while fits < long:
            half = (fits + long + 1) // 2
            if self.width(text[:half] + "…", size, weight) <= width:
                fits = half
            else:
                long = half - 1
        return text[:fits].rstrip() + "…"

    def _width(self, text: str, size: int, weight: int) -> int:
        return cv2.getTextSize((0, 0), plain(text), (0, 0), self.face, size, weight)[2]

    def _draw(self, text: str, size: int, colour: tuple[int, int, int], weight: int = REGULAR) -> pygame.Surface:
        mask = np.zeros((size + round(size * BELOW), max(1, self.width(text, size, weight))), np.uint8)
        cv2.putText(mask, plain(text), (0, size), 255, self.face, size, weight)
        pixels = np.empty((*mask.shape, 4), np.uint8)
        pixels[..., :3] = colour
        pixels[..., 3] = mask
        return pygame.image.frombuffer(pixels.tobytes(), mask.shape[::-1], "RGBA").convert_alpha()
