"""What a layer feels like: a few numbers for a whole stack of maps, measured where the maps are."""

import math
from collections.abc import Iterable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.values import Layer
from engine.vision.summary import bits_of, describe, summarise

STRONGEST = 8  # units named per layer
COARSE = 8  # a layer of fewer rows or columns does not set the grid
REST = 4  # numbers per layer besides its channels' means and its grid


class Statistics:
    """What layers feel like, in two halves: measure(taps) on the device, layers(numbers) of what came down from it.

    peak: of all activations. sparsity: share of activations that are not above zero. The others are taken on maps
    averaged to a grid that all layers share, as fine as the coarsest of them, which keeps a camera's noise out: mean;
    entropy: of the channels' means taken as a distribution, over log C (Shannon 1948); cx, cy: centre of all activation
    in 0..1; change: summed absolute difference to the last frame over the sum of both, 0 (same) to 1 (disjoint); units:
    the strongest channels by their means; means: of all channels; grid: the mean of all channels at each cell.
    """

    def __init__(self):
        self.shapes: dict[str, tuple[int, ...]] = {}

    def measure(self, taps: dict[str, Tensor]) -> Tensor:
        """{name: (1, C, H, W)} to one row of numbers on the same device; remembers the maps for change.

        First each channel's mean, for all layers; then each layer's grid; then for each how much its cells differ from
        the frame before, their sum with those before, its peak, and how many of its activations are above zero.
        """
        layers = list(taps.values())
        shapes = {name: maps.shape for name, maps in taps.items()}
        new, device = shapes != self.shapes, layers[0].device
        if new:
            self.prepare(shapes)
            self.before = [torch.zeros(*self.grid, maps.shape[1], device=device) for maps in layers]  # means of cells
        measure = self.on_processor if device.type == "cpu" else self.on_device
        if new:  # the first frame has nothing to differ from but itself
            measure(layers)
        return measure(layers)

    def prepare(self, shapes: dict[str, tuple[int, ...]]) -> None:
        """Get ready for maps of these shapes: length is how many numbers measure gives."""
        self.shapes, self.grid = shapes, grid(shapes.values())
        self.sides = np.array([shape[1:] for shape in shapes.values()], np.int64)
        self.grids_from = int(self.sides[:, 0].sum())
        self.rest_from = self.grids_from + len(shapes) * math.prod(self.grid)
        self.length = self.rest_from + len(shapes) * REST

    def on_processor(self, layers: list[Tensor]) -> Tensor:
        numbers = torch.empty(self.length)
        means, grids, rest = self.parts(numbers.numpy())
        first = 0
        for place, (maps, before) in enumerate(zip(layers, self.before, strict=True)):
            last = first + maps.shape[1]
            summarise(*bits_of(maps[0]), before.numpy(), means[first:last], grids[place], rest[place])
            first = last
        return numbers

    def on_device(self, layers: list[Tensor]) -> Tensor:
        means, grids, rest = [], [], []
        for maps, before in zip(layers, self.before, strict=True):
            cells = F.adaptive_avg_pool2d(maps, self.grid)[0].permute(1, 2, 0).float()
            means.append(cells.mean((0, 1)))
            grids.append(cells.mean(2).flatten())
            rest += (cells - before).abs().sum(), (cells + before).sum(), maps.amax().float()
            rest.append((maps > 0).sum(dtype=torch.float32))
            before.copy_(cells)
        return torch.cat((*means, *grids, torch.stack(rest)))

    def parts(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What measure gives, parted: means (channels,), grids (layers, rows, columns), the rest (layers, REST)."""
        grids, rest = numbers[self.grids_from:self.rest_from], numbers[self.rest_from:]
        return numbers[:self.grids_from], grids.reshape(-1, *self.grid), rest.reshape(-1, REST)

    def layers(self, numbers: np.ndarray) -> dict[str, Layer]:
        """The layers that measure's numbers tell of; what is not finite counts as nothing."""
        numbers = numbers.copy() if math.isfinite(numbers.sum()) else np.nan_to_num(numbers, posinf=0.0, neginf=0.0)
        means, grids, rest = self.parts(numbers)
        statistics, units, strengths = (table.tolist() for table in describe(means, grids, rest, self.sides, STRONGEST))
        told, first = {}, 0
        for (name, shape), row, order, levels, cells in zip(self.shapes.items(), statistics, units, strengths, grids,
                                                            strict=True):
            own = means[first:first + shape[1]]
            first += shape[1]
            told[name] = Layer(*row, tuple(zip(order, levels, strict=True))[:shape[1]], own, cells)
        return told


def grid(shapes: Iterable[tuple[int, ...]]) -> tuple[int, int]:
    """Rows and columns of the grid for maps of these shapes: those of the coarsest that has at least COARSE."""
    shapes = list(shapes)
    return tuple(min((shape[side] for shape in shapes if shape[side] >= COARSE), default=COARSE) for side in (2, 3))
