"""Batches of training pictures in other light and out of worse cameras: x (B, 3, S, S) in 0..1, S a multiple of 16."""

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

LUMA = (0.299, 0.587, 0.114)
CHROMA = ((-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
GAMMAS = ((0.25, 0.6), (1.5, 3.5))  # of pictures much too bright, much too dark
# how coarsely JPEG rounds brightness and colour at quality 50 (ITU-T T.81, tables K.1 and K.2), row by row
BRIGHTNESS = """
    16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55 14 13 16 24 40 57 69 56 14 17 22 29 51 87 80 62
    18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92 49 64 78 87 103 121 120 101 72 92 95 98 112 100 103 99"""
COLOUR = """
    17 18 24 47 99 99 99 99 18 21 26 66 99 99 99 99 24 26 56 99 99 99 99 99 47 66 99 99 99 99 99 99
    99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99"""
BRIGHTNESS, COLOUR = (np.array(table.split(), float).reshape(8, 8) for table in (BRIGHTNESS, COLOUR))
COSINES = np.cos(np.pi / 8 * np.arange(8)[:, None] * (np.arange(8) + 0.5)) / 2  # the discrete cosine transform
COSINES[0] /= np.sqrt(2)


def uniform(x: Tensor, low: float, high: float, channels: int = 1) -> Tensor:
    """A number for each picture of a batch, or one for each of its channels."""
    return torch.empty(len(x), channels, 1, 1, device=x.device).uniform_(low, high)


def sometimes(x: Tensor, share: float) -> Tensor:
    """True for that share of the pictures."""
    return uniform(x, 0, 1) < share


def grey(x: Tensor) -> Tensor:
    """How bright each place is, (B, 1, S, S)."""
    return (x * x.new_tensor(LUMA)[:, None, None]).sum(dim=1, keepdim=True)


def coarse(random: np.random.Generator, x: Tensor) -> Tensor:
    """As coarse as an enlarged tile, so that sharpness tells nothing."""
    small = F.interpolate(x, scale_factor=random.uniform(0.25, 0.6), mode="bilinear", antialias=True)
    return F.interpolate(small, x.shape[2:], mode="bilinear")


def blur(random: np.random.Generator, x: Tensor) -> Tensor:
    """Out of focus: each place the mean of those around it."""
    high, wide = (int(side) for side in random.integers(1, 6, 2))
    edge = (wide // 2, (wide - 1) // 2, high // 2, (high - 1) // 2)
    return F.avg_pool2d(F.pad(x, edge, mode="replicate"), (high, wide), 1)


def noise(random: np.random.Generator, x: Tensor) -> Tensor:
    """A sensor in the dark."""
    return (x + torch.randn_like(x) * uniform(x, 3, 14) / 255).clamp(0, 1)


def motion(random: np.random.Generator, x: Tensor) -> Tensor:
    """Moved while the shutter was open."""
    length, angle = int(random.integers(3, 10)), random.uniform(0, np.pi)
    kernel = np.zeros((length, length), np.float32)
    middle, reach = (length - 1) / 2, np.array([np.cos(angle), np.sin(angle)]) * (length - 1) / 2
    start, end = (tuple(round(middle + sign * each) for each in reach) for sign in (-1, 1))
    cv2.line(kernel, start, end, 1.0)
    kernel = torch.from_numpy(kernel / kernel.sum()).to(x.device).expand(3, 1, length, length)
    edge = (length // 2, (length - 1) // 2) * 2
    return F.conv2d(F.pad(x, edge, mode="replicate"), kernel, groups=3)


def lamp(random: np.random.Generator, x: Tensor) -> Tensor:
    """One lamp of one colour."""
    colour = uniform(x, 0.1, 1.0, 3)
    return x * (colour / colour.amax(dim=1, keepdim=True))


def rounded(plane: Tensor, table: np.ndarray, scale: float) -> Tensor:
    """A plane (B, C, H, W) whose blocks of 8 x 8 are rounded as JPEG does it."""
    cosines = plane.new_tensor(COSINES)
    steps = plane.new_tensor((table * scale / 255).clip(1 / 255))
    blocks = plane.unflatten(3, (-1, 8)).unflatten(2, (-1, 8)).transpose(3, 4)  # (B, C, h, w, 8, 8)
    blocks = cosines.T @ ((cosines @ blocks @ cosines.T / steps).round() * steps) @ cosines
    return blocks.transpose(3, 4).flatten(4, 5).flatten(2, 3)


def compress(random: np.random.Generator, x: Tensor) -> Tensor:
    """What JPEG leaves of it at a low quality, colours at half the size (ITU-T T.81)."""
    quality = random.uniform(12, 60)
    scale = 50 / quality if quality < 50 else 2 - quality / 50
    colours = torch.einsum("kc,bchw->bkhw", x.new_tensor(CHROMA), x)
    luma = rounded(grey(x) - 0.5, BRIGHTNESS, scale) + 0.5
    colours = rounded(F.avg_pool2d(colours, 2), COLOUR, scale)
    blue, red = F.interpolate(colours, scale_factor=2.0).split(1, dim=1)
    back = torch.cat((luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue), dim=1)
    return back.clamp(0, 1)


def now_and_then(random: np.random.Generator, x: Tensor, share: float, change) -> Tensor:
    """x, a share of its pictures changed, in place."""
    chosen = np.flatnonzero(random.random(len(x)) < share)
    if len(chosen):
        index = torch.from_numpy(chosen).to(x.device)
        x[index] = change(random, x[index])
    return x


def relight(random: np.random.Generator, x: Tensor) -> Tensor:
    """Another camera in other light, and now and then one that is bad or dark or sees infrared: a new batch."""
    gamma = uniform(x, -0.4, 0.4).exp() * torch.where(sometimes(x, 0.08), 2, 1)
    gain = uniform(x, 0.7, 1.3) * uniform(x, 0.8, 1.25, 3)
    x = (x.clamp(min=1e-3) ** gamma * gain + uniform(x, -0.08, 0.08)).clamp_(0, 1)
    x = torch.lerp(grey(x), x, torch.where(sometimes(x, 0.16), 0, uniform(x, 0.4, 1.5))).clamp_(0, 1)
    for share, change in ((0.2, coarse), (0.12, blur), (0.12, noise)):
        x = now_and_then(random, x, share, change)
    bright, dark = (uniform(x, *ends) for ends in GAMMAS)
    x = torch.where(sometimes(x, 0.2), x.clamp(min=1e-3) ** torch.where(sometimes(x, 0.5), bright, dark), x)
    for share, change in ((0.06, lamp), (0.08, motion), (0.15, compress)):
        x = now_and_then(random, x, share, change)
    return x.clamp_(0, 1)
