"""A layer as a wall of small pictures, one for each unit, that fills any area: each lights up the camera's picture."""

from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np
import torch

from engine.values import Percept, Scene
from engine.window.views.brightness import Brightness
from engine.window.views.glow import covering, glow
from engine.window.views.likeness import Likeness
from engine.window.views.seats import Seats
from engine.window.views.tiles import Tiling, crop, enlarged, tiling
from engine.window.views.view import ViewParameters, at_most, black

FEW = 128  # tiles that OpenCV enlarges one by one; more are quicker as products of matrices
SHRINKS = 0.7  # a map that is shown smaller than by this is averaged: a cubic would pick pixels out of so many
FINE = 16  # cells of a side, from which on one of them is not missed
GRID = (9, 12)  # cells in which maps are compared
MOST = 960 * 540  # pixels that the wall is composed in; the window scales it up, for maps are far coarser


class Wall:
    """The view. parameters.tiles units at a time: the strongest, those that look alike together, or by number."""

    def __init__(self, brightness: Brightness):
        self.brightness = brightness
        self.seats: dict[str, Seats] = {}
        self.likeness: dict[str, Likeness] = {}
        self.units, self.tiling = np.zeros(0, int), None  # as on the screen, for the mouse

    @torch.inference_mode()
    def __call__(self, percept: Percept, scene: Scene, parameters: ViewParameters) -> np.ndarray:
        size = at_most(MOST, parameters.size)
        if parameters.layer not in percept.maps:
            self.units, self.tiling = np.zeros(0, int), None
            return black(size)
        bright = self.brightness(percept, parameters.layer)
        height, width = percept.frame.pixels.shape[:2]
        self.units, strength = self.units_in(bright, percept, parameters)
        self.tiling = tiling(len(self.units), width / height, size)
        if parameters.order == "likeness":
            order, come = self.likeness.setdefault(parameters.layer, Likeness())(
                coarse_maps(bright), self.units, self.tiling.rows, percept.frame.time)
            self.units, strength = self.units[order], strength[order] * come
        bright = bright[torch.from_numpy(self.units).to(bright.device)]
        bright = bright * torch.from_numpy(strength.astype(np.float32)).to(bright.device)[:, None, None]
        without_rim(bright)
        if parameters.gamma != 1:
            bright = bright.pow(1 / parameters.gamma)
        mosaic = compose(bright, self.tiling, parameters)
        return glow(mosaic, under(percept.frame.pixels, self.tiling, parameters), parameters.palette, parameters.under)

    def at(self, x: float, y: float) -> int | None:
        """The unit at a point of the picture, x and y in 0..1."""
        tile = None if self.tiling is None else self.tiling.at(x, y)
        return None if tile is None else int(self.units[tile])

    def rect(self, unit: int) -> tuple[float, float, float, float] | None:
        """Where a unit is in the picture: left, top, right, bottom in 0..1; None if it is not shown."""
        if self.tiling is None or unit not in self.units:
            return None
        left, top, right, bottom = self.tiling.rect(int(np.flatnonzero(self.units == unit)[0]))
        width, height = self.tiling.area
        return left / width, top / height, right / width, bottom / height

    def units_in(self, bright: torch.Tensor, percept: Percept, parameters: ViewParameters) -> tuple:
        """The units on the wall, and how far each has come in, 0..1."""
        count, tap = min(parameters.tiles, len(bright)), parameters.layer
        if parameters.order != "number" and count < len(bright):
            activity = bright.mean((1, 2)).cpu().numpy()
            units, strength = self.seats.setdefault(tap, Seats())(activity, count, percept.frame.time)
            if parameters.order == "likeness":
                return units, strength  # each in its seat, so that the others need not move
            order = np.argsort(units, kind="stable")
            return units[order], strength[order]
        first = parameters.page % -(-len(bright) // count) * count
        units = np.arange(first, min(first + count, len(bright)))
        return units, np.ones(len(units))


def without_rim(bright: torch.Tensor) -> None:
    """Let the outermost cells of maps (C, h, w) be as their neighbours: there a convolution takes the picture's end for
    an edge in it, which would be a line around each tile."""
    if min(bright.shape[1:]) >= FINE:
        bright[:, [0, -1]] = bright[:, [1, -2]]
        bright[:, :, [0, -1]] = bright[:, :, [1, -2]]


def coarse_maps(bright: torch.Tensor) -> np.ndarray:
    """Maps (C, h, w) as their means over GRID cells, (C, cells)."""
    return torch.nn.functional.adaptive_avg_pool2d(bright[None], GRID)[0].flatten(1).cpu().numpy()


def compose(bright: torch.Tensor, tiles: Tiling, parameters: ViewParameters) -> np.ndarray:
    """Maps (N, h, w) in 0..1 as one picture of tiles, (height, width) uint8."""
    here = bright.device.type == "cpu" and len(bright) <= FEW
    return (tile_by_tile if here else row_by_row)(bright, tiles, parameters)


def tile_by_tile(bright: torch.Tensor, tiles: Tiling, parameters: ViewParameters) -> np.ndarray:
    """On the processor: each map is enlarged whole, to the pixels that fit best, and its middle is the tile."""
    width, height = tiles.area
    picture, smooth = np.empty((height, width), np.uint8), cv2.INTER_CUBIC if parameters.smooth else cv2.INTER_NEAREST
    maps = cv2.convertScaleAbs(bright.numpy().reshape(-1, bright.shape[2]), alpha=255).reshape(bright.shape)
    maps = np.ascontiguousarray(maps[:, :, ::-1] if parameters.mirror else maps)
    for tile, shown in enumerate(maps):
        left, top, right, bottom = tiles.rect(tile)
        wide, high = right - left, bottom - top
        if wide and high:  # a small picture may have fewer pixels than tiles
            scale = max(wide / shown.shape[1], high / shown.shape[0])
            whole = max(wide, round(shown.shape[1] * scale)), max(high, round(shown.shape[0] * scale))
            x, y = (whole[0] - wide) // 2, (whole[1] - high) // 2
            large = cv2.resize(shown, whole, interpolation=smooth if scale > SHRINKS else cv2.INTER_AREA)
            picture[top:bottom, left:right] = large[y : y + high, x : x + wide]
    return picture


def row_by_row(bright: torch.Tensor, tiles: Tiling, parameters: ViewParameters) -> np.ndarray:
    """On the maps' device, as products of matrices."""
    width, height = tiles.area
    picture = torch.empty((height, width), dtype=torch.uint8, device=bright.device)
    first = 0
    for row, many in enumerate(tiles.rows):
        top, bottom = row * height // len(tiles.rows), (row + 1) * height // len(tiles.rows)
        wide = -(-width // many)
        if top == bottom:  # a picture of fewer pixels than rows
            first += many
            continue
        part = crop(tuple(bright.shape[1:]), (width / many) / (height / len(tiles.rows)))
        cells = enlarged(bright[first : first + many], part, (wide, bottom - top), parameters.smooth, parameters.mirror)
        strip = (cells * 255.5).to(torch.uint8).permute(1, 0, 2).reshape(bottom - top, many * wide)
        picture[top:bottom] = strip if many * wide == width else strip[:, columns(width, many, wide).to(strip.device)]
        first += many
    return picture.cpu().numpy()


@lru_cache(maxsize=64)
def columns(width: int, many: int, wide: int) -> torch.Tensor:
    """Which columns of many cells that are wide make a row of exactly this width: some cells lose their last."""
    edges = [column * width // many for column in range(many + 1)]
    return torch.cat([torch.arange(right - left) + cell * wide
                      for cell, (left, right) in enumerate(pairwise(edges))])


def under(pixels: np.ndarray, tiles: Tiling, parameters: ViewParameters) -> np.ndarray:
    """The camera's picture in grey in each tile, (height, width) uint8."""
    width, height = tiles.area
    picture = np.empty((height, width), np.uint8)
    grey, cells = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), {}
    grey = cv2.flip(grey, 1) if parameters.mirror else grey
    for tile in range(tiles.count if parameters.under > 0 else 0):
        left, top, right, bottom = tiles.rect(tile)
        size = right - left, bottom - top
        if min(size) > 0:
            if size not in cells:
                cells[size] = covering(grey, size)
            picture[top:bottom, left:right] = cells[size]
    return picture
