"""Makes batches of training pictures for the detector on any device: one photograph each, or a mosaic of four."""

import os
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from models.training import augmentation
from models.training.assignment import NO_ROW, padded
from models.training.augmentation import regions_of
from models.training.lighting import relight, uniform
from models.training.shards import SIDE, Sample

ROWS = 64  # objects of a photograph that are kept, the largest of them, and of a picture MOST
MOST = 160
SOME = 64  # photographs that are decoded together
ZOOM = {False: (0.6, 2.0), True: (0.9, 2.6)}  # of a photograph that has its place for itself, of one in a mosaic


class Decoded(Dataset):
    """Photographs of shards as tensors: (3, SIDE, SIDE) uint8, height and width there (2,), its ROWS (ROWS, 6)."""

    def __init__(self, samples: Sequence[Sample]):
        self.samples = samples

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        picture, whole = self.samples[index].picture(), torch.zeros(3, SIDE, SIDE, dtype=torch.uint8)
        pixels, found = (torch.from_numpy(each) for each in (picture.pixels, picture.rows))
        high, wide = pixels.shape[:2]
        whole[:, :high, :wide] = pixels.permute(2, 0, 1)
        rows = torch.full((ROWS, 6), NO_ROW)
        found = found[(found[:, 2:4] - found[:, :2]).prod(dim=1).argsort(descending=True)][:ROWS]
        rows[:len(found)] = found
        return whole, torch.tensor((high, wide)), rows


def batches(samples: Sequence[Sample], size: int) -> DataLoader:
    """Photographs in batches as Decoded gives them, decoded by as many processes as there are cores: threads would wait
    for one another."""
    return DataLoader(Decoded(samples), size, num_workers=os.cpu_count())


class Photographs:
    """Photographs of shards on a device, all decoded, half a megabyte each; by their numbers: pixels
    (B, 3, SIDE, SIDE) uint8, heights and widths (B, 2), rows (B, ROWS, 6)."""

    def __init__(self, samples: Sequence[Sample], device: torch.device):
        self.device, parts = device, []
        self.all = torch.empty(len(samples), 3, SIDE, SIDE, dtype=torch.uint8, device=device)
        for number, (pixels, *part) in enumerate(tqdm(batches(samples, SOME), "photographs")):
            self.all[SOME * number:][:SOME] = pixels
            parts.append(part)
        self.sizes, self.rows = (torch.cat(each).to(device) for each in zip(*parts, strict=True))

    def __call__(self, which: np.ndarray) -> list[Tensor]:
        index = torch.from_numpy(which).to(self.device)
        return [each[index] for each in (self.all, self.sizes, self.rows)]


def reader(start: int, end: int, shift: Tensor, scale: Tensor, own: Tensor) -> Tensor:
    """Weights (B, end - start, SIDE) that read places start to end of a picture out of a photograph's first `own` ones
    where it is moved by `shift` and scaled: the nearest two, or as many as lie on a place if there are more."""
    places = torch.arange(start, end, device=own.device) + 0.5
    centres = ((places - shift[:, None]) / scale[:, None]).clamp(min=0.5)
    centres = torch.minimum(centres, own[:, None] - 0.5)
    far = (torch.arange(SIDE, device=own.device) + 0.5 - centres[..., None]).abs() * scale.clamp(max=1)[:, None, None]
    weights = (1 - far).clamp(min=0) * (torch.arange(SIDE, device=own.device) < own[:, None, None])
    return weights / weights.sum(dim=2, keepdim=True)


def read(pixels: Tensor, down: Tensor, across: Tensor) -> Tensor:
    """What two readers read out of photographs (B, 3, SIDE, SIDE) uint8, in 0..1."""
    return down[:, None] @ (pixels.float() / 255) @ across[:, None].transpose(2, 3)


def stretched(pixels: Tensor, sizes: Tensor, side: int) -> Tensor:
    """Photographs as Decoded gives them, each over the whole of a square (B, 3, side, side), in 0..1."""
    return read(pixels, *(reader(0, side, torch.zeros_like(own), side / own, own) for own in sizes.float().unbind(1)))


def drawn(x: Tensor, low: float | Tensor, high: float | Tensor) -> Tensor:
    """A number (B,) for each picture between two."""
    return low + (high - low) * torch.rand(len(x), device=x.device)


