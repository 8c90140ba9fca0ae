"""Words in the typeface that OpenCV 5 carries in itself, so that every machine shows the same picture."""

from functools import lru_cache

import cv2
import numpy as np

REGULAR, BOLD = 400, 620
BELOW = 0.3  # room under the baseline, in parts of the size
FACE = cv2.FontFace("sans")  # Rubik, variable in weight, with figures of one width


def plain(text: str) -> str:
    """The start of the text on one line, without the half characters of undecodable names: OpenCV 5.0 dies of them."""
    return " ".join(text[:400].encode("utf-8", "replace").decode().split())


@lru_cache(maxsize=2048)
def width_of(text: str, size: int, weight: int = REGULAR) -> int:
    """How many pixels wide a text of this size in pixels is."""
    return cv2.getTextSize((0, 0), plain(text), (0, 0), FACE, size, weight)[2]


def height_of(size: int) -> int:
    """How many pixels high a line of text is, with what hangs below it."""
    return size + round(size * BELOW)


@lru_cache(maxsize=512)
def cover(text: str, size: int, weight: int = REGULAR) -> np.ndarray:
    """How much of each pixel a text covers, (height_of, width_of) uint8, read-only."""
    mask = np.zeros((height_of(size), max(1, width_of(text, size, weight))), np.uint8)
    cv2.putText(mask, plain(text), (0, size), 255, FACE, size, weight)
    mask.flags.writeable = False
    return mask


@lru_cache(maxsize=512)
def covered(text: str, size: int, weight: int) -> np.ndarray:
    """The same for each of three colours, (height_of, width_of, 3)."""
    return cv2.cvtColor(cover(text, size, weight), cv2.COLOR_GRAY2RGB)


def cut(text: str, size: int, width: int, weight: int = REGULAR) -> str:
    """The text on one line, its end replaced by an ellipsis where it would be wider than width."""
    text = plain(text)
    if width_of(text, size, weight) <= width:
        return text
    fits, long = 0, len(text)
    while fits < long:
        half = (fits + long + 1) // 2
        if width_of(text[:half] + "…", size, weight) <= width:
            fits = half
        else:
            long = half - 1
    return text[:fits].rstrip() + "…"


def wrapped(text: str, size: int, width: int, weight: int = REGULAR, most: int = 4) -> list[str]:
    """The text in lines no wider than width, at most so many; the last is cut."""
    lines, words = [], plain(text).split()
    while words and len(lines) < most - 1:
        line = words.pop(0)
        while words and width_of(f"{line} {words[0]}", size, weight) <= width:
            line += f" {words.pop(0)}"
        lines.append(cut(line, size, width, weight))
    return lines + [cut(" ".join(words), size, width, weight)] * bool(words)


def write(picture: np.ndarray, text: str, place: tuple[float, float], size: int, colour: tuple[int, int, int],
          weight: int = REGULAR, anchor: tuple[float, float] = (0.0, 0.0), strength: float = 1.0) -> int:
    """Write a text of a size in pixels over a picture (H, W, 3) uint8, what lies outside left out; returns its width.

    anchor is the point of the text that comes to place (x, y): 0, 0 its left upper corner, 1, 1 its right lower one.
    strength 0..1 is how far it covers what is under it.
    """
    mask = covered(text, max(4, int(size)), weight)
    height, width = mask.shape[:2]
    left, top = round(place[0] - anchor[0] * width), round(place[1] - anchor[1] * height)
    x, y = max(0, left), max(0, top)
    under = picture[y : max(0, top + height), x : max(0, left + width)]
    if under.size and strength > 0:
        part = mask[y - top : y - top + under.shape[0], x - left : x - left + under.shape[1]]
        part = part if strength >= 1 else cv2.convertScaleAbs(part, alpha=strength)
        ink = cv2.multiply(part, (*colour, 0), scale=1 / 255)
        under[...] = cv2.add(cv2.multiply(under, cv2.bitwise_not(part), scale=1 / 255), ink)
    return width
