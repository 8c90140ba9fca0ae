"""A layer as a wall of small pictures, one for each unit, composed on the device: few bytes cross to the screen."""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import numpy as np
import torch
from torch.nn.functional import interpolate

RELEASE = 3.0  # seconds in which a ceiling forgets most of a peak (to 1/e)
QUIET = 0.05  # a unit below this part of the layer's median ceiling is shown as quiet as it is
SHARP = 3  # the wall crosses at no less than a third of its size on screen


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the tiles of a wall are: count tiles in columns and rows, each width by height in the screen's pixels."""

    count: int
    columns: int
    rows: int
    width: int
    height: int

    @property
    def size(self) -> tuple[int, int]:
        """The whole wall's width and height in pixels."""
        return self.columns * self.width, self.rows * self.height

    def corner(self, unit: int) -> tuple[int, int]:
        """The left upper pixel (x, y) of a unit's tile."""
        row, column = divmod(unit, self.columns)
        return column * self.width, row * self.height

    def unit(self, x: float, y: float) -> int | None:
        """The unit whose tile lies at this pixel of the wall; None beside the tiles."""
        if not (0 <= x < self.size[0] and 0 <= y < self.size[1]):
            return None
        unit = int(y) // self.height * self.columns + int(x) // self.width
        return unit if unit < self.count else None


@lru_cache(maxsize=16)
def fit(count: int, shape: tuple[int, int], area: tuple[int, int]) -> Grid:
    """The grid with the largest tiles for count maps of shape (height, width) in an area of (width, height) pixels."""

    def scale(columns: int) -> float:
        return min(area[0] / (columns * shape[1]), area[1] / (ceil(count / columns) * shape[0]))

    columns = max(range(1, count + 1), key=scale)
    width, height = (max(1, int(side * scale(columns))) for side in reversed(shape))
    return Grid(count, columns, ceil(count / columns), width, height)


@lru_cache(maxsize=32)
def enlargement(length: int, times: int, device: torch.device) -> torch.Tensor:
    """Bicubic enlargement of a line as a matrix (times * length, length): far cheaper on small maps than resampling."""
    line = torch.eye(length, device=device)[None, None]
    return interpolate(line, size=(times * length, length), mode="bicubic")[0, 0]


class Wall:
    """Turns a layer's maps into brightness 0..255, each unit against its own recent peak.

    A ceiling for each unit jumps up with its peak and sinks back within seconds, so a strong unit leaves the others
    as bright as they are and nothing flickers. Colours come after scaling, on the screen: a glow scaled in brightness
    keeps its halo of colours, and a third of the bytes cross.
    """

    def __init__(self) -> None:
        self.ceilings: dict[str, tuple[float, torch.Tensor]] = {}

    @torch.inference_mode()
    def __call__(self, maps: torch.Tensor, tap: str, time: float, grid: Grid, mirror: bool = False) -> np.ndarray:
        """A tap's maps (C, H, W) >= 0, any float, at a frame's time in seconds: one picture of tiles (h, w) uint8."""
        bright = self._bright(maps, self._ceiling(maps, tap, time), mirror)
        count, height, width = maps.shape
        larger = max(1, ceil(grid.width / (SHARP * width)))
        if larger > 1:
            down, right = (enlargement(side, larger, maps.device) for side in (height, width))
            bright = (down @ bright @ right.T).clamp_(0, 255.5)
        shape = grid.rows, height * larger, grid.columns, width * larger
        mosaic = torch.zeros(shape, dtype=torch.uint8, device=maps.device)
        tiles = mosaic.permute(0, 2, 1, 3)
        whole, rest = divmod(count, grid.columns)
        tiles[:whole] = bright[: count - rest].unflatten(0, (whole, grid.columns))
        if rest:
            tiles[whole, :rest] = bright[count - rest :]
        return mosaic.flatten(0, 1).flatten(1).cpu().numpy()

    @torch.inference_mode()
    def unit(self, maps: torch.Tensor, tap: str, time: float, unit: int, mirror: bool = False) -> np.ndarray:
        """One map of a tap, as bright as on the wall, (H, W) uint8."""
        ceiling = self._ceiling(maps, tap, time)
        return self._bright(maps[unit : unit + 1], ceiling[unit : unit + 1], mirror)[0].to(torch.uint8).cpu().numpy()

    def _bright(self, maps: torch.Tensor, ceiling: torch.Tensor, mirror: bool) -> torch.Tensor:
        bright = maps * (255.5 / ceiling)[:, None, None]
        return bright.flip(-1) if mirror else bright

    def _ceiling(self, maps: torch.Tensor, tap: str, time: float) -> torch.Tensor:
        """The running ceilings (C,) float32 of a tap; the same time again leaves all but the peaks as they are."""
        rows = maps.permute(1, 2, 0).flatten(1)  # as they lie on a processor: a tenth of the time of amax((1, 2))
        peak = rows.amax(0).view(-1, len(maps)).amax(0).float()
        peak = peak.nan_to_num(0, 0)  # one frame beyond a half's range must not stay for ever
        before, ceiling = self.ceilings.get(tap, (time, peak))
        if ceiling.shape == peak.shape and ceiling.device == peak.device:
            sunk = peak + (ceiling - peak) * float(np.exp(min(0.0, before - time) / RELEASE))
            peak = torch.maximum(peak, sunk)
        self.ceilings[tap] = time, peak
        return torch.maximum(peak, QUIET * peak.median()).clamp_min(1e-6)
