"""The likeliest boxes, and of those that are one object the likeliest alone (non-maximum suppression)."""

import numpy as np
from numba import njit
from numba.types import f4, f8, i8

FLOOR = 0.15  # a score below it is no candidate
OVERLAP = 0.5  # boxes of one class that share more of their union are one object
INSIDE, SHARED = 0.7, 0.15  # ... and so is one inside another: of 5,917 boxes that people drew, only 146 lie like that


@njit
def one_object(box, other):
    """Whether two boxes x y w h overlap so much, or lie so within each other, that they are one thing."""
    wide = min(box[0] + box[2] / 2, other[0] + other[2] / 2) - max(box[0] - box[2] / 2, other[0] - other[2] / 2)
    high = min(box[1] + box[3] / 2, other[1] + other[3] / 2) - max(box[1] - box[3] / 2, other[1] - other[3] / 2)
    shared = max(wide, 0) * max(high, 0)
    area, others = box[2] * box[3], other[2] * other[3]
    union = area + others - shared
    return shared > OVERLAP * union or (shared > INSIDE * min(area, others) and shared > SHARED * union)


@njit(f4[:, ::1](f4[:, ::1]), cache=True)  # before any frame waits for it
def distinct(found):
    """Rows x y w h score class, float32, cut at the frame's edges; of overlapping boxes of a class the likeliest.

    Rows come likeliest first and leave so (greedy non-maximum suppression).
    """
    rows, kept = found.copy(), np.zeros(len(found), np.bool_)
    for row in range(len(rows)):
        x, y, w, h = found[row, :4]
        left, right = max(x - w / 2, 0.0), min(x + w / 2, 1.0)
        top, bottom = max(y - h / 2, 0.0), min(y + h / 2, 1.0)
        rows[row, 0], rows[row, 1], rows[row, 2], rows[row, 3] = (
            (left + right) / 2, (top + bottom) / 2, right - left, bottom - top)
        kept[row] = rows[row, 2] > 0 and rows[row, 3] > 0
        for other in np.flatnonzero(kept[:row]):
            if kept[row] and rows[other, 5] == rows[row, 5]:
                kept[row] = not one_object(rows[other, :4], rows[row, :4])
    return rows[kept]


@njit(f4[:, ::1](f4[:, ::1], f4[:, ::1], i8), cache=True)
def strongest(boxes, scores, most):
    """Of boxes (N, 4) with scores (classes, N) the likeliest, so many at most and the likeliest first: rows x y w h
    score class."""
    classes, places = scores.shape
    best, label = scores[0].copy(), np.zeros(places, np.int32)
    for number in range(1, classes):
        for place in range(places):
            label[place] = number if scores[number, place] > best[place] else label[place]
            best[place] = max(best[place], scores[number, place])
    order, count = np.empty(most + 1, np.int64), 0
    for place in range(places):
        at = count
        if count < most or best[place] > best[order[most - 1]]:
            while at > 0 and best[place] > best[order[at - 1]]:
                order[at] = order[at - 1]
                at -= 1
            order[at] = place
            count = min(count + 1, most)
    rows = np.empty((count, 6), np.float32)
    for row in range(count):
        place = order[row]
        rows[row, :4] = boxes[place]
        rows[row, 4], rows[row, 5] = best[place], label[place]
    return rows


@njit(f4[:, ::1](f4[:, ::1], i8, i8, f8), cache=True)
def in_parts(rows, width, height, floor):
    """Such rows in parts of a picture of this size, those from a score on."""
    kept = rows[rows[:, 4] >= floor]
    for row in kept:
        row[0] /= width
        row[1] /= height
        row[2] /= width
        row[3] /= height
    return kept
