"""What a layer feels like, measured on the device: a few numbers for a whole stack of maps."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.values import Layer

STRONGEST = 8  # units named per layer
ROW = 7 + 2 * STRONGEST  # floats per layer
CELLS = 24
TINY = 1e-12


class Statistics:
    """Callable: taps {name: (1, C, H, W)} -> (layers, ROW) float32 on the same device; remembers the maps for change.

    mean, peak: of all activations. sparsity: share of activations that are not above zero. entropy: of the channels'
    means taken as a distribution, over log C (Shannon 1948). cx, cy: centre of all activation in 0..1. change: summed
    absolute difference to the last call over the sum of both, 0 (same) to 1 (disjoint). Centre and change are taken on
    maps averaged to at most CELLS cells a side, which keeps a camera's noise out and costs a third. Then the strongest
    channels' means, then their indices, padded with zero and -1 where a layer has fewer.
    """

    def __init__(self):
        self.before: dict[str, Tensor] = {}
        self.counts: dict[tuple[int, ...], Tensor] = {}
        self.grids: dict[tuple, Tensor] = {}

    def __call__(self, taps: dict[str, Tensor]) -> Tensor:
        device = next(iter(taps.values())).device
        channels = tuple(maps.shape[1] for maps in taps.values())
        if channels not in self.counts:  # made once: a CUDA graph cannot hold an upload
            self.counts[channels] = torch.tensor(channels, device=device)
        counts = self.counts[channels]
        sums = torch.zeros(3, len(taps), max(STRONGEST, *channels), device=device)
        rest = []
        for place, (name, maps) in enumerate(taps.items()):
            maps = maps.float()
            side = -(-max(maps.shape[2:]) // CELLS)
            cells = F.avg_pool2d(maps, side, ceil_mode=True, count_include_pad=False)[0].permute(1, 2, 0).flatten(0, 1)
            torch.mm(self.grid(*maps.shape[2:], side, device), cells, out=sums[:, place, :maps.shape[1]])
            before = self.before.get(name)
            if before is None or before.shape != cells.shape:
                before = self.before[name] = cells.clone()
            rest += [maps.amax(), maps.sign().clamp_min_(0).mean(),
                     (cells - before).abs_().sum(), (cells + before).sum()]
            before.copy_(cells)
        peak, active, difference, both = torch.stack(rest).view(len(taps), 4).unbind(1)
        means = sums[0].clamp_min(0)
        total = means.sum(1)
        share = means / (total[:, None] + TINY)
        entropy = -(share * (share + TINY).log()).sum(1) / counts.clamp_min(2).log()
        centre = torch.where(total > TINY, sums[1:].sum(2) / (total + TINY), 0.5)
        units = means.topk(STRONGEST)
        index = torch.where(units.indices < counts[:, None], units.indices, -1)
        head = torch.stack((total / counts, peak, 1 - active, entropy, *centre, difference / (both + TINY)), 1)
        return torch.cat((head, units.values, index), 1)

    def grid(self, height: int, width: int, side: int, device: torch.device) -> Tensor:
        """(3, cells): what share of the map each cell covers, and that times its x and its y; one product sums all."""
        key = (height, width, side, device)
        if key not in self.grids:
            y, x = torch.meshgrid((torch.arange(height) + 0.5) / height, (torch.arange(width) + 0.5) / width,
                                  indexing="ij")
            places = torch.stack((torch.ones_like(x), x, y)) / (height * width)
            grid = F.avg_pool2d(places, side, ceil_mode=True, divisor_override=1)
            self.grids[key] = grid.flatten(1).to(device)
        return self.grids[key]


def layer(row: list[float]) -> Layer:
    """One row of Statistics as a Layer; bounded numbers are held in their bounds and finite."""
    numbers = [number if math.isfinite(number) else 0.0 for number in row]
    mean, peak, *bounded = numbers[:7]
    strengths, indices = numbers[7:7 + STRONGEST], numbers[7 + STRONGEST:]
    units = tuple((int(index), strength) for index, strength in zip(indices, strengths, strict=True) if index >= 0)
    return Layer(mean, peak, *(min(max(number, 0.0), 1.0) for number in bounded), units)
