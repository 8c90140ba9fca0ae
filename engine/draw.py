"""Cues that a patch draws with, over any view: lines, circles and words at places of the camera's picture.

Places are x and y in 0..1 of the frame, from the top left, as tracks have them. Widths, radii and sizes are parts of
the picture's height; a colour is (red, green, blue) in 0..1.
"""

import math
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from reprlib import repr as short
from typing import Any

import numpy as np

from engine.errors import UserError

WHITE = (1.0, 1.0, 1.0)
MOST_POINTS = 1024
MOST_LETTERS = 200


def number(kind: Any, name: str, value: Any) -> float:
    """A plain finite number; UserError for what is none."""
    if isinstance(value, (int, float, np.integer, np.floating)):
        with suppress(OverflowError):  # a whole number that no float holds
            if math.isfinite(value):
                return float(value)
    raise UserError(f"{type(kind).__name__} takes a number as {name}, found {short(value)}")


def prepared(cue: Any, *names: str) -> None:
    """Make these fields and the colour of a cue plain numbers within reach; UserError for what is no number."""
    for name in names:
        object.__setattr__(cue, name, min(max(number(cue, name, getattr(cue, name)), -8.0), 8.0))
    try:
        red, green, blue = cue.colour
    except (TypeError, ValueError) as error:
        raise UserError(f"{type(cue).__name__} takes a colour (red, green, blue), found {short(cue.colour)}") from error
    colour = tuple(min(max(number(cue, "colour", part), 0.0), 1.0) for part in (red, green, blue))
    object.__setattr__(cue, "colour", colour)


@dataclass(frozen=True, slots=True)
class DrawLine:
    """A cue: a line through points ((x, y), ...), back to the first if closed."""

    points: Iterable[tuple[float, float]]
    colour: tuple[float, float, float] = WHITE
    width: float = 0.004
    closed: bool = False

    def __post_init__(self) -> None:
        prepared(self, "width")
        try:
            some = islice(self.points, MOST_POINTS + 1)  # for it may be endless
            points = tuple((number(self, "x", x), number(self, "y", y)) for x, y in some)
        except (TypeError, ValueError) as error:
            raise UserError(f"DrawLine takes points ((x, y), ...): {error!s:.80}") from error
        if not 2 <= len(points) <= MOST_POINTS:
            found = len(points) if len(points) < 2 else "more"
            raise UserError(f"DrawLine takes 2 to {MOST_POINTS} points, found {found}")
        object.__setattr__(
            self, "points", tuple(tuple(min(max(part, -8.0), 8.0) for part in point) for point in points)
        )
        object.__setattr__(self, "closed", bool(self.closed))


@dataclass(frozen=True, slots=True)
class DrawCircle:
    """A cue: a circle around (x, y); a width of 0 fills it."""

    x: float
    y: float
    radius: float
    colour: tuple[float, float, float] = WHITE
    width: float = 0.004

    def __post_init__(self) -> None:
        prepared(self, "x", "y", "radius", "width")


@dataclass(frozen=True, slots=True)
class DrawText:
    """A cue: words with their middle at (x, y)."""

    text: str
    x: float
    y: float
    size: float = 0.06
    colour: tuple[float, float, float] = WHITE

    def __post_init__(self) -> None:
        prepared(self, "x", "y", "size")
        object.__setattr__(self, "text", str(self.text)[:MOST_LETTERS])


Draw = DrawLine | DrawCircle | DrawText
