"""The audience's window on a display of its own: the picture alone, while the operator's page is on another."""

import numpy as np
import pygame
from pygame._sdl2.video import Renderer, Texture, Window  # what pygame and pygame-ce both have for a second window

from engine.window.displays import CENTRED, plugged
from engine.window.drawing import Canvas, Typeface


class Audience:
    """A window that shows pictures and takes no part in anything else. It stays on the thread that opened it.

    size in pixels (width, height) while it does not fill its display; pygame.error if it cannot be opened.
    """

    def __init__(self, display: int, size: tuple[int, int], fullscreen: bool):
        self.window = Window("Neocog", size, (CENTRED | display,) * 2, resizable=True)
        self.renderer = Renderer(self.window, accelerated=0)  # of a picture a frame, a memory copy is the quickest way
        self.canvas, self.texture = Canvas(Typeface()), None
        self.canvas.begin(pygame.Surface(size, 0, 32))
        self.display, self.windowed, self.full = display, size, False
        self.fill(fullscreen)

    @property
    def size(self) -> tuple[int, int]:
        return tuple(self.window.size)

    def fill(self, fullscreen: bool) -> None:
        """Fill the display, or be a window on it."""
        if fullscreen == self.full:
            return
        self.full = fullscreen
        self.window.set_windowed()
        display, screen = plugged(self.display)
        # on X11 SDL leaves it to a window manager to fill the screen, and a projector's machine may have none
        self.window.size = screen if fullscreen else self.windowed
        self.window.position = (CENTRED | display,) * 2
        if fullscreen:
            self.window.set_fullscreen(True)

    def show(self, picture: np.ndarray) -> None:
        """Put a picture (H, W, 3) uint8 RGB on the display, scaled to it."""
        if self.texture is None or self.canvas.surface.get_size() != self.size:
            self.canvas.begin(pygame.Surface(self.size, 0, 32))
            self.texture = Texture(self.renderer, self.size, depth=32, streaming=True)
        self.canvas.put(picture, self.canvas.surface.get_rect())
        self.texture.update(self.canvas.surface)
        self.texture.draw()
        self.renderer.present()

    def owns(self, event: pygame.event.Event) -> bool:
        """Whether an event happened in this window."""
        return getattr(event, "window", None) == self.window
