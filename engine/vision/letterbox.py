"""How a frame comes into a network: its size there, and the resizing."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numba import njit, types
from numba.types import f4, u1, u2
from torch import Tensor

from engine import photographs

GREY = 114  # what the letterbox is filled with, as in YOLOX (Ge et al. 2021)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a frame of one size lies in a network's input: resized to (height, width) at the top left of a canvas."""

    height: int
    width: int
    canvas: tuple[int, int]

    @classmethod
    def letterboxed(cls, shape: tuple[int, int], network: Any, size: int = 0, strides: int = 1) -> "Placement":
        """The whole frame in its own proportions, padded at the right and bottom to multiples of so many strides; its
        long side is `size`, or what the network wants.

        A network with a `canvas`, (height, width), has no other.
        """
        canvas = getattr(network, "canvas", None)
        scale = min(side / wanted for side, wanted in zip(canvas or 2 * (size or network.size,), shape, strict=True))
        height, width = (max(1, round(side * scale)) for side in shape)
        multiple = strides * network.stride
        return cls(height, width, canvas or tuple(-(-side // multiple) * multiple for side in (height, width)))

    @classmethod
    def stretched(cls, shape: tuple[int, int], network: Any) -> "Placement":
        """The whole frame with no padding, its proportions bent by less than half a stride, or to the canvas."""
        scale = network.size / max(shape) / network.stride
        canvas = getattr(network, "canvas", None) or tuple(
            max(1, round(side * scale)) * network.stride for side in shape)
        return cls(*canvas, canvas)


def photograph(network: Any) -> Tensor:
    """A person's portrait, of a camera's proportions, as a network's input (1, 3, H, W) in 0..1."""
    pixels = photographs.photograph("astronaut")[:384]
    canvas = resize(pixels, Placement.letterboxed(pixels.shape[:2], network))
    return torch.from_numpy(canvas).permute(2, 0, 1)[None] / 255


def blank(canvas: tuple[int, int], dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.zeros(1, 3, *canvas, dtype=dtype, device=device).contiguous(memory_format=torch.channels_last)


def resize(pixels: np.ndarray | Tensor, place: Placement) -> np.ndarray | Tensor:
    """A picture (H, W, 3) on a network's canvas, grey at the right and bottom; a tensor is resized where it is.

    On the CPU OpenCV does it, four times as fast as torch. There a picture is halved as often as that fits, a plain
    mean and ten times as fast as other ratios, and the rest is bent to size.
    """
    if isinstance(pixels, Tensor):
        x = pixels.permute(2, 0, 1)[None].float()
        x = F.interpolate(x, (place.height, place.width), mode="bilinear", antialias=True)[0].permute(1, 2, 0)
        return F.pad(x, (0, 0, 0, place.canvas[1] - place.width, 0, place.canvas[0] - place.height), value=GREY)
    while pixels.shape[0] >= 2 * place.height and pixels.shape[1] >= 2 * place.width:
        rows, columns = pixels.shape[0] // 2, pixels.shape[1] // 2
        pixels = cv2.resize(pixels[:2 * rows, :2 * columns], (columns, rows), interpolation=cv2.INTER_AREA)
    canvas = np.full((*place.canvas, 3), GREY, np.uint8)
    cv2.resize(pixels, (place.width, place.height), dst=canvas[:place.height, :place.width])
    return canvas


def enter(canvas: np.ndarray | Tensor, picture: Tensor) -> Tensor:
    """Write a canvas (h, w, 3) into a network's input (1, 3, h, w), made by blank(), as 0..1; returns the input."""
    if picture.device.type == "cpu":
        scale, kind = SCALED[picture.dtype]
        scale(canvas.reshape(-1), picture.permute(0, 2, 3, 1).reshape(-1).view(kind).numpy())
        return picture
    return picture.copy_(torch.as_tensor(canvas).permute(2, 0, 1)[None]).mul_(1 / 255)


@njit(types.void(u1[::1], f4[::1]), cache=True)
def as_floats(pixels, floats):
    """Bytes as 0..1."""
    for i in range(len(pixels)):
        floats[i] = np.float32(pixels[i]) * np.float32(1 / 255)


@njit(types.void(u1[::1], u2[::1]), cache=True)
def as_halves(pixels, halves):
    """Bytes as 0..1 in the bits of bfloat16, rounded to the nearest, of two as near to the even one."""
    for i in range(len(pixels)):
        bits = np.float32(np.float32(pixels[i]) * np.float32(1 / 255)).view(np.uint32)
        halves[i] = np.uint32(bits + np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))) >> np.uint32(16)


SCALED = {torch.float32: (as_floats, torch.float32), torch.bfloat16: (as_halves, torch.uint16)}
