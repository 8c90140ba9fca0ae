"""What boxes x y w h have in common, for compiled code."""

import numpy as np
from numba.types import f8

from models.compiled import compiled


@compiled
def shared_area(box, other):
    """The area that two boxes have in common."""
    wide = min(box[0] + box[2] / 2, other[0] + other[2] / 2) - max(box[0] - box[2] / 2, other[0] - other[2] / 2)
    high = min(box[1] + box[3] / 2, other[1] + other[3] / 2) - max(box[1] - box[3] / 2, other[1] - other[3] / 2)
    return max(wide, 0.0) * max(high, 0.0)


@compiled
def alike(box, other):
    """Their intersection over their union."""
    common = shared_area(box, other)
    return common / (box[2] * box[3] + other[2] * other[3] - common)


@compiled(f8[:, ::1](f8[:, :], f8[:, :]))
def overlap(these, those):
    """Intersection over union of each of these boxes with each of those, (T, 4) and (D, 4) to (T, D)."""
    found = np.empty((len(these), len(those)))
    for row in range(len(these)):
        for column in range(len(those)):
            found[row, column] = alike(these[row], those[column])
    return found
