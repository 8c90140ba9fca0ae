"""Who is who: one assignment a frame between the objects known and the boxes found (Kuhn 1955, in scipy)."""

import numpy as np
from scipy.optimize import linear_sum_assignment

DRIFT, FURTHEST = 1.0, 0.25  # how much further from its guess an object may be, a second, and at most
OTHER_COST, OTHER_OVERLAP = 0.3, 0.5  # a box of another class: what it costs (1 is too much), how much it overlaps
WEAK_COST, WEAK_OVERLAP = 0.2, 0.3  # the same for a weak box
INSIDE, SHARED = 0.75, 0.2  # of an object and of the union, that lie in a box which several may be seen as
BETTER = 0.15  # by how much more such a box overlaps with the hull of all than with any of them


def match(
    guess: np.ndarray, labels: np.ndarray, unseen: np.ndarray, found: np.ndarray, enter: float
) -> tuple[np.ndarray, np.ndarray]:
    """Which known object is which box found, as two arrays of indices.

    guess (T, 4) are the boxes where the objects should be by now, labels (T,) their classes, unseen (T,) the seconds
    since their last sight; found (D, 6) rows x y w h score class, weak below the score `enter`. Cheap is what
    overlaps, is near and alike in size; a cost of 1 is no match, so no pair is stretched to find another a partner.
    """
    boxes = found[:, :4]
    shared = overlap(guess, boxes)
    reach = (guess[:, None, 2:] + boxes[:, 2:]) / 2 + np.minimum(DRIFT * unseen, FURTHEST)[:, None, None]
    away = np.linalg.norm((guess[:, None, :2] - boxes[:, :2]) / reach, axis=2)
    area = np.log(guess[:, 2] * guess[:, 3])[:, None] - np.log(boxes[:, 2] * boxes[:, 3])
    other = labels[:, None] != found[:, 5]
    weak = found[:, 4] < enter
    cost = (1 - shared + away) / 2 + 0.1 * abs(area) + OTHER_COST * other + WEAK_COST * weak
    cost[(other & (shared < OTHER_OVERLAP)) | (weak & (shared < WEAK_OVERLAP))] = 1
    rows, columns = linear_sum_assignment(np.minimum(cost, 1))
    near = cost[rows, columns] < 1
    return rows[near], columns[near]


def parted(guess: np.ndarray, found: np.ndarray) -> np.ndarray:
    """The boxes found; one that several objects are seen as is replaced by theirs, moved along with it.

    guess (T, 4) and found (D, 6) as in match. A detector takes those who stand close for one: of a box that objects
    lie in, which overlap with no other box more, and that is like the hull of all rather than like any, it is believed.
    """
    boxes = found[:, :4]
    shared = overlap(guess, boxes)
    inside = (shared_area(guess, boxes) > INSIDE * guess[:, 2:].prod(1)[:, None]) & (shared > SHARED)
    inside &= shared == shared.max(1, initial=0)[:, None]
    one, each = np.ones(len(found), bool), [found]
    for column in np.flatnonzero(inside.sum(0) > 1):
        several = guess[inside[:, column]]
        low, high = (several[:, :2] - several[:, 2:] / 2).min(0), (several[:, :2] + several[:, 2:] / 2).max(0)
        hull = np.concatenate(((low + high) / 2, high - low))
        if overlap(hull[None], boxes[column, None]).item() > shared[:, column].max() + BETTER:
            one[column] = False
            several[:, :2] += boxes[column, :2] - hull[:2]
            each.append(np.hstack((several, np.repeat(found[column, None, 4:], len(several), 0))))
    each[0] = found[one]
    return np.concatenate(each)


def overlap(these: np.ndarray, those: np.ndarray) -> np.ndarray:
    """Intersection over union of each of these boxes with each of those, (T, 4) and (D, 4) to (T, D)."""
    common = shared_area(these, those)
    return common / (these[:, None, 2:].prod(2) + those[:, 2:].prod(1) - common)


def shared_area(these: np.ndarray, those: np.ndarray) -> np.ndarray:
    """The area that each of these boxes has in common with each of those."""
    these, those = these[:, None], those[None]
    low = np.maximum(these[..., :2] - these[..., 2:] / 2, those[..., :2] - those[..., 2:] / 2)
    high = np.minimum(these[..., :2] + these[..., 2:] / 2, those[..., :2] + those[..., 2:] / 2)
    return np.maximum(high - low, 0).prod(2)
