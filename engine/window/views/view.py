"""The protocol of a view: (percept, scene, parameters) -> picture, (H, W, 3) uint8 RGB.

A picture has the proportions of parameters.size and at most as many pixels; the window scales what is smaller. Its
proportions may also be the camera's, where parameters.size is only the room that it is fitted into. A view draws only
what it is asked to draw and reads no clock: its time is that of the percept's frame.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.values import Percept, Scene

SHIPPED = "shipped"  # the painter that comes with Neocog; another is named by its folder
NOTHING = "none"  # that networks were tested on and that is at hand; else its file
QUICK = 1 / 50  # seconds between frames, from which on what is slow to draw is drawn anew in every second one


@dataclass(frozen=True, slots=True)
class ViewParameters:
    """What views read: the size of the picture in pixels (width, height), and the entries view/... by their names."""

    size: tuple[int, int] = (1280, 720)
    layer: str = ""
    unit: int = 0
    mirror: bool = False
    palette: str = "dusk"
    gamma: float = 1.3
    under: float = 0.25
    smooth: bool = True
    order: str = "activity"
    tiles: int = 24
    page: int = 0
    labels: bool = True
    details: bool = True
    lens: bool = True
    technical: bool = False
    target: str = "class"
    strength: float = 0.5
    decay: float = 0.1
    zoom: float = 0.02
    turn: float = 0.0
    style: float = 0.0
    paint: float = 1.0
    cell: int = 35
    painter: str = SHIPPED
    tested_on: str = NOTHING


View = Callable[[Percept, Scene, ViewParameters], np.ndarray]


def black(size: tuple[int, int]) -> np.ndarray:
    """An empty picture of a size (width, height)."""
    return np.zeros((size[1], size[0], 3), np.uint8)


def at_most(pixels: int, size: tuple[int, int]) -> tuple[int, int]:
    """A size (width, height), made smaller in its proportions where it has more than so many pixels."""
    scale = min(1.0, (pixels / (size[0] * size[1])) ** 0.5)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
