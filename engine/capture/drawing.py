"""A sheet of paper to draw on: with the mouse in the camera's picture, or by OSC and MIDI, as with a plotter."""

from collections import deque
from typing import Any

import cv2
import numpy as np

from engine.parameter import Number, Param, Switch
from engine.parameters import Parameters

WIDTH, HEIGHT = 640, 480
PAPER, INK = (236, 232, 224), (24, 26, 36)
PEN = 26  # pixels
FINE = 4  # cv2 draws in sixteenths of a pixel
KEPT = 4096  # turns of the pen from one picture to the next; the oldest give way


def declare(parameters: Parameters) -> None:
    """The entries of a sheet."""
    kept: deque[tuple[str, Any]] = deque(maxlen=KEPT)
    for axis, side in (("x", "left"), ("y", "top")):
        path = f"drawing/{axis}"
        parameters.entries[path] = KeptNumber(kept, path, f"where the pen is, from the {side}", Param(0.5))
    for name, about in (("pen", "the pen is down and draws"), ("wipe", "the sheet is wiped clean")):
        path = f"drawing/{name}"
        parameters.entries[path] = KeptSwitch(kept, path, about, False)


class Kept:
    """A parameter that keeps all it was turned to, in order with others: a hand is quicker than pictures come."""

    def __init__(self, kept: deque[tuple[str, Any]], *rest: Any):
        super().__init__(*rest)
        self.kept = kept

    def turn(self, value: Any) -> bool:
        self.kept.append((self.path, value))
        return super().turn(value)


class KeptNumber(Kept, Number):
    """Where the pen is."""


class KeptSwitch(Kept, Switch):
    """Whether it is down."""


class Drawing:
    """`picture(t)` gives (480, 640, 3) uint8 RGB: the sheet as it is now, after all that was done with the pen."""

    def __init__(self, parameters: Parameters):
        self.kept, self.last = parameters.entries["drawing/pen"].kept, None
        self.state = {path: entry.value for path, entry in parameters.entries.items() if path.startswith("drawing/")}
        self.sheet = np.full((HEIGHT, WIDTH, 3), PAPER, np.uint8)

    def picture(self, t: float) -> np.ndarray:
        """The sheet; a place is x and y, in either order, or one of them where the other stays as it is."""
        turned: set[str] = set()
        for _ in range(len(self.kept)):
            path, value = self.kept.popleft()
            switched = path in ("drawing/pen", "drawing/wipe")
            if switched or path in turned:
                self.draw()
                turned.clear()
            self.state[path] = value
            turned.add(path)
            if switched:
                self.draw()
        self.draw()
        return self.sheet.copy()

    def draw(self) -> None:
        """Draw a line from where the pen was to where it is, if it was down and is."""
        if self.state["drawing/wipe"]:
            self.sheet[:] = PAPER
        place = tuple(round(self.state[f"drawing/{axis}"] * side * 2**FINE)
                      for axis, side in (("x", WIDTH), ("y", HEIGHT)))
        if self.state["drawing/pen"]:
            cv2.line(self.sheet, self.last or place, place, INK, PEN, cv2.LINE_AA, FINE)
        self.last = place if self.state["drawing/pen"] else None