def place(canvas: Tensor, region: tuple[int, int, int, int], photographs: list[Tensor], zoom: tuple[float, float]
          ) -> tuple[Tensor, Tensor]:
    """Paste photographs (as Photographs gives them) into a region (left, top, right, bottom) of all pictures of a
    batch, each at a random scale; their rows there, and where they lie (B, 4): nowhere if almost nothing would show."""
    left, top, right, bottom = region
    pixels, sizes, rows = photographs
    own_high, own_wide = sizes.float().unbind(dim=1)
    scale = torch.minimum((right - left) / own_wide, (bottom - top) / own_high)
    scale = (scale * drawn(pixels, *np.log(zoom)).exp()).clamp(max=5)
    sx, sy = (scale * drawn(pixels, -0.12, 0.12).exp() for _ in range(2))
    # where the photograph's own corner falls: anywhere that shows as much of it as fits
    spare_x, spare_y = right - left - sx * own_wide, bottom - top - sy * own_high
    dx, dy = (start + drawn(pixels, spare.clamp(max=0), spare.clamp(min=0))
              for start, spare in ((left, spare_x), (top, spare_y)))
    lies = torch.stack((dx.clamp(min=left), dy.clamp(min=top), (dx + sx * own_wide).clamp(max=right),
                        (dy + sy * own_high).clamp(max=bottom)), dim=1).round()
    lies = lies * ((lies[:, 2:] - lies[:, :2]).amin(dim=1, keepdim=True) >= 8)
    seen = read(pixels, reader(top, bottom, dy, sy, own_high), reader(left, right, dx, sx, own_wide))
    x, y = (torch.arange(*ends, device=canvas.device) + 0.5 for ends in ((left, right), (top, bottom)))
    shown = (((x > lies[:, :1]) & (x < lies[:, 2:3]))[:, None, None]
             & ((y > lies[:, 1:2]) & (y < lies[:, 3:]))[:, None, :, None])
    part = canvas[:, :, top:bottom, left:right]
    part.copy_(torch.where(shown, seen, part))
    scale, shift = torch.stack((sx, sy, sx, sy), dim=1)[:, None], torch.stack((dx, dy, dx, dy), dim=1)[:, None]
    moved = rows[..., :4] * scale + shift
    boxes = torch.maximum(torch.minimum(moved, lies[:, None, 2:].repeat(1, 1, 2)), lies[:, None, :2].repeat(1, 1, 2))
    sides = boxes[..., 2:] - boxes[..., :2]
    share = sides.prod(dim=2) / (moved[..., 2:] - moved[..., :2]).prod(dim=2).clamp(min=1e-6)
    worth = rows[..., 5]
    worth = torch.where((worth > 0) & ((share < 0.35) | (sides.amin(dim=2) < 5)), 0, worth)  # too little left of it
    worth = torch.where((share > 0.1) & (sides.amin(dim=2) > 1), worth, NO_ROW)
    return torch.cat((boxes, rows[..., 4:5], worth[..., None]), dim=2), lies


def mirror(x: Tensor, *boxes: Tensor) -> tuple[Tensor, ...]:
    """Half of the pictures mirrored, and what lies in them, (B, N, 4 or more), with them."""
    turned = torch.rand(len(x), 1, 1, device=x.device) < 0.5
    size, back = x.shape[3], []
    for each in boxes:
        left, right = size - each[..., 2:3], size - each[..., :1]
        back.append(torch.where(turned, torch.cat((left, each[..., 1:2], right, each[..., 3:]), dim=2), each))
    return torch.where(turned[..., None], x.flip(3), x), *back


class Scenes:
    """Draws from photographs by their weights.

    __call__(random, count, size, mosaic) gives clean pictures and the same ones in worse light (B, 3, S, S) in 0..1,
    rows (B, R, 6), of worth NO_ROW where there is none, and regions (B, G, 5): where a photograph lies, and the number
    of its pool in `pools`, -1 if it lies nowhere. With at_once all photographs lie decoded on the device.
    """

    def __init__(self, samples: Sequence[Sample], weights: np.ndarray, device: torch.device, at_once: bool = False):
        self.samples, self.device, self.chances = samples, device, weights.cumsum()
        self.photographs = Photographs(samples, device) if at_once else None
        self.pools = sorted({sample.pool for sample in samples})
        self.numbers = np.array([self.pools.index(sample.pool) for sample in samples], np.float32)

    def draw(self, random: np.random.Generator, count: int) -> np.ndarray:
        """The numbers of some photographs."""
        return self.chances.searchsorted(random.random(count)).clip(max=len(self.chances) - 1)

    def together(self, random: np.random.Generator, count: int, size: int, mosaic: bool) -> tuple[Tensor, ...]:
        """Pictures, rows, regions as __call__ gives them, all at once out of photographs on the device."""
        device, rows, regions = self.device, [], []
        x = torch.zeros(count, 3, size, size, device=device)
        colour = uniform(x, 0, 1, 3)
        x += torch.where(uniform(x, 0, 1) < 0.5, 114 / 255, colour)  # letterbox grey, or any plain colour
        for region in regions_of(random, size, mosaic):
            which = self.draw(random, count)
            placed, lies = place(x, region, self.photographs(which), ZOOM[mosaic])
            number = torch.from_numpy(self.numbers[which]).to(device)
            number = torch.where(lies[:, 2] > lies[:, 0], number, -1)
            rows.append(placed)
            regions.append(torch.cat((lies, number[:, None]), dim=1))
        return x, torch.cat(rows, dim=1), torch.stack(regions, dim=1)

    def one_by_one(self, random: np.random.Generator, count: int, size: int, mosaic: bool) -> tuple[Tensor, ...]:
        """The same as together() out of the shards: far quicker on a processor."""
        canvases, rows, regions = [], [], []
        for _ in range(count):
            canvases.append(augmentation.background(random, size))
            placed = []
            for region in regions_of(random, size, mosaic):
                which = self.draw(random, 1)[0]
                picture = self.samples[which].picture()
                own, lies = augmentation.place(random, canvases[-1], region, picture, ZOOM[mosaic])
                placed.append(own)
                regions.append((*lies, self.numbers[which] if lies[2] > lies[0] else -1))
            rows.append(torch.from_numpy(np.concatenate(placed)))
        x = torch.from_numpy(np.stack(canvases)).permute(0, 3, 1, 2).float() / 255
        made = x, padded(rows), torch.tensor(regions).unflatten(0, (count, -1))
        return tuple(each.to(self.device) for each in made)

    def __call__(self, random: np.random.Generator, count: int, size: int, mosaic: bool) -> tuple[Tensor, ...]:
        compose = self.one_by_one if self.photographs is None else self.together
        x, rows, regions = mirror(*compose(random, count, size, mosaic))
        there = rows[..., 5] >= 0
        order = torch.where(there, (rows[..., 2:4] - rows[..., :2]).prod(dim=2), -1).argsort(dim=1, descending=True)
        most = min(MOST, int(there.sum(dim=1).max()))  # what only fills up would be looked at in vain
        rows = rows.gather(1, order[:, :most, None].expand(-1, -1, 6))
        return x, relight(random, x), rows, regions
