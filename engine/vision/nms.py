"""Non-maximum suppression: of boxes that are one object, the likeliest stays."""

import numpy as np

FLOOR = 0.15  # a score below it is no candidate
OVERLAP = 0.5  # boxes of one class that share more of their union are one object
INSIDE, SHARED = 0.7, 0.15  # ... and so is one inside another: of 5,917 boxes that people drew, only 146 lie like that


def distinct(found: np.ndarray) -> np.ndarray:
    """Rows x y w h score class, cut at the frame's edges; of boxes of one class that overlap, the likeliest only.

    Rows come likeliest first and leave so (greedy non-maximum suppression).
    """
    low = (found[:, :2] - found[:, 2:4] / 2).clip(0, 1)
    high = (found[:, :2] + found[:, 2:4] / 2).clip(0, 1)
    found = np.concatenate(((low + high) / 2, high - low, found[:, 4:]), 1)
    area = found[:, 2] * found[:, 3]
    shared = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    shared = shared.clip(0).prod(2)
    union = area[:, None] + area - shared
    inside = (shared > INSIDE * np.minimum(area[:, None], area)) & (shared > SHARED * union)
    rivals = ((shared > OVERLAP * union) | inside) & (found[:, 5, None] == found[:, 5])
    kept = area > 0
    for row in np.flatnonzero(rivals.sum(1) > 1):
        if kept[row]:
            kept[row + 1:] &= ~rivals[row, row + 1:]
    return found[kept]
