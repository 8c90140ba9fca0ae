"""Who is who: one assignment a frame between the objects known and the boxes found (Kuhn 1955, in scipy)."""

import numpy as np
from scipy.optimize import linear_sum_assignment

DRIFT, FURTHEST = 1.0, 0.25  # how much further from its guess an object may be, a second, and at most
OTHER_COST, OTHER_OVERLAP = 0.3, 0.5  # a box of another class: what it costs (1 is too much), how much it overlaps
WEAK_COST, WEAK_OVERLAP = 0.2, 0.3  # the same for a weak box


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
