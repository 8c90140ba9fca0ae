"""What objects look like, for where boxes alone do not say who is who: compiled, as objects.py is."""

import numpy as np
from numba import types

from engine.tracking.boxes import shared_area
from engine.tracking.motion import FAST
from engine.tracking.objects import NUMBERS, OBJECTS, TABLE
from models.compiled import compiled

BOX = 6  # columns of a box found, before its looks
LASTING = 0.6  # seconds: an object looks like the mean of that long
COMMON = 20.0  # and what all look like, that long: only what is not common tells them apart
CLEAR = 0.2  # share of a box that lies in another, from which it shows too much of that one
WEIGHT, UNDECIDED = 0.6, 0.6  # what it costs to look otherwise, 1 - cosine, beyond what may be one or two


class Looks:
    """Makes what the eyes say of how boxes look comparable: what all have in common taken off, of length 1."""

    def __init__(self):
        self.common, self.weight = np.zeros(0), 0.0

    def __call__(self, looks: np.ndarray, seconds: float) -> np.ndarray:
        """looks (N, D), so many seconds after those before; others than those before may have another D."""
        looks = unit(np.nan_to_num(looks, posinf=0.0, neginf=0.0))  # anybody's network
        if looks.shape[1] != len(self.common):
            self.common, self.weight = np.zeros(looks.shape[1]), 0.0
        if len(looks):
            share = -np.expm1(-seconds / COMMON)
            self.weight += share * (1 - self.weight)
            self.common += share / self.weight * (looks.mean(0) - self.common)
        return unit(looks - self.common)


def unit(looks: np.ndarray) -> np.ndarray:
    return looks / np.maximum(np.linalg.norm(looks, axis=1, keepdims=True), 1e-9)


@compiled(types.void(TABLE, TABLE, TABLE), **FAST)
def compare(cost, looks, found):
    """Where an object could be more boxes than one, or a box more objects, let looks (T, D) have their say in the cost
    (T, N). Where nobody has looked, all is 0."""
    near = cost < 1
    for row in range(len(cost)):
        several = near[row].sum() > 1
        for column in range(cost.shape[1]):
            if near[row, column] and (several or near[:, column].sum() > 1):
                alike = size = 0.0
                for k in range(looks.shape[1]):
                    alike += looks[row, k] * found[column, BOX + k]
                    size += abs(looks[row, k]) * abs(found[column, BOX + k])
                if size > 0:
                    cost[row, column] = min(cost[row, column] + WEIGHT * (1 - alike - UNDECIDED), 1.0)


@compiled(types.void(TABLE, OBJECTS, NUMBERS, TABLE, NUMBERS), **FAST)
def remember(looks, known, rows, found, columns):
    """How the objects in these rows look in the boxes they were found in, where those show nobody else."""
    for row, column in zip(rows, columns):
        box, clear = found[column], True
        for other in range(len(found)):
            clear = clear and (other == column or shared_area(box, found[other]) < CLEAR * box[2] * box[3])
        if clear:
            fresh = not looks[row].any()
            share = 1.0 if fresh else -np.expm1(-known[row].unseen / LASTING)
            for k in range(looks.shape[1]):
                looks[row, k] += share * (found[column, BOX + k] - looks[row, k])
