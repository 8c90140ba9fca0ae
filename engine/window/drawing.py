"""Pictures, tiles, boxes and lines of text on the window's surface."""

from collections.abc import Iterable

import cv2
import numpy as np
import pygame
from pygame import Rect

from engine.values import Track
from engine.window.colours import ACCENT, DIM, GROUND, TEXT, heat, track_colour
from engine.window.layout import Layout
from engine.window.text import BOLD, Typeface
from engine.window.views.wall import Grid

DUSK = 0.35  # brightness of the camera picture where a unit is dark
LIGHT = 0.45  # how much of a unit's glow depends on the picture under it
LINE = 8  # brightness of the lines between tiles
GAP = 2  # between tiles, in pixels of a 1280 by 720 window
INK = (12, 10, 16)


class Canvas:
    """Draws on a 32-bit surface, the whole layout anew each frame; rectangles and sizes in its pixels."""

    def __init__(self, typeface: Typeface):
        self.typeface = typeface
        self.heat = heat()[:, None]
        self.inks = [tuple(colour) for colour in heat().tolist()]

    def begin(self, surface: pygame.Surface) -> None:
        """Start a black layout."""
        self.surface = surface
        surface.fill(GROUND)

    def camera(self, pixels: np.ndarray, rect: Rect, mirror: bool) -> None:
        """A picture (H, W, 3) uint8 RGB, scaled to fill rect."""
        pixels = shrunk(pixels, rect.size)
        self._put(cv2.flip(pixels, 1) if mirror else pixels, rect)

    def glow(self, pixels: np.ndarray, bright: np.ndarray, rect: Rect, mirror: bool) -> None:
        """A dim grey picture and, lit by it, one unit's map (H, W) uint8, which comes mirrored if at all."""
        grey = cv2.cvtColor(cv2.cvtColor(shrunk(pixels, rect.size), cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        if mirror:
            grey = cv2.flip(grey, 1)
        bright = cv2.resize(bright, grey.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        light = cv2.convertScaleAbs(grey, alpha=LIGHT, beta=255 * (1 - LIGHT))
        glow = cv2.multiply(cv2.applyColorMap(bright, self.heat), light, scale=1 / 255)
        self._put(cv2.max(glow, cv2.convertScaleAbs(grey, alpha=DUSK)), rect)

    def wall(self, mosaic: np.ndarray, grid: Grid, rect: Rect, layout: Layout) -> Rect:
        """A mosaic of tiles in the middle of rect; returns where it lies."""
        bright = cv2.resize(mosaic, grid.size, interpolation=cv2.INTER_LINEAR)  # enlarged bicubically before
        gap = layout.pixels(GAP)
        tiles = bright.reshape(grid.rows, grid.height, grid.columns, grid.width)
        tiles[:, -gap:] = LINE
        tiles[..., -gap:] = LINE
        sheet = pygame.image.frombuffer(bright, grid.size, "P")
        sheet.set_palette(self.inks)
        return self.surface.blit(sheet, sheet.get_rect(center=rect.center))

    def boxes(self, tracks: Iterable[Track], rect: Rect, mirror: bool, layout: Layout) -> None:
        """Objects over a picture in rect: a frame and a flag with name and number, in the track's own colour."""
        size, line = max(layout.pixels(11, 10), min(layout.pixels(16), rect.width // 50)), layout.pixels(2)
        self.surface.set_clip(rect)
        for track in tracks:
            x = 1 - track.x if mirror else track.x
            box = Rect(0, 0, max(1, round(track.w * rect.width)), max(1, round(track.h * rect.height)))
            box.center = round(rect.left + x * rect.width), round(rect.top + track.y * rect.height)
            colour = track_colour(track.id)
            pygame.draw.rect(self.surface, colour, box, line, border_radius=2 * line)
            words = self.typeface.draw(f"{track.name} {track.id}", size, INK, BOLD)
            flag = words.get_rect().inflate(size * 3 // 4, size // 6)
            flag.bottomleft = box.topleft if box.top - flag.height >= rect.top else (box.left, box.top + flag.height)
            flag.clamp_ip(rect)
            pygame.draw.rect(self.surface, colour, flag, border_radius=2 * line)
            self.surface.blit(words, words.get_rect(center=flag.center))
        self.surface.set_clip(None)

    def outline(self, tile: Rect, layout: Layout) -> None:
        """A bright frame in the gap around a tile."""
        gap = layout.pixels(GAP)
        frame = Rect(tile.left - gap, tile.top - gap, tile.width + gap, tile.height + gap)
        pygame.draw.rect(self.surface, TEXT, frame, gap)

    def banner(self, notices: Iterable[str], layout: Layout) -> None:
        """Sentences at the foot of the main picture, one a line, newest lowest."""
        size, space = layout.pixels(15, 12), layout.pixels(12)
        bottom = layout.main.bottom
        for notice in reversed(list(notices)):
            words = self.typeface.cut(notice, size, layout.main.width - 3 * space)
            surface = self.typeface.draw(words, size, TEXT)
            bar = Rect(layout.main.left, 0, surface.get_width() + 2 * space, surface.get_height() + space)
            bar.bottom = bottom
            pygame.draw.rect(self.surface, INK, bar)
            pygame.draw.rect(self.surface, ACCENT, Rect(bar.left, bar.top, max(2, space // 4), bar.height))
            self.surface.blit(surface, surface.get_rect(midleft=(bar.left + space, bar.centery)))
            bottom = bar.top

    def help(self, lines: Iterable[tuple[str, str]], layout: Layout) -> None:
        """A card in the middle of the window: key and meaning, one a line."""
        size, space = layout.pixels(16, 11), layout.pixels(28)
        rows = [(self.typeface.draw(key, size, TEXT, BOLD), self.typeface.draw(word, size, DIM)) for key, word in lines]
        keys, step = max(key.get_width() for key, _ in rows), round(size * 1.6)
        card = Rect(0, 0, keys + max(word.get_width() for _, word in rows) + 3 * space, len(rows) * step + 2 * space)
        card.center = self.surface.get_rect().center
        pygame.draw.rect(self.surface, INK, card, border_radius=space // 3)
        for row, (key, word) in enumerate(rows):
            top = card.top + space + row * step
            self.surface.blit(key, (card.left + space + keys - key.get_width(), top))
            self.surface.blit(word, (card.left + 2 * space + keys, top))

    def picture(self) -> np.ndarray:
        """What has been drawn, as a new (height, width, 3) uint8 picture in the order blue, green, red."""
        return pygame.surfarray.array3d(self.surface).transpose(1, 0, 2)[..., ::-1].copy()

    def _put(self, pixels: np.ndarray, rect: Rect) -> None:
        red_first = self.surface.get_masks()[0] == 0xFF
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA if red_first else cv2.COLOR_RGB2BGRA)
        plane = np.asarray(self.surface.get_view("2")).T.view(np.uint8)  # locks the surface while it is held
        area = plane.reshape(plane.shape[0], -1, 4)[rect.top : rect.bottom, rect.left : rect.right]
        cv2.resize(pixels, rect.size, dst=area)


def shrunk(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A picture no larger than size; in two steps where one would leave out too many pixels."""
    while pixels.shape[1] > size[0]:
        width, height = size if pixels.shape[1] <= 2.5 * size[0] else (2 * size[0], 2 * size[1])
        pixels = cv2.resize(pixels, (width, height))
    return pixels
