"""What a layer feels like: a few numbers for a whole stack of maps, measured where the maps are."""

import math
from collections.abc import Iterable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.values import Layer

STRONGEST = 8  # units named per layer
COARSE = 8  # a layer of fewer rows or columns does not set the grid
SUMS = 5  # numbers per channel that come down from the device
TINY = 1e-12


class Statistics:
    """What layers feel like, in two halves: measure(taps) on the device, layers(numbers) of what came down from it.

    peak: of all activations. sparsity: share of activations that are zero, in maps that are never below. The others are
    taken on maps averaged to a grid that all layers share, as fine as the coarsest of them, which keeps a camera's
    noise out and lets one matrix product serve them all: mean; entropy: of the channels' means taken as a distribution,
    over log C (Shannon 1948); cx, cy: centre of all activation in 0..1; change: summed absolute difference to the last
    frame over the sum of both, 0 (same) to 1 (disjoint); units: the strongest channels by their means; means: of all
    channels; grid: the mean of all channels at each cell.
    """

    def __init__(self):
        self.shapes: dict[str, tuple[int, ...]] = {}

    def measure(self, taps: dict[str, Tensor]) -> Tensor:
        """{name: (1, C, H, W)} to one row of numbers on the same device; remembers the maps for change.

        For each channel of all layers its mean, that times x, times y, difference and sum with the frame before; then
        for each layer its grid; then its peak and how many of its activations are not zero.
        """
        layers = list(taps.values())
        shapes = {name: tuple(maps.shape) for name, maps in taps.items()}
        if new := shapes != self.shapes:
            self.shapes, self.grid = shapes, grid(shapes.values())
            self.places = places(*self.grid).to(layers[0].device)
            self.shares = shares([maps.shape[1] for maps in layers]).to(layers[0].device)
        cells, ends = [], []
        for maps in layers:  # both at once, while they are in the processor's cache
            cells.append(F.adaptive_avg_pool2d(maps, self.grid)[0].flatten(1).T)
            ends.append(extremes(maps))
        cells = torch.cat(cells, 1).float()  # (cells, channels), as maps lie in memory
        sums = self.places @ cells
        if new:
            self.before, self.mean = cells.clone(), sums[0].clone()
        difference, both = F.l1_loss(cells, self.before, reduction="none").sum(0), (sums[0] + self.mean) * len(cells)
        self.before.copy_(cells)
        self.mean.copy_(sums[0])
        return torch.cat([part.flatten() for part in (sums, difference, both, self.shares @ cells.T, *ends)])

    @property
    def length(self) -> int:
        """How many numbers measure gives."""
        return sum(SUMS * shape[1] + 2 + math.prod(self.grid) for shape in self.shapes.values())

    def layers(self, numbers: np.ndarray) -> dict[str, Layer]:
        """The layers that measure's numbers tell of; what is not finite counts as nothing."""
        if not math.isfinite(numbers.sum()):
            numbers = np.nan_to_num(numbers, nan=0.0, posinf=0.0, neginf=0.0)
        count, widths = len(self.shapes), [shape[1] for shape in self.shapes.values()]
        firsts, told = np.cumsum([0, *widths[:-1]]), {}
        sums, extremes = numbers[:SUMS * sum(widths)].reshape(SUMS, -1), numbers[-2 * count:].tolist()
        grids = numbers[SUMS * sum(widths):-2 * count].reshape(count, *self.grid).copy()
        totals = np.add.reduceat(sums, firsts, 1)
        share = sums[0] / np.repeat(totals[0] + TINY, widths)
        entropies = -np.add.reduceat(share * np.log(np.maximum(share, TINY)), firsts)
        for place, (name, (_, channels, height, width)) in enumerate(self.shapes.items()):
            means = sums[0, firsts[place]:firsts[place] + channels].copy()
            total, x, y, difference, both = totals[:, place].tolist()
            cx, cy = (x / total, y / total) if total > TINY else (0.5, 0.5)
            active = extremes[2 * place + 1] / (channels * height * width)
            entropy = float(entropies[place]) / math.log(max(channels, 2))
            bounded = (1 - active, entropy, cx, cy, difference / (both + TINY))
            order = np.argsort(-means)[:STRONGEST]
            units = tuple(zip(order.tolist(), means[order].tolist(), strict=True))
            told[name] = Layer(total / channels, extremes[2 * place],
                               *(min(max(number, 0.0), 1.0) for number in bounded), units, means, grids[place])
        return told


def extremes(maps: Tensor) -> Tensor:
    """The peak of a layer's maps and how many of its activations are not zero, (2,) float32.

    Halves that are not below zero are in the order of their bits, and a processor compares integers far quicker.
    """
    if maps.device.type == "cpu" and maps.element_size() == 2:
        bits = maps.view(torch.int16)
        if (highest := bits.amax()) >= 0:
            count = np.count_nonzero(bits.permute(0, 2, 3, 1).numpy())
            return torch.tensor((highest.view(maps.dtype).item(), count), dtype=torch.float32)
    return torch.stack((maps.amax().float(), maps.sign().sum(dtype=torch.float32)))


def grid(shapes: Iterable[tuple[int, ...]]) -> tuple[int, int]:
    """Rows and columns of the grid for maps of these shapes: those of the coarsest that has at least COARSE."""
    shapes = list(shapes)
    return tuple(min((shape[side] for shape in shapes if shape[side] >= COARSE), default=COARSE) for side in (2, 3))


def places(rows: int, columns: int) -> Tensor:
    """(3, cells): one, x and y of each cell in 0..1, over the number of cells."""
    y, x = torch.meshgrid((torch.arange(rows) + 0.5) / rows, (torch.arange(columns) + 0.5) / columns, indexing="ij")
    return torch.stack((torch.ones_like(x), x, y)).flatten(1) / (rows * columns)


def shares(widths: list[int]) -> Tensor:
    """(layers, channels of all layers): how much of a layer's mean each channel is."""
    return torch.block_diag(*(torch.full((1, width), 1 / width) for width in widths))
