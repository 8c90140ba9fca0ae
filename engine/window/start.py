"""The start of a show: what is being prepared stands in the window from the first second on, and in the terminal."""

import sys
from typing import TextIO

from engine.errors import UserError
from engine.libraries import NotLoaded
from engine.settings import Settings
from engine.window.colours import DIM, GROUND, TEXT

TITLE, LINE = 64, 24  # pixels of the words in a window that is 720 high


class Start:
    """A context, and in it callable: (line) -> None says what is being prepared.

    Its window is the show's, which goes on in it. torch takes seconds to load, and nothing here needs it. In a terminal
    the lines take each other's place, and an empty one leaves it clean; a log waits for what the show says.
    """

    def __init__(self, settings: Settings, stream: TextIO | None = None):
        self.settings, self.stream = settings, stream or sys.stderr
        self.surface = None

    def __enter__(self) -> "Start":
        window = self.settings.window
        if not window.headless:
            from engine.window.displays import meant, put_up, whole_pygame
            try:
                self.pygame = pygame = whole_pygame()
            except NotLoaded:
                return self  # the show says why
            from engine.window.drawing import Typeface
            from engine.window.x_server import Server, leave_screen

            self.typeface, self.server, self.leave_screen = Typeface(), Server, leave_screen
            try:
                audience, own = meant(window.display, window.operator)
                full = bool(self.settings.parameters.get("view/fullscreen")) and own is None
                self.surface = put_up(window.size, audience if own is None else own, full)
            except (pygame.error, UserError):
                leave_screen()  # the show says why
        return self

    def __exit__(self, *raised) -> None:
        self.write("")
        if self.surface is not None:
            self.leave_screen()

    def __call__(self, line: str) -> None:
        if self.surface is not None and not self.server.ended:
            self.draw(line)
        self.write(line)

    def write(self, line: str) -> None:
        if self.stream.isatty():
            self.stream.write(f"\r{line}\x1b[K")
            self.stream.flush()

    def draw(self, line: str) -> None:
        """The engine's name in the middle of the window and the line under it."""
        self.surface.fill(GROUND)
        width, height = self.surface.get_size()
        for words, size, ink, place in (("Neocog", TITLE, TEXT, 0.45), (line, LINE, DIM, 0.56)):
            drawn = self.typeface.draw(words, max(10, size * height // 720), ink)
            self.surface.blit(drawn, drawn.get_rect(center=(width // 2, round(place * height))))
        self.pygame.display.flip()
        self.pygame.event.pump()  # the desktop shall know that the program lives; keys wait for the show
