"""The whole program in a real window: a real mouse takes a zone by a corner, by its body, and puts it back."""

import json
import time

import pytest

from engine.window.layout import arrange
from engine.window.views.places import Places
from tests.parts import PATIENCE
from tests.window.shows import SIZE, playing
from tests.window.test_window import xvfb  # noqa: F401

PIECE = """
from engine import Line, Zone
door, half = Zone(0.25, 0.25, 0.5, 0.75), Line(0.75, 0.25, 0.75, 0.75)
view = "wall"
def react(scene, p):
    return ()
"""


@pytest.fixture
def show(xvfb, receiver, tmp_path):  # noqa: F811
    (tmp_path / "piece.py").write_text(PIECE)
    rig = '[parameters.view]\nname = "wall"\n'
    with playing(xvfb, receiver, tmp_path, "piece.py", "--source", "crowd:2", rig=rig) as mouse:
        yield mouse


def kept(folder, name):
    """Where the file beside the patch says a zone is."""
    try:
        return json.loads((folder / "piece.zones.json").read_text()).get(name)
    except FileNotFoundError:
        return None


def until(holds):
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


def test_a_mouse_moves_zones_and_the_patch_keeps_them(show, tmp_path):
    layout = arrange(SIZE, True, 4 / 3)
    small, large = Places((480, 640), layout.inset.size, False), Places((480, 640), layout.main.size, False)

    def inset(x, y):
        left, top = small.point(x, y)
        return layout.inset.left + left, layout.inset.top + top

    def main(x, y):
        left, top = large.point(x, y)
        return layout.main.left + left, layout.main.top + top

    show(inset(0.5, 0.75), "mousedown 1", inset(0.6, 0.7), inset(0.7, 0.65), "mouseup 1")
    until(lambda: kept(tmp_path, "door"))
    door = kept(tmp_path, "door")
    assert door["left"] == 0.25 and door["top"] == 0.25
    assert (door["right"], door["bottom"]) == (pytest.approx(0.7, abs=0.01), pytest.approx(0.65, abs=0.01))
    assert kept(tmp_path, "half") is None

    show(main(0.75, 0.5), "mousedown 1", main(0.6, 0.4), "mouseup 1", "key z")  # over the wall nothing is shown yet
    show(main(0.75, 0.5), "mousedown 1", main(0.85, 0.55), main(0.95, 0.6), "mouseup 1")
    until(lambda: kept(tmp_path, "half"))
    half = [kept(tmp_path, "half")[side] for side in ("x1", "y1", "x2", "y2")]
    assert half == pytest.approx([0.95, 0.35, 0.95, 0.85], abs=0.01) and kept(tmp_path, "door") == door

    show(main(0.4, 0.4), "click 3")
    until(lambda: kept(tmp_path, "door") is None)
    assert kept(tmp_path, "half") is not None
