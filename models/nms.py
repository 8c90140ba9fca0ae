"""The likeliest boxes, one for each object (non-maximum suppression), and what several looks at a picture agree on."""

import numpy as np
from numba import njit
from numba.types import f4, f8, i8

FLOOR = 0.15  # a score below it is no candidate
CANDIDATES = 500  # boxes of a look are considered at most
LARGE = 200**2  # pixels of a thing, from which on a look sees it less well: larger ones were seldom learned from
OVERLAP = 0.5  # boxes of one class that share more of their union are one object
INSIDE, SHARED = 0.7, 0.15  # ... and so is one inside another: of 5,917 boxes that people drew, only 146 lie like that


@njit
def common(box, other):
    """The areas that two boxes x y w h share, and that they cover together."""
    wide = min(box[0] + box[2] / 2, other[0] + other[2] / 2) - max(box[0] - box[2] / 2, other[0] - other[2] / 2)
    high = min(box[1] + box[3] / 2, other[1] + other[3] / 2) - max(box[1] - box[3] / 2, other[1] - other[3] / 2)
    shared = max(wide, 0) * max(high, 0)
    return shared, box[2] * box[3] + other[2] * other[3] - shared


@njit
def one_object(box, other):
    """Whether two boxes x y w h overlap so much, or lie so within each other, that they are one thing."""
    shared, union = common(box, other)
    area = min(box[2] * box[3], other[2] * other[3])
    return shared > OVERLAP * union or (shared > INSIDE * area and shared > SHARED * union)


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


@njit(cache=True)  # compiled as eyes first look twice, before a show: whose eyes never do need not wait for it
def agreed(found, look, pixels):
    """One row a thing, of rows as distinct gives them, the number of the look at the picture that each comes from, and
    how many pixels the picture has in each look.

    A thing's score is the cubic mean of what each look gave it, 0 where one did not see it; its box is the mean of
    theirs, by squared scores. A look counts less for what is too large in it. (What one look alone sees is wrong more
    often; by the plain mean, small things that only the larger picture shows would count too little.)
    """
    order = np.argsort(-found[:, 4], kind="mergesort")
    rows, look = found[order], look[order]
    boxes, given, kept = rows.copy(), np.zeros((len(rows), len(pixels))), np.ones(len(rows), np.bool_)
    weights = np.minimum(LARGE / (rows[:, 2] * rows[:, 3]).reshape(-1, 1) / pixels, 1.0) ** 4
    for row in range(len(rows)):
        thing = row
        for other in np.flatnonzero(kept[:row]):
            shared, union = common(rows[other], rows[row])
            if rows[other, 5] == rows[row, 5] and shared > OVERLAP * union:
                thing = other
                break
        kept[row] = thing == row
        if given[thing, look[row]] == 0:
            given[thing, look[row]] = rows[row, 4]
            votes = weights[thing] * given[thing] ** 2
            boxes[thing, :4] += votes[look[row]] / votes.sum() * (rows[row, :4] - boxes[thing, :4])
    for row in range(len(rows)):
        boxes[row, 4] = np.cbrt((weights[row] * given[row] ** 3).sum() / weights[row].sum())
    things = boxes[kept]
    return things[np.argsort(-things[:, 4], kind="mergesort")]


@njit(f4[:, ::1](f4[:, ::1], f4[:, ::1], i8, f8), cache=True)
def strongest(boxes, scores, most, floor):
    """Of boxes (N, 4) with scores (classes, N) the likeliest, so many at most and none below floor, the likeliest
    first: rows x y w h score class. One box may be there as several classes."""
    flat, count = scores.ravel(), 0
    order = np.empty(most + 1, np.int64)
    for index in range(len(flat)):
        if flat[index] >= floor and (count < most or flat[index] > flat[order[most - 1]]):
            at = count
            while at > 0 and flat[index] > flat[order[at - 1]]:
                order[at] = order[at - 1]
                at -= 1
            order[at] = index
            count = min(count + 1, most)
    rows = np.empty((count, 6), np.float32)
    for row in range(count):
        label, place = divmod(order[row], len(boxes))
        rows[row, :4] = boxes[place]
        rows[row, 4], rows[row, 5] = scores[label, place], label
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


def detections(looks: list[np.ndarray], sizes: list[tuple[int, int]], floor: float) -> np.ndarray:
    """What looks at a picture found: each rows x y w h score class, the likeliest first, in pixels of the picture as
    the first look had it; sizes are its width and height in each. Rows in parts of the picture, none below floor, no
    doubles, and what several looks see once."""
    seen = [distinct(in_parts(rows, *sizes[0], floor)) for rows in looks]
    if len(seen) == 1:
        return seen[0]
    number, pixels = np.repeat(np.arange(len(seen)), [len(rows) for rows in seen]), np.prod(sizes, 1, float)
    things = agreed(np.concatenate(seen), number, pixels)
    return things[things[:, 4] >= floor]
