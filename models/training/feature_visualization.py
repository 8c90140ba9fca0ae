"""Draws what each unit responds to: python -m models.training.feature_visualization [--out models/weights]

Each picture starts as noise and climbs the unit's activation in its middle (feature visualization, Olah, Mordvintsev
and Schubert 2017, doi.org/10.23915/distill.00007): painted as a spectrum in colours that are independent of one
another, and looked at slightly moved, turned and scaled in every step, so that no pattern of single pixels wins.
conv1 needs no climbing: its filters are the pictures. About five minutes on one core; always the same on one machine.
"""

import argparse
import copy
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from models import load
from models.disk import WEIGHTS
from models.feature_pictures import write
from models.features import Features

TAPS = {"conv2": (48, 80), "conv3": (64, 70), "conv4": (96, 60), "conv5": (96, 60)}  # side in pixels, WebP's quality
LOSSLESS = 101
BATCH, STEPS, RATE = 32, 192, 0.08
DECAY, FINEST = 1.4, 0.2  # the spectrum falls as 1 / frequency ** DECAY, and soon beyond FINEST cycles a pixel
COLOURS = ((0.45, (1, 1, 1)), (0.17, (-1, 0, 1)), (0.10, (-1, 2, -1)))  # how far pictures go in brightness, from orange
# to blue, from purple to green: the directions and the order of photographs, with more colour than those have
CONTRAST = 1.1  # of every picture, before it is squeezed into 0..1: no unit's is flat, none burnt out
MOVE, TURN, SCALE = 0.08, 0.2, 0.2  # at most: of half a side, radians, of the size
MIDDLE = 0.18  # of a side: the width (sigma) of the part of a map that counts


def path_to(network: Features, tap: str) -> nn.Sequential:
    """The stages up to a tap, without the last ReLU: its slope of zero would leave a silent unit silent for ever."""
    stages = copy.deepcopy(network.stages).requires_grad_(False)
    stages[tap][-1].relu = nn.Identity()
    names = list(stages)
    return nn.Sequential(*(stages[name] for name in names[:names.index(tap) + 1])).bfloat16()


def envelope(side: int) -> Tensor:
    """How strong each frequency of a picture is, (side, side // 2 + 1)."""
    down, right = torch.meshgrid(torch.fft.fftfreq(side), torch.fft.rfftfreq(side), indexing="ij")
    frequency = torch.hypot(down, right).clamp(min=1 / side)
    return frequency ** -DECAY * torch.exp(-0.5 * (frequency / FINEST) ** 2)


def paint(spectrum: Tensor) -> Tensor:
    """Pictures (N, 3, side, side) in 0..1 out of spectra (N, 3, side, side // 2 + 1, 2), real and imaginary parts."""
    side = spectrum.shape[2]
    x = torch.fft.irfft2(torch.view_as_complex(spectrum) * envelope(side), s=(side, side))
    colours = torch.stack([far * F.normalize(torch.tensor(way, dtype=torch.float32), dim=0) for far, way in COLOURS])
    x = torch.einsum("nkhw,kc->nchw", x, colours)
    return torch.sigmoid(CONTRAST * x / x.square().mean(dim=(1, 2, 3), keepdim=True).sqrt())


def sway(x: Tensor, random: torch.Generator) -> Tensor:
    """Every picture a little moved, turned and scaled, each in its own way."""
    angle, scale, right, down = (2 * torch.rand(4, len(x), generator=random) - 1) * torch.tensor(
        [[TURN], [SCALE], [MOVE], [MOVE]])
    cos, sin = (1 + scale) * angle.cos(), (1 + scale) * angle.sin()
    matrix = torch.stack((cos, -sin, right, sin, cos, down), dim=1).view(-1, 2, 3)
    grid = F.affine_grid(matrix, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)


def middle(maps: Tensor) -> Tensor:
    """The mean of maps (N, H, W), weighted towards their middle: (N,)."""
    rows, columns = (torch.exp(-0.5 * (torch.linspace(-0.5, 0.5, side) / MIDDLE) ** 2) for side in maps.shape[1:])
    return torch.einsum("nhw,h,w->n", maps, rows / rows.sum(), columns / columns.sum())


def climb(stages: nn.Module, units: Tensor, side: int, steps: int = STEPS, bar: tqdm | None = None) -> np.ndarray:
    """What units (N,) of the maps that stages return like, (N, side, side, 3) uint8."""
    random = torch.Generator().manual_seed(int(units[0]))
    spectrum = torch.randn(len(units), 3, side, side // 2 + 1, 2, generator=random).mul_(0.3).requires_grad_()
    optimiser = torch.optim.Adam([spectrum], lr=RATE)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 0.5 + 0.5 * math.cos(math.pi * step / steps))
    for _ in range(steps):
        seen = sway(paint(spectrum), random).bfloat16().contiguous(memory_format=torch.channels_last)
        maps = stages(seen)[torch.arange(len(units)), units].float()
        optimiser.zero_grad()
        (-middle(maps).sum()).backward()
        optimiser.step()
        schedule.step()
        if bar is not None:
            bar.update(len(units))
    with torch.no_grad():
        return paint(spectrum).mul(255).round().byte().permute(0, 2, 3, 1).numpy()


def filters(network: Features) -> np.ndarray:
    """The kernels of conv1 as pictures around middle grey, (units, 7, 7, 3) uint8."""
    kernels = network.stages["conv1"][0].conv.weight.detach()
    kernels = kernels / kernels.abs().amax(dim=(1, 2, 3), keepdim=True)
    return kernels.mul(127).add(128).round().byte().permute(0, 2, 3, 1).numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="where features.safetensors is and the sheets go")
    parser.add_argument("--taps", nargs="+", choices=("conv1", *TAPS), default=("conv1", *TAPS), metavar="TAP")
    args = parser.parse_args()
    network = load("features", args.out)
    for tap in args.taps:
        side, quality = TAPS.get(tap, (0, LOSSLESS))
        if tap == "conv1":
            tiles = filters(network)
        else:
            stages = path_to(network, tap)
            units = torch.arange(stages[-1][-1].conv.out_channels)
            with tqdm(total=len(units) * STEPS, desc=tap, unit="step", mininterval=5) as bar:
                tiles = np.concatenate([climb(stages, some, side, bar=bar) for some in units.split(BATCH)])
        size = write(tiles, args.out / f"features-{tap}.webp", quality)
        print(f"{tap}: {len(tiles)} units, {size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
