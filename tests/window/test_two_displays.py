"""Two displays without a window manager: the audience's picture on one, the operator's page on the other."""

import subprocess
from pathlib import Path

import numpy as np
import pygame
import pytest

from engine.window import displays
from engine.window.displays import open_window
from engine.window.layout import arrange
from tests.parts import lack, need
from tests.percepts import BLUE, RED, parameters
from tests.window.test_window import outside, screen, show, turned, until, x_server  # noqa: F401

DESK, PROJECTOR = (1024, 768), (640, 480)  # the second is right of the first
WINDOW = (500, 300)
CONFIGURATION = Path(__file__).with_name("two_displays.conf")


@pytest.fixture(scope="module")
def xvfb(tmp_path_factory):
    need("Xorg", "xrandr", "xdotool", "import")
    log = tmp_path_factory.mktemp("x") / "log"
    with x_server("Xorg", "-config", str(CONFIGURATION), "-logfile", str(log)) as number:
        lack([] if number != ":" else ["xserver-xorg-video-dummy"])
        for words in (("--addmode", "DUMMY1", "640x480"), ("--output", "DUMMY0", "--mode", "1024x768"),
                      ("--output", "DUMMY1", "--mode", "640x480", "--right-of", "DUMMY0"),
                      ("--query",)):  # which has the server look what is connected by now
            subprocess.run(["xrandr", "-display", number, *words], check=True, capture_output=True)
        yield number


def desk() -> np.ndarray:
    return outside()[:, : DESK[0]]


def projector() -> np.ndarray:
    return outside()[: PROJECTOR[1], DESK[0] :]


def filled(picture: np.ndarray) -> bool:
    """Whether the camera's picture, two colours side by side, goes from edge to edge."""
    half = picture.shape[1] // 2
    return bool((picture[:, : half - 8] == RED).all() and (picture[:, half + 8 :] == BLUE).all())


def test_both_are_listed_by_name_and_size(screen):  # noqa: F811
    assert displays.displays() == ["0: DUMMY0 1024x768", "1: DUMMY1 640x480"]


def test_the_audiences_picture_fills_the_projector_and_the_page_is_on_the_desk(screen):  # noqa: F811
    table = parameters()
    table.set("view/fullscreen", 1, "rig")
    with open_window(table, WINDOW, display="dummy1", operator="0") as window:
        turned(window, name="camera", fade=0)
        show(window)
        until(window, lambda: window.audience.size == PROJECTOR)
        show(window)
        until(window, lambda: filled(projector()))
        left, top = ((whole - part) // 2 for whole, part in zip(DESK, WINDOW, strict=True))
        page, main = desk(), arrange(WINDOW, True, 4 / 3, False).main
        assert (page[top + main.centery, left + 60] == RED).all() and not page[: top - 1].any()
        turned(window, card=True)
        show(window)
        assert window.audience_display == "display 1: DUMMY1 640x480"
        card = projector()
        assert (card[5, 5] == (255, 60, 60)).all() and (card[-5, -5] == (80, 120, 255)).all()


def test_a_window_comes_to_its_own_display_fills_it_and_comes_back(screen):  # noqa: F811
    table = parameters()
    table.set("view/text", 0, "rig")
    with open_window(table, WINDOW, display="1") as window:
        turned(window, name="camera", fade=0)
        for full in (True, False, True):
            turned(window, fullscreen=full)
            until(window, lambda full=full: pygame.display.get_surface().get_size() == (PROJECTOR if full else WINDOW))
            show(window)
            until(window, lambda full=full: filled(projector()) is full)
        assert not desk().any()


def test_a_display_has_its_size_alone_where_sdl_cannot_be_asked(screen, monkeypatch):  # noqa: F811
    monkeypatch.setattr(displays.ctypes, "CDLL", lambda path: object())
    assert displays.displays() == ["0: 1024x768", "1: 640x480"]
