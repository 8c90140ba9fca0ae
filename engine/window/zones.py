"""Zones and lines over the picture, and the mouse that moves them: a corner, or all of it.

Where they are stands in the table of parameters, below zone/: left, top, right and bottom of a rectangle, else x1, y1,
x2, y2, ... of the points.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from engine.parameters import Parameters
from engine.values import LineState, ZoneState
from engine.window.colours import ACCENT, TEXT
from engine.window.text import BOLD, write
from engine.window.views.places import Places, fixed

RECTANGLE = ("left", "top"), ("right", "top"), ("right", "bottom"), ("left", "bottom")  # its corners
ROOT = "zone"
ARROW = 0.03  # of the picture's height: which way is forward
Point = tuple[float, float]


class Shape(NamedTuple):
    """A zone, or a line where there are two points: paths of x and y in the table for each point, and where that is."""

    name: str
    paths: tuple[tuple[str, str], ...]
    points: tuple[Point, ...]


def shapes(parameters: Parameters) -> list[Shape]:
    """What there is to be seen and moved."""
    sides: dict[str, list[str]] = {}
    for path in parameters.below(ROOT):
        name, _, side = path.partition("/")
        sides.setdefault(name, []).append(side)
    found = []
    for name, there in sides.items():
        pairs = RECTANGLE if "left" in there else zip(there[::2], there[1::2], strict=True)
        paths = tuple((f"{ROOT}/{name}/{x}", f"{ROOT}/{name}/{y}") for x, y in pairs)
        found.append(Shape(name, paths, tuple((parameters[x], parameters[y]) for x, y in paths)))
    return found


def draw_zones(
    picture: np.ndarray, parameters: Parameters, states: Mapping[str, ZoneState | LineState], places: Places
) -> None:
    """Every zone and line with its name; lit up while somebody is in it, or crosses it."""
    line, size = max(1, picture.shape[0] // 300), max(9, picture.shape[0] // 40)
    for shape in shapes(parameters):
        state = states.get(shape.name)
        lit = getattr(state, "inside", ()) or getattr(state, "forward", ()) or getattr(state, "back", ())
        colour = ACCENT if lit else TEXT
        points = [places.point(x, y) for x, y in shape.points]
        dots = np.array([fixed(*point) for point in points], np.int32)
        cv2.polylines(picture, [dots], len(points) > 2, colour, line, cv2.LINE_AA, 4)
        for point in points:
            cv2.circle(picture, fixed(*point), fixed(2.5 * line)[0], colour, -1, cv2.LINE_AA, 4)
        middle = np.mean(points, 0)
        if len(points) == 2:
            along = np.subtract(places.point(*shape.points[1]), points[0])
            ahead = np.array((-along[1], along[0])) / max(float(np.hypot(*along)), 1e-9) * (-1 if places.mirror else 1)
            tip = middle + ARROW * picture.shape[0] * ahead
            cv2.arrowedLine(picture, fixed(*middle), fixed(*tip), colour, line, cv2.LINE_AA, 4, 0.4)
        write(picture, shape.name, (middle[0] + size / 2, middle[1] - size / 2), size, colour, BOLD, (0, 1))


@dataclass(frozen=True, slots=True)
class Grip:
    """What the mouse holds of a shape: one of its points, or with None all of it; and where it took hold."""

    shape: Shape
    point: int | None
    at: Point

    def pull(self, parameters: Parameters, at: Point) -> None:
        """Move what is held along with the mouse; all of a shape stays in the picture as it is."""
        way = np.subtract(at, self.at)
        points = np.array(self.shape.points)
        held = slice(None) if self.point is None else slice(self.point, self.point + 1)
        moved = points[held] + way.clip(-points[held].min(0), 1 - points[held].max(0))
        for paths, place in zip(self.shape.paths[held], moved.tolist(), strict=True):
            for path, value in zip(paths, place, strict=True):
                parameters.set(path, value, "mouse")


def grip(candidates: Iterable[Shape], at: Point, reach: Point) -> Grip | None:
    """What the mouse takes hold of at a place of the frame: the nearest point within its reach, else a line or zone."""
    there, reach = list(candidates), tuple(max(part, 1e-6) for part in reach)
    points = [(float(np.hypot(*np.divide(np.subtract(place, at), reach))), shape, index)
              for shape in there for index, place in enumerate(shape.points)]
    if points and (nearest := min(points, key=lambda entry: entry[0]))[0] <= 1:
        return Grip(nearest[1], nearest[2], at)
    for shape in reversed(there):  # the last one is drawn over the others
        outline = np.float32(np.divide(shape.points, reach))
        place = tuple(map(float, np.divide(at, reach)))
        if cv2.pointPolygonTest(outline, place, measureDist=True) >= (-1 if len(shape.points) == 2 else 0):
            return Grip(shape, None, at)
    return None
