"""Who is who: one assignment a frame between the objects known and the boxes found (Kuhn 1955, in scipy)."""

from math import exp, hypot, log

import numpy as np
from numba import types
from numba.types import b1, f8
from scipy.optimize import linear_sum_assignment

from engine.tracking.appearance import BOX, compare
from engine.tracking.boxes import alike, overlap, shared_area
from engine.tracking.motion import FAST
from engine.tracking.objects import NUMBERS, OBJECTS, TABLE
from models.compiled import compiled

DRIFT, FURTHEST = 1.0, 0.25  # how much further from its guess an object may be, a second, and at most
OFTEN = 0.1  # seconds that an object mostly is missed for, from which being missed is no sign that it went away
OTHER_COST, OTHER_OVERLAP = 0.3, 0.5  # a box of another class: what it costs (1 is too much), how much it overlaps
WEAK_COST, WEAK_OVERLAP = 0.2, 0.3  # the same for a weak box
ANEW_COST = 0.5  # an object that has not entered and was unseen for a while
INSIDE, SHARED = 0.75, 0.2  # of an object and of the union, that lie in a box which several may be seen as
BETTER = 0.15  # by how much more such a box overlaps with the hull of all than with any of them


def match(
    guess: np.ndarray, known: np.ndarray, looks: np.ndarray, found: np.ndarray, enter: float
) -> tuple[np.ndarray, np.ndarray]:
    """Which known object is which box found, as two arrays of indices.

    guess (T, 4) are the boxes where the objects known (T,) should be by now, looks (T, L) how they look; found
    (D, 6 + L) rows x y w h score class and how it looks, weak below the score `enter`.
    """
    cost = costs(guess, known, found, enter)
    compare(cost, looks, found)
    rows, columns = linear_sum_assignment(cost)
    near = cost[rows, columns] < 1
    return rows[near], columns[near]


@compiled(TABLE(TABLE, OBJECTS, TABLE, f8), **FAST)
def costs(guess, known, found, enter):
    """What it costs to take each box for each object (T, D). Cheap is what overlaps, is near and alike in size; a cost
    of 1 is no match, so no pair is stretched to find another a partner."""
    cost = np.ones((len(guess), len(found)))
    for row in range(len(guess)):
        mine, furthest = guess[row], FURTHEST * exp(-((known[row].missed / OFTEN) ** 2))
        drift, anew = min(DRIFT * known[row].unseen, furthest), known[row].sure < 0
        for column in range(len(found)):
            box = found[column]
            shared = alike(mine, box)
            away = hypot((mine[0] - box[0]) / ((mine[2] + box[2]) / 2 + drift),
                         (mine[1] - box[1]) / ((mine[3] + box[3]) / 2 + drift))
            area = log(mine[2] * mine[3]) - log(box[2] * box[3])
            other, weak = known[row].label != box[5], box[4] < enter
            if not (other and shared < OTHER_OVERLAP) and not (weak and shared < WEAK_OVERLAP):
                least = (1 - shared + away) / 2 + 0.1 * abs(area)
                least += OTHER_COST * other + WEAK_COST * weak + ANEW_COST * anew
                cost[row, column] = min(least, 1.0)
    return cost


def parted(guess: np.ndarray, known: np.ndarray, found: np.ndarray) -> np.ndarray:
    """The boxes found; one that several objects are seen as is replaced by theirs, moved along with it.

    guess, known and found as in match. A detector takes those who stand close for one: of a box that objects which have
    entered lie in, which overlap with no other box more, and that is like the hull of all rather than like any, it is
    believed.
    """
    inside, crowded = lying(guess, known, found)
    if not len(crowded):
        return found
    boxes, one, each = found[:, :4].copy(), np.ones(len(found), bool), [found]
    entered = guess[known["id"] > 0]
    for column in crowded:
        several, box = guess[inside[:, column]], boxes[column, None]
        low, high = (several[:, :2] - several[:, 2:] / 2).min(0), (several[:, :2] + several[:, 2:] / 2).max(0)
        hull = np.concatenate(((low + high) / 2, high - low))
        if overlap(hull[None], box).item() > overlap(entered, box).max() + BETTER:
            one[column] = False
            several[:, :2] += boxes[column, :2] - hull[:2]
            theirs = np.repeat(found[column, None], len(several), 0)
            theirs[:, :4], theirs[:, BOX:] = several, 0  # it looks like none of them
            each.append(theirs)
    each[0] = found[one]
    return np.concatenate(each)


@compiled(types.Tuple((b1[:, ::1], NUMBERS))(TABLE, OBJECTS, TABLE), **FAST)
def lying(guess, known, found):
    """Which objects that have entered lie in which box, and overlap with no other more (T, D); in which more than one
    does."""
    inside, many = np.zeros((len(guess), len(found)), np.bool_), np.zeros(len(found), np.int64)
    shared = np.empty(len(found))
    for row in range(len(guess)):
        most = 0.0
        for column in range(len(found)):
            shared[column] = alike(guess[row], found[column])
            most = max(most, shared[column])
        for column in range(len(found)):
            if known[row].id > 0 and shared[column] > SHARED and shared[column] == most:
                area = guess[row, 2] * guess[row, 3]
                inside[row, column] = shared_area(guess[row], found[column]) > INSIDE * area
                many[column] += inside[row, column]
    return inside, np.flatnonzero(many > 1)
