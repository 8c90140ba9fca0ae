"""Where things of the frame are in a picture that shows its middle part, and marks there."""

import cv2
import numpy as np

from engine.values import Track

CORNER = 0.22  # of a box's shorter side: its corners' arms


class Places:
    """Takes places in 0..1 of a frame (height, width) to pixels of a picture that it covers, mirrored or not."""

    def __init__(self, shape: tuple[int, int], size: tuple[int, int], mirror: bool):
        self.scale = max(size[0] / shape[1], size[1] / shape[0])
        self.wide, self.high = shape[1] * self.scale, shape[0] * self.scale
        self.left, self.top = (size[0] - self.wide) / 2, (size[1] - self.high) / 2
        self.mirror = mirror

    def point(self, x: float, y: float) -> tuple[float, float]:
        return self.left + (1 - x if self.mirror else x) * self.wide, self.top + y * self.high

    def back(self, left: float, top: float) -> tuple[float, float]:
        """The place of the frame that stands at a pixel."""
        x = (left - self.left) / self.wide
        return 1 - x if self.mirror else x, (top - self.top) / self.high

    def box(self, track: Track) -> tuple[float, float, float, float]:
        """A track's left, top, right and bottom."""
        x, y = self.point(track.x, track.y)
        width, height = track.w * self.wide, track.h * self.high
        return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def fixed(*values: float) -> tuple[int, ...]:
    """Coordinates as OpenCV takes them with shift=4: sixteenths of a pixel, which makes slow movements smooth."""
    return tuple(round(min(max(value, -16_000.0), 16_000.0) * 16) for value in values)


def corners(picture: np.ndarray, box: tuple[float, float, float, float], colour, line: int) -> None:
    """The four corners of a box, thin."""
    left, top, right, bottom = box
    arm = CORNER * min(right - left, bottom - top)
    for x, y, along, down in ((left, top, 1, 1), (right, top, -1, 1), (left, bottom, 1, -1), (right, bottom, -1, -1)):
        points = [fixed(x + along * arm, y), fixed(x, y), fixed(x, y + down * arm)]
        cv2.polylines(picture, [np.array(points, np.int32)], False, colour, line, cv2.LINE_AA, 4)
