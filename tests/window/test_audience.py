"""Two windows: the operator's page in one, the audience's picture alone in the other."""

import os

import cv2
import numpy as np
import pygame
import pytest

from engine.errors import UserError
from engine.window.displays import open_window
from engine.window.layout import arrange
from engine.window.window import Window
from tests.percepts import BLUE, RED, parameters
from tests.window.test_window import (  # noqa: F401
    LEFT,
    SCREEN,
    dummy,
    outside,
    screen,
    show,
    tool,
    turned,
    until,
    xvfb,
)

SIZE = (500, 400)
PAGE = (800, 300)  # where the operator's window is put, beside the audience's at 0, 0


@pytest.fixture
def windows(screen):  # noqa: F811
    with open_window(parameters(), SIZE, operator="0: screen 1400x800") as made:
        turned(made, name="camera", fade=0)
        show(made)
        made.audience.window.position = (0, 0)
        until(made, lambda: len(names()) == 2)
        tool("windowmove", "--sync", next(name for name in names() if name != bottom()), *PAGE)
        tool("mousemove", 1390, 790)
        until(made, lambda: not made.over_audience)
        show(made)
        yield made


def names() -> list[str]:
    return tool("search", "--onlyvisible", "--pid", os.getpid()).split()


def bottom() -> str:
    """The window whose left upper corner is that of the screen."""
    return next(name for name in names() if "X=0\nY=0" in tool("getwindowgeometry", "--shell", name))


def seen() -> tuple[np.ndarray, np.ndarray]:
    """What the audience sees, and what the operator does."""
    shot = outside()
    return shot[: SIZE[1], : SIZE[0]], shot[PAGE[1] : PAGE[1] + SIZE[1], PAGE[0] : PAGE[0] + SIZE[0]]


def test_the_audience_sees_the_picture_alone_whatever_the_operator_opens(windows):
    bare, page = seen()
    assert (bare[:, :240] == RED).all() and (bare[:, 260:] == BLUE).all()
    assert (page[: arrange(SIZE, True, 4 / 3, False).main.centery, 400:] != bare[:200, 400:]).any(), "there is a panel"
    turned(windows, help=True, freeze=True, big=True)
    show(windows, notices=("the camera is lost",))
    again, other = seen()
    assert np.array_equal(again, bare) and not np.array_equal(other, page)


def test_zones_that_the_operator_moves_are_for_the_operator_alone(windows):
    for side, value in (("left", 0.2), ("top", 0.2), ("right", 0.7), ("bottom", 0.7)):
        windows.parameters.number(f"zone/door/{side}", value, 0.0, 1.0, "")
    bare, page = seen()
    turned(windows, zones=True)
    show(windows)
    again, other = seen()
    assert np.array_equal(again, bare) and not np.array_equal(other, page)


def test_a_mouse_is_nowhere_in_the_audiences_picture_and_chooses_nothing_there(windows):
    turned(windows, name="wall", order="number", tiles=32)
    show(windows)
    unit = windows.parameters["view/unit"]
    assert pygame.mouse.get_visible()
    tool("mousemove", 450, 350)
    until(windows, lambda: windows.over_audience)
    tool("click", 1, "key", "m")
    until(windows, lambda: windows.parameters["view/mirror"])  # keys are taken as ever
    show(windows)
    assert not pygame.mouse.get_visible() and windows.parameters["view/unit"] == unit
    tool("mousemove", PAGE[0] + 20, PAGE[1] + 20)
    until(windows, lambda: not windows.over_audience)
    show(windows)
    assert pygame.mouse.get_visible()


def test_only_the_audiences_picture_is_bent_and_the_page_shows_all_of_it(windows):
    for corner in ("left-top", "left-bottom"):
        windows.parameters.set(f"projection/corners/{corner}/x", 0.5, "keys")
    show(windows)
    bare, page = seen()
    main = windows.hits.main
    assert not bare[:, :245].any() and (bare[200, 260:370] == RED).all() and (bare[200, 380:] == BLUE).all()
    assert (page[main.centery, main.left : main.centerx - 4] == RED).all()
    assert main.width / main.height == pytest.approx(SIZE[0] / SIZE[1], rel=0.01)


def test_a_turned_projector_has_a_page_in_its_own_proportions(windows):
    windows.parameters.set("projection/rotate", "90", "keys")
    show(windows)
    bare, page = seen()
    assert (bare[:195] == RED).all() and (bare[205:] == BLUE).all()
    assert windows.hits.main.width / windows.hits.main.height == pytest.approx(SIZE[1] / SIZE[0], rel=0.01)
    assert (page[windows.hits.main.centery, windows.hits.main.left + 2] == RED).all()


def test_it_fills_its_display_and_comes_back(windows):
    for full, size in ((True, SCREEN), (False, SIZE)):
        turned(windows, fullscreen=full)
        until(windows, lambda size=size: windows.audience.size == size)
        show(windows)
        assert pygame.display.get_surface().get_size() == SIZE, "the operator's window stays as it is"


def test_a_unit_is_found_in_the_page_where_it_stands(windows):
    turned(windows, name="wall", order="number", tiles=32)
    show(windows)
    for unit in (0, 17, 31):
        tile = windows.hits.tile(unit)
        assert windows.hits.unit(tile.center) == unit and windows.hits.main.contains(tile)


def test_the_audiences_picture_is_the_one_that_is_saved(windows, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    windows.save()
    saved = cv2.cvtColor(cv2.imread("neocog-1.png"), cv2.COLOR_BGR2RGB)
    assert np.array_equal(saved, seen()[0]) and windows.shown().shape == saved.shape


def test_the_card_names_the_audiences_display(dummy):  # noqa: F811
    with Window(parameters(), SIZE, display=0, operator=0) as made:
        turned(made, card=True)
        show(made)
        assert (made.audience.canvas.picture()[5, 5] == (60, 60, 255)).all()


def test_either_window_that_is_closed_ends_the_show(windows):
    pygame.event.post(pygame.event.Event(pygame.WINDOWCLOSE, window=windows.audience.window))
    windows.poll()
    assert LEFT in windows.parameters.changes(0.0)


def test_an_operators_display_that_is_not_there_is_refused(screen):  # noqa: F811
    with pytest.raises(UserError, match="no display is called '3': give the number or a part of 0: screen 1400x800"):
        open_window(parameters(), operator="3")
