"""Pictures, lines of text, marks and the help on the window's surface."""

from collections.abc import Iterable
from functools import lru_cache

import cv2
import numpy as np
import pygame
from pygame import Rect

from engine.window.colours import ACCENT, DIM, GROUND, INK, TEXT
from engine.window.layout import Layout
from engine.window.text import BOLD, REGULAR, cover, cut, width_of, wrapped

SMALLEST = 6  # pixels, of the help's words in the smallest window
GAP = 2  # around a chosen tile, in pixels of a 1280 by 720 window


class Typeface:
    """Draws words once and remembers the last 512 of them; sizes in pixels, colours as (r, g, b)."""

    cut = staticmethod(cut)

    def __init__(self) -> None:
        self.draw = lru_cache(maxsize=512)(self._draw)

    def _draw(self, text: str, size: int, colour: tuple[int, int, int], weight: int = REGULAR) -> pygame.Surface:
        mask = cover(text, size, weight)
        pixels = np.empty((*mask.shape, 4), np.uint8)
        pixels[..., :3] = colour
        pixels[..., 3] = mask
        return pygame.image.frombuffer(pixels.tobytes(), mask.shape[::-1], "RGBA").convert_alpha()


class Canvas:
    """Draws on a 32-bit surface, the whole layout anew each frame; rectangles and sizes in its pixels."""

    def __init__(self, typeface: Typeface):
        self.typeface = typeface

    def begin(self, surface: pygame.Surface, main: Rect = Rect(0, 0, 0, 0)) -> None:
        """Start a layout that is black around the main picture."""
        self.surface = surface
        width, height = surface.get_size()
        for strip in ((0, 0, width, main.top), (0, main.bottom, width, height - main.bottom),
                      (0, main.top, main.left, main.height), (main.right, main.top, width - main.right, main.height)):
            surface.fill(GROUND, strip)

    def put(self, pixels: np.ndarray, rect: Rect) -> None:
        """A picture (H, W, 3) uint8 RGB, scaled to fill rect."""
        red_first = self.surface.get_masks()[0] == 0xFF
        code = cv2.COLOR_RGB2RGBA if red_first else cv2.COLOR_RGB2BGRA
        plane = np.asarray(self.surface.get_view("2")).T.view(np.uint8)  # locks the surface while it is held
        area = plane.reshape(plane.shape[0], -1, 4)[rect.top : rect.bottom, rect.left : rect.right]
        if area.shape[:2] == pixels.shape[:2]:
            cv2.cvtColor(pixels, code, dst=area)
        elif area.size:
            cv2.resize(cv2.cvtColor(pixels, code), area.shape[1::-1], dst=area)

    def outline(self, tile: Rect, layout: Layout) -> None:
        """A bright frame along a tile's edge."""
        pygame.draw.rect(self.surface, TEXT, tile, layout.pixels(GAP))

    def marks(self, words: Iterable[str], layout: Layout) -> None:
        """Words that the operator must not miss (frozen, black), in the upper right corner of the main picture."""
        size, space = layout.pixels(14, 11), layout.pixels(8)
        right = layout.main.right - space
        for word in words:
            surface = self.typeface.draw(word, size, INK, BOLD)
            flag = surface.get_rect().inflate(2 * space, space // 2)
            flag.topright = right, layout.main.top + space
            pygame.draw.rect(self.surface, ACCENT, flag, border_radius=space // 2)
            self.surface.blit(surface, surface.get_rect(center=flag.center))
            right = flag.left - space

    def banner(self, notices: Iterable[str], layout: Layout) -> None:
        """Sentences at the foot of the main picture, one a line, newest lowest."""
        size, space = layout.pixels(15, 12), layout.pixels(12)
        bottom = layout.main.bottom
        for notice in reversed(list(notices)):
            lines = wrapped(notice, size, layout.main.width - 3 * space)
            surfaces = [self.typeface.draw(line, size, TEXT) for line in lines]
            high = sum(surface.get_height() for surface in surfaces) + space
            wide = max((surface.get_width() for surface in surfaces), default=0) + 2 * space
            bar = Rect(layout.main.left, bottom - high, wide, high)
            pygame.draw.rect(self.surface, INK, bar)
            pygame.draw.rect(self.surface, ACCENT, Rect(bar.left, bar.top, max(2, space // 4), bar.height))
            top = bar.top + space // 2
            for surface in surfaces:
                self.surface.blit(surface, (bar.left + space, top))
                top += surface.get_height()
            bottom = bar.top

    def help(self, lines: Iterable[tuple[str, str]], layout: Layout) -> None:
        """A card in the middle of the window, in one column or two, as large as fits: key and meaning, one a line."""
        rows, count = list(lines), 1
        size = layout.pixels(16, SMALLEST)
        while size > SMALLEST and not (count := next((n for n in (1, 2) if self.fits(rows, size, n)), 0)):
            size -= 1
        count = count or 2
        space, step, high = 2 * size, round(size * 1.6), -(-len(rows) // count)
        drawn = [(self.typeface.draw(key, size, TEXT, BOLD), self.typeface.draw(word, size, DIM)) for key, word in rows]
        keys, words = (max(pair[place].get_width() for pair in drawn) for place in (0, 1))
        card = Rect(0, 0, count * (keys + words + 2 * space) + space, high * step + 2 * space)
        card.center = self.surface.get_rect().center
        pygame.draw.rect(self.surface, INK, card, border_radius=space // 3)
        for place, (key, word) in enumerate(drawn):
            column, row = divmod(place, high)
            left, top = card.left + space + column * (keys + words + 2 * space), card.top + space + row * step
            self.surface.blit(key, (left + keys - key.get_width(), top))
            self.surface.blit(word, (left + keys + space, top))

    def fits(self, rows: list[tuple[str, str]], size: int, count: int) -> bool:
        """Whether the help has room in the window in this size and so many columns."""
        keys = max(width_of(key, size, BOLD) for key, _ in rows)
        words = max(width_of(word, size, REGULAR) for _, word in rows)
        width, height = self.surface.get_size()
        return (count * (keys + words + 4 * size) + 4 * size <= width
                and -(-len(rows) // count) * round(size * 1.6) + 6 * size <= height)

    def picture(self) -> np.ndarray:
        """What has been drawn, as a new (height, width, 3) uint8 picture in the order blue, green, red."""
        return pygame.surfarray.array3d(self.surface).transpose(1, 0, 2)[..., ::-1].copy()
