"""Who stands with whom: the nearest two, how far they are from each other, and groups."""

import numpy as np
from scipy.sparse.csgraph import connected_components

from engine.values import COLUMNS, Pairs, Tracks

BESIDE = 1.0  # two stand together whose boxes are nearer to each other than their mean width times this
BOX = [list(COLUMNS).index(name) for name in ("x", "y", "w", "h")]


def pairs(tracks: Tracks) -> Pairs:
    """The relations of these tracks; two stand together if no more than a body fits between them."""
    if len(tracks) < 2:
        return Pairs(groups=tuple((track.id,) for track in tracks))
    box = tracks.numbers[:, BOX]
    apart = box[:, None, :2] - box[:, :2]
    distance = np.linalg.norm(apart, axis=2)
    np.fill_diagonal(distance, np.inf)
    one, other = divmod(int(distance.argmin()), len(tracks))
    size = (box[:, None, 2:] + box[:, 2:]) / 2  # mean width and height of each two
    gap = np.abs(apart) - size
    beside = (gap[..., 0] < BESIDE * size[..., 0]) & (gap[..., 1] < 0)
    count, label = connected_components(beside, directed=False)
    groups = tuple(tuple(track.id for track, of in zip(tracks, label, strict=True) if of == group)
                   for group in range(count))
    return Pairs((tracks[one].id, tracks[other].id), float(distance[one, other]), groups)
