"""Each view in a real window on a real X server, by the pixels that another program sees there."""

from dataclasses import replace

import numpy as np
import pytest

from engine.values import Tracks
from engine.window.views import NAMES
from engine.window.window import Window
from tests.percepts import STATUS, parameters, patch
from tests.scenes import track
from tests.window.test_views import black, features, photograph, seen  # noqa: F401
from tests.window.test_window import look, screen, turned, xvfb  # noqa: F401

BARE = {"text": False, "fade": 0, "layer": "conv2", "unit": 5, "inset": False, "labels": False, "details": False}


@pytest.fixture
def window(screen, features):  # noqa: F811
    found, _ = seen(features, black())
    table = parameters(**{tap: len(maps) for tap, maps in found.maps.items()})
    with Window(table, (640, 480), features="features", network=features) as made:
        turned(made, **BARE)
        yield made


def shown(window, features, name: str, pixels: np.ndarray) -> np.ndarray:  # noqa: F811
    """What is on the screen after two seconds of a picture, in a view."""
    turned(window, name=name)
    for time in (0.0, 1.0, 2.0):
        found, scene = seen(features, pixels, time)
        there = Tracks((track(1, x=0.5, y=0.5, w=0.4, h=0.5, name="cup"),)) if pixels.any() else Tracks()
        window.show(found, replace(scene, tracks=there), patch(), STATUS)
    return look(window)


def test_every_view_is_bright_on_a_photograph_and_no_two_are_alike(window, features):  # noqa: F811
    pictures = {name: shown(window, features, name, photograph()).astype(int) for name in NAMES}
    for name, picture in pictures.items():
        assert picture.max() > 180 and picture.std() > 8, name
        for other, beside in pictures.items():
            assert name == other or np.abs(picture - beside).mean() > 1, (name, other)


def test_black_in_black_out(window, features):  # noqa: F811
    for name in ("wall", "unit", "camera", "objects", "dream", "classes"):
        picture = shown(window, features, name, black())
        assert picture.max() < 60 and picture.mean() < 5, name  # a dream has begun
