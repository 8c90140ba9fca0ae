"""What is said while a show is being prepared."""

import io
import os
import subprocess
import sys

import numpy as np
import pygame
import pytest

from engine.settings import Settings, WindowSettings
from engine.window.start import Start
from tests.parts import PATIENCE

LINES = ["loading", "measuring what is quickest here, 1 of 6", "measuring what is quickest here, 2 of 6",
         "loading the voice"]


@pytest.fixture
def no_screen(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")  # a display like any other, that nobody sees


def seen(surface: pygame.Surface) -> np.ndarray:
    return pygame.surfarray.array3d(surface).max(2)


def test_a_window_shows_each_line_at_once_and_the_show_goes_on_in_it(no_screen):
    with Start(Settings(window=WindowSettings(size=(640, 360))), io.StringIO()) as tell:
        pictures = []
        for line in LINES:
            tell(line)
            pictures.append(seen(pygame.display.get_surface()))
        assert pictures[0].shape == (640, 360) and all(picture.max() > 100 for picture in pictures)
        assert all((one != other).any() for one, other in zip(pictures, pictures[1:], strict=False))
        pygame.event.post(pygame.event.Event(pygame.QUIT))
        tell("the last")
        assert pygame.event.peek(pygame.QUIT), "who leaves during the start leaves the show"
    assert not pygame.display.get_init()


def terminal() -> io.StringIO:
    stream = io.StringIO()
    stream.isatty = lambda: True
    return stream


def test_in_a_terminal_each_line_takes_the_place_of_the_last_and_a_log_has_none():
    log, screen = io.StringIO(), terminal()
    for stream in (log, screen):
        with Start(Settings(window=WindowSettings(headless=True)), stream) as tell:
            for line in LINES:
                tell(line)
    assert log.getvalue() == ""
    assert screen.getvalue() == "".join(f"\r{line}\x1b[K" for line in [*LINES, ""])


def test_where_there_is_no_screen_the_terminal_is_told(monkeypatch):
    def none():
        raise pygame.error("nothing answers")

    monkeypatch.setattr("engine.window.displays.names", none)
    screen = terminal()
    with Start(Settings(), screen) as tell:
        tell("loading")
    assert screen.getvalue().startswith("\rloading\x1b[K")


def test_nothing_slow_is_loaded_before_the_window_is_there():
    script = """
import sys
from engine.commands.show import show_command
from engine.settings import Settings
from engine.window.start import Start
with Start(Settings()) as tell:
    tell("loading")
    assert tell.surface is not None
    print([name for name in ("torch", "numba", "scipy", "skimage") if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE,
                         env=os.environ | {"SDL_VIDEODRIVER": "dummy"})
    assert (ran.stdout.splitlines()[-1], ran.returncode) == ("[]", 0), ran.stderr
