"""How each thing that was found looks, so that who meets can be told apart: maps of the features, pooled in its box."""

from collections.abc import Mapping

import numpy as np
import torch
from numba import njit, types
from numba.types import f4, i8, u2, u4
from torch import Tensor

from engine.vision.summary import bits_of
from models.nms import FLOOR

FINE = 32  # cells of the longer side, of which the maps must have as many: in fewer a person has no parts
ACROSS, APART, HIGH = 0.25, 0.2, 0.1  # in parts of a box, three points across and three times two down, from its centre


def looks(taps: Mapping[str, Tensor], found: Tensor, size: tuple[int, int]) -> Tensor:
    """(N, 2C): the mean of the maps in the upper half of each box, and in the lower.

    taps are {name: (1, C, h, w)} in the order of the layers, found (N, 5 or more) x y w h in pixels of a picture of
    this size, (width, height), and how likely each is: on a processor those below FLOOR, which no tracker asks for,
    have zeros. Read is the last layer whose maps are FINE, or the finest.
    """
    maps = chosen(taps)[0]
    if maps.device.type == "cpu":
        told = torch.zeros(len(found), 2 * len(maps))
        pool(*bits_of(maps), found.float().contiguous().numpy(), *size, told.numpy())
        return told
    return on_device(maps, found, size)


def on_device(maps: Tensor, boxes: Tensor, size: tuple[int, int]) -> Tensor:
    """The same by torch, for one layer's maps (C, h, w) on any device."""
    count, height, width = maps.shape
    three = torch.linspace(-1, 1, 3, device=boxes.device)  # made there: what is brought there ends a graph's capture
    down = torch.cat((HIGH * three - APART, HIGH * three + APART))
    columns = ((boxes[:, 0, None] + boxes[:, 2, None] * ACROSS * three) * (width / size[0])).long().clamp(0, width - 1)
    rows = ((boxes[:, 1, None] + boxes[:, 3, None] * down) * (height / size[1])).long().clamp(0, height - 1)
    cells = (rows[:, :, None] * width + columns[:, None]).view(len(boxes), 2, -1)
    return maps.permute(1, 2, 0).reshape(height * width, count)[cells].float().mean(2).flatten(1)


@njit([types.void(bits[:, :, ::1], i8, f4[:, ::1], i8, i8, f4[:, ::1]) for bits in (u2, u4)], cache=True)
def pool(bits, shift, found, wide, high, told):
    """The same compiled: bits and shift are as bits_of gives them, wide and high the picture; told is added to."""
    height, width, channels = bits.shape
    for box in range(len(found)):
        x, y, w, h, score = found[box, :5]
        if score < FLOOR:
            continue
        for half in range(2):
            sums = told[box, half * channels:(half + 1) * channels]
            for down in range(-1, 2):
                place = y + h * np.float32(HIGH * down + (APART if half else -APART))
                line = bits[min(max(int(place * np.float32(height / high)), 0), height - 1)]
                for across in range(-1, 2):
                    place = x + w * np.float32(ACROSS * across)
                    cell = line[min(max(int(place * np.float32(width / wide)), 0), width - 1)]
                    for channel in range(channels):
                        sums[channel] += np.uint32(np.uint32(cell[channel]) << shift).view(np.float32)
            for channel in range(channels):
                sums[channel] /= np.float32(9)


def chosen(taps: Mapping[str, Tensor]) -> Tensor:
    """The maps that are read."""
    fine = [maps for maps in taps.values() if max(maps.shape[2:]) >= FINE]
    return fine[-1] if fine else max(taps.values(), key=lambda maps: max(maps.shape[2:]))
