"""Whose part an object is: a face that lies where a person's head is belongs to that person."""

import numpy as np

WHOLE = {"face": "person"}  # what is a part, and of what
HEAD = 0.6  # share of a person's height, from above, in which a face's centre lies; near the camera a head fills much
WITHIN = 0.7  # share of a face that lies in the person's box


def owners(boxes: np.ndarray, ids: np.ndarray, names: list[str], before: np.ndarray) -> np.ndarray:
    """The ids of those that each object is a part of, 0 for nobody's.

    boxes (N, 4) centre and size; before are the last answers: who fits still, stays, so that a face does not change its
    person where two cross. Of several the one fits whose top is nearest to the face's.
    """
    found = np.zeros(len(ids), int)
    for part in [index for index, name in enumerate(names) if name in WHOLE]:
        wholes = [index for index, name in enumerate(names) if name == WHOLE[names[part]]
                  and fits(boxes[part], boxes[index])]
        same = [index for index in wholes if ids[index] == before[part]]
        nearest = min(same or wholes, key=lambda index: np.hypot(*(top(boxes[index]) - top(boxes[part]))), default=None)
        found[part] = 0 if nearest is None else ids[nearest]
    return found


def fits(part: np.ndarray, whole: np.ndarray) -> bool:
    """Whether a box lies in the upper part of another."""
    low = np.maximum(part[:2] - part[2:] / 2, whole[:2] - whole[2:] / 2)
    high = np.minimum(part[:2] + part[2:] / 2, whole[:2] + whole[2:] / 2)
    inside = np.maximum(high - low, 0).prod() >= WITHIN * part[2:].prod()
    return bool(inside and part[2:].prod() < whole[2:].prod() and part[1] < whole[1] + (HEAD - 0.5) * whole[3])


def top(box: np.ndarray) -> np.ndarray:
    """The middle of a box's upper edge."""
    return box[:2] - (0, box[3] / 2)
