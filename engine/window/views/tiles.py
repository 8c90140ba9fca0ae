"""How many pictures share an area without a gap, and small maps enlarged on their device."""

from dataclasses import dataclass
from functools import lru_cache
from math import log

import numpy as np
import torch

SHARPNESS = -0.5  # of the cubic (Keys, "Cubic convolution interpolation", 1981)


@dataclass(frozen=True, slots=True)
class Tiling:
    """count tiles in rows that fill an area (width, height) to the last pixel; rows differ by one tile at most."""

    area: tuple[int, int]
    rows: tuple[int, ...]  # tiles in each

    @property
    def count(self) -> int:
        return sum(self.rows)

    def rect(self, tile: int) -> tuple[int, int, int, int]:
        """A tile's left, top, right and lower pixel."""
        row, column = 0, tile
        while column >= self.rows[row]:
            column -= self.rows[row]
            row += 1
        (width, height), many = self.area, self.rows[row]
        return (column * width // many, row * height // len(self.rows),
                (column + 1) * width // many, (row + 1) * height // len(self.rows))

    def at(self, x: float, y: float) -> int | None:
        """The tile at a point of the area, x and y in 0..1; None beside it."""
        if not (0 <= x < 1 and 0 <= y < 1):
            return None
        row = int(y * len(self.rows))
        return sum(self.rows[:row]) + int(x * self.rows[row])


@lru_cache(maxsize=64)
def tiling(count: int, aspect: float, area: tuple[int, int]) -> Tiling:
    """Rows for count tiles that should be aspect times as wide as high: the number of rows that bends them least."""
    def bent(rows: int) -> float:
        return abs(log(area[0] * rows / count / (area[1] / rows) / aspect))

    rows = min(range(1, count + 1), key=bent)
    return Tiling(area, tuple((row + 1) * count // rows - row * count // rows for row in range(rows)))


def crop(shape: tuple[int, int], aspect: float) -> tuple[float, float, float, float]:
    """The largest middle part of a picture (height, width) of another aspect: top, bottom, left, right in pixels."""
    height, width = shape
    high, wide = min(height, width / aspect), min(width, height * aspect)
    return (height - high) / 2, (height + high) / 2, (width - wide) / 2, (width + wide) / 2


@lru_cache(maxsize=64)
def resampling(length: int, start: float, stop: float, count: int, smooth: bool, device: torch.device) -> torch.Tensor:
    """A matrix (count, length) that takes the part start..stop of a line to count pixels.

    Smooth is cubic where that enlarges and a mean where it shrinks; otherwise the nearest. A matrix product on small
    maps is far cheaper than resampling them.
    """
    step = (stop - start) / count
    middles = start + (np.arange(count) + 0.5) * step - 0.5
    if not smooth:
        weights = np.eye(length)[np.rint(middles).astype(int).clip(0, length - 1)]
    else:
        reach = max(step, 1.0)
        places = np.arange(-2 * int(reach + 1), length + 2 * int(reach + 1))
        weights = cubic((places - middles[:, None]) / reach)
        inside = np.zeros((count, length))
        np.add.at(inside.T, places.clip(0, length - 1), weights.T)  # beyond the edge the edge goes on
        weights = inside / inside.sum(1, keepdims=True)
    return torch.from_numpy(weights.astype(np.float32)).to(device)


def cubic(x: np.ndarray) -> np.ndarray:
    x, a = np.abs(x), SHARPNESS
    near, far = ((a + 2) * x - (a + 3)) * x * x + 1, ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0.0))


def enlarged(maps: torch.Tensor, part: tuple[float, float, float, float], size: tuple[int, int], smooth: bool,
             mirror: bool = False) -> torch.Tensor:
    """A part (top, bottom, left, right) of maps (..., h, w) in 0..1 as pictures of a size (w, h)."""
    down = resampling(maps.shape[-2], *part[:2], size[1], smooth, maps.device)
    right = resampling(maps.shape[-1], *part[2:], size[0], smooth, maps.device)
    return (down @ maps @ (right.flip(0) if mirror else right).T).clamp_(0, 1)
