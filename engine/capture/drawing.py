"""A sheet of paper to draw on: with the mouse in the camera's picture, or by OSC and MIDI, as with a plotter."""

import cv2
import numpy as np

from engine.parameters import Parameters

WIDTH, HEIGHT = 640, 480
PAPER, INK = (236, 232, 224), (24, 26, 36)
PEN = 26  # pixels
FINE = 4  # cv2 draws in sixteenths of a pixel


def declare(parameters: Parameters) -> None:
    """The entries of a sheet."""
    parameters.number("drawing/x", 0.5, 0.0, 1.0, "where the pen is, from the left")
    parameters.number("drawing/y", 0.5, 0.0, 1.0, "where the pen is, from the top")
    parameters.switch("drawing/pen", False, "the pen is down and draws")
    parameters.switch("drawing/wipe", False, "the sheet is wiped clean")


class Drawing:
    """`picture(t)` gives (480, 640, 3) uint8 RGB: the sheet as it is now, after what the table says of the pen."""

    def __init__(self, parameters: Parameters):
        self.parameters, self.last = parameters, None
        self.sheet = np.full((HEIGHT, WIDTH, 3), PAPER, np.uint8)

    def picture(self, t: float) -> np.ndarray:
        """The sheet; a line is drawn from where the pen was the last time, if it was down then."""
        parameters = self.parameters
        if parameters["drawing/wipe"]:
            self.sheet[:] = PAPER
        place = tuple(round(part * side * 2**FINE) for part, side in
                      ((parameters["drawing/x"], WIDTH), (parameters["drawing/y"], HEIGHT)))
        if parameters["drawing/pen"]:
            cv2.line(self.sheet, self.last or place, place, INK, PEN, cv2.LINE_AA, FINE)
        self.last = place if parameters["drawing/pen"] else None
        return self.sheet.copy()
