"""Layer statistics compiled: what torch and numpy need many small calls for, whose overhead is most of their time."""

from math import log

import numpy as np
import torch
from numba import njit, types
from numba.types import f4, f8, i8, u2, u4

TINY = 1e-12


def bits_of(maps: torch.Tensor) -> tuple[np.ndarray, int]:
    """Maps (C, H, W) on the processor as bits (H, W, C) for compiled code, which knows no bfloat16; with what they are
    to be shifted by to be those of float32."""
    shift = 16 * (maps.dtype == torch.bfloat16)
    bits = maps.view(torch.uint16) if shift else maps.float().view(torch.uint32)
    return bits.permute(1, 2, 0).contiguous().numpy(), shift


def of_bits(bits: types.Type) -> types.Type:
    """The signature for maps whose activations have these bits."""
    return types.void(bits[:, :, ::1], i8, f4[:, :, ::1], f4[::1], f4[:, ::1], f4[::1])


@njit([of_bits(u2), of_bits(u4)], cache=True, fastmath={"reassoc", "nsz"})  # sums in any order; NaN stays what it is
def summarise(bits, shift, before, means, grid, rest):
    """Means over the cells of a grid, and what is left to know of them.

    bits and shift are as bits_of gives them. Written to are: before
    (rows, columns, channels), the means of the last frame, which become those of this one; means (channels,), over all
    cells; grid (rows, columns), over all channels; rest: how much all cells differ from before, their sum with those
    before, the highest activation, and how many are above zero.
    """
    height, width, channels = bits.shape
    rows, columns, _ = before.shape
    length = width * channels
    bits = bits.reshape(height, length)
    band, active = np.empty(length, np.float32), np.zeros(length, np.int32)
    highest = np.full(length, -np.inf, np.float32)
    cell = np.empty(channels, np.float32)
    means[:] = 0
    rest[:2] = 0
    for row in range(rows):
        top, bottom, end = row * height // rows, -(-(row + 1) * height // rows), (row + 1) * height // rows
        band[:] = 0
        for y in range(top, bottom):
            line, counts = bits[y], np.int32(y < end)  # cells overlap where the rows are no multiple of theirs
            for i in range(length):
                value = np.uint32(np.uint32(line[i]) << shift).view(np.float32)
                band[i] += value
                highest[i] = value if value > highest[i] else highest[i]
                active[i] += counts if value > 0 else np.int32(0)
        for column in range(columns):
            left, right = column * width // columns, -(-(column + 1) * width // columns)
            share = np.float32(1 / ((right - left) * (bottom - top)))
            cell[:] = 0
            for x in range(left, right):
                here = band[x * channels:(x + 1) * channels]
                for c in range(channels):
                    cell[c] += here[c]
            total = difference = both = np.float32(0)
            last = before[row, column]
            for c in range(channels):
                cell[c] *= share
                total += cell[c]
                both += last[c]
                difference += abs(cell[c] - last[c])
            for c in range(channels):
                means[c] += cell[c]
                last[c] = cell[c]
            grid[row, column] = total / channels
            rest[0] += difference
            rest[1] += both + total
    means /= rows * columns
    peak, count = highest[0], 0
    for i in range(length):
        peak = max(peak, highest[i])
        count += active[i]
    rest[2], rest[3] = peak, count


@njit(types.Tuple((f8[:, ::1], i8[:, ::1], f8[:, ::1]))(f4[::1], f4[:, :, ::1], f4[:, ::1], i8[:, ::1], i8), cache=True)
def describe(means, grids, rest, shapes, most):
    """What such summaries say of layers of these shapes (layers, 3): a row of statistics each, in the order of
    engine.values.STATISTICS, their strongest channels, most of them at most, then -1, and the means of these."""
    layers, rows, columns = grids.shape
    told, units, strengths = np.zeros((layers, 7)), np.full((layers, most), -1), np.zeros((layers, most))
    end = 0
    for layer in range(layers):
        channels, height, width = shapes[layer]
        own = means[end:end + channels].copy()
        end += channels
        total = entropy = across = down = 0.0
        for channel in range(channels):
            total += own[channel]
        for channel in range(channels):
            share = own[channel] / (total + TINY)
            entropy -= share * log(max(share, TINY))
        for row in range(rows):
            for column in range(columns):
                across += grids[layer, row, column] * (column + 0.5) / columns
                down += grids[layer, row, column] * (row + 0.5) / rows
        mean = total / channels
        weight = mean * rows * columns
        centre = (across / weight, down / weight) if weight > TINY else (0.5, 0.5)
        difference, both, peak, active = rest[layer]
        bounded = (1 - active / (channels * height * width), entropy / log(max(channels, 2)), *centre,
                   difference / (both + TINY))
        told[layer, 0], told[layer, 1] = mean, peak
        for place in range(5):
            told[layer, 2 + place] = min(max(bounded[place], 0.0), 1.0)
        for place in range(min(most, channels)):
            unit = own.argmax()
            units[layer, place], strengths[layer, place] = unit, own[unit]
            own[unit] = -np.inf
    return told, units, strengths
