"""How each thing that was found looks, so that who meets can be told apart: maps of the features, pooled in its box."""

from collections.abc import Mapping

import torch
from torch import Tensor

FINE = 32  # cells of the longer side, of which the maps must have as many: in fewer a person has no parts
ACROSS, APART, HIGH = 0.25, 0.2, 0.1  # in parts of a box, three points across and three times two down, from its centre


def looks(taps: Mapping[str, Tensor], boxes: Tensor, size: tuple[int, int]) -> Tensor:
    """(N, 2C): the mean of the maps in the upper half of each box, and in the lower.

    taps are {name: (1, C, h, w)} in the order of the layers, boxes (N, 4) x y w h in pixels of a picture of this size,
    (width, height). Read is the last layer whose maps are FINE, or the finest.
    """
    maps = chosen(taps)[0]
    count, height, width = maps.shape
    three = torch.linspace(-1, 1, 3, device=boxes.device)  # made there: what is brought there ends a graph's capture
    down = torch.cat((HIGH * three - APART, HIGH * three + APART))
    columns = ((boxes[:, 0, None] + boxes[:, 2, None] * ACROSS * three) * (width / size[0])).long().clamp(0, width - 1)
    rows = ((boxes[:, 1, None] + boxes[:, 3, None] * down) * (height / size[1])).long().clamp(0, height - 1)
    cells = (rows[:, :, None] * width + columns[:, None]).view(len(boxes), 2, -1)
    return maps.permute(1, 2, 0).reshape(height * width, count)[cells].float().mean(2).flatten(1)


def chosen(taps: Mapping[str, Tensor]) -> Tensor:
    """The maps that are read."""
    fine = [maps for maps in taps.values() if max(maps.shape[2:]) >= FINE]
    return fine[-1] if fine else max(taps.values(), key=lambda maps: max(maps.shape[2:]))
