"""Whose part an object is: a face that lies where a person's head is belongs to that person."""

from math import hypot, inf

import numpy as np
from numba import types
from numba.types import b1

from engine.tracking.boxes import shared_area
from engine.tracking.motion import FAST
from engine.tracking.objects import OBJECTS
from models.compiled import compiled

WHOLE = {"face": "person"}  # what is a part, and of what
HEAD = 0.6  # share of a person's height, from above, in which a face's centre lies; near the camera a head fills much
WITHIN = 0.7  # share of a face that lies in the person's box


def wholes(classes: tuple[str, ...]) -> np.ndarray:
    """Whether something of a class can be a part of something of another, (classes, classes)."""
    can = [[WHOLE.get(part) == whole for whole in classes] for part in classes]
    return np.array(can, bool).reshape(len(classes), -1)


@compiled(**FAST)
def fits(part, whole):
    """Whether a box lies in the upper part of another."""
    area = part[2] * part[3]
    return (shared_area(part, whole) >= WITHIN * area and area < whole[2] * whole[3]
            and part[1] < whole[1] + (HEAD - 0.5) * whole[3])


@compiled(**FAST)
def top(box):
    """The middle of a box's upper edge."""
    return box[0], box[1] - box[3] / 2


@compiled(types.void(OBJECTS, b1[:, ::1]), **FAST)
def own(known, can):
    """Find out whose parts the objects are that were seen: their part_of, 0 for nobody's; wholes() says which can be.

    Whoever still fits stays, so that a face does not change its person where two cross. Of several the one fits whose
    top is nearest to the face's.
    """
    for row in range(len(known)):
        part, nearest, least = known[row], 0, inf
        if part.id == 0 or part.unseen > 0:
            continue
        for place in range(len(known)):
            one = known[place]
            if one.id > 0 and can[part.label, one.label] and fits(part.shown, one.shown):
                (x, y), (left, top_of) = top(part.shown), top(one.shown)
                away = -1.0 if one.id == part.part_of else hypot(x - left, y - top_of)
                if away < least:
                    nearest, least = one.id, away
        part.part_of = nearest
