"""How a frame comes into a network: its size there, and the resizing."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

GREY = 114  # what the letterbox is filled with, as in YOLOX (Ge et al. 2021)


@dataclass(frozen=True, slots=True)
class Fit:
    """How a frame of one size goes into a network: resized to (height, width), on a canvas padded to the stride."""

    height: int
    width: int
    canvas: tuple[int, int]

    @classmethod
    def letterboxed(cls, shape: tuple[int, int], network: nn.Module) -> "Fit":
        """The whole frame in its own proportions, padded at the right and bottom."""
        scale = network.size / max(shape)
        height, width = (max(1, round(side * scale)) for side in shape)
        return cls(height, width, tuple(-(-side // network.stride) * network.stride for side in (height, width)))

    @classmethod
    def stretched(cls, shape: tuple[int, int], network: nn.Module) -> "Fit":
        """The whole frame with no padding, its proportions bent by less than half a stride."""
        scale = network.size / max(shape) / network.stride
        canvas = tuple(max(1, round(side * scale)) * network.stride for side in shape)
        return cls(*canvas, canvas)


def blank(canvas: tuple[int, int], dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.zeros(1, 3, *canvas, dtype=dtype, device=device).contiguous(memory_format=torch.channels_last)


def resize(pixels: np.ndarray | Tensor, fit: Fit) -> np.ndarray | Tensor:
    """A picture (H, W, 3) on a network's canvas, grey at the right and bottom; a tensor is resized where it is.

    On the CPU OpenCV does it, four times as fast as torch. There a picture is halved as often as that fits, a plain
    mean and ten times as fast as other ratios, and the rest is bent to size.
    """
    if isinstance(pixels, Tensor):
        x = pixels.permute(2, 0, 1)[None].float()
        x = F.interpolate(x, (fit.height, fit.width), mode="bilinear", antialias=True)[0].permute(1, 2, 0)
        return F.pad(x, (0, 0, 0, fit.canvas[1] - fit.width, 0, fit.canvas[0] - fit.height), value=GREY)
    while pixels.shape[0] >= 2 * fit.height and pixels.shape[1] >= 2 * fit.width:
        rows, columns = pixels.shape[0] // 2, pixels.shape[1] // 2
        pixels = cv2.resize(pixels[:2 * rows, :2 * columns], (columns, rows), interpolation=cv2.INTER_AREA)
    canvas = np.full((*fit.canvas, 3), GREY, np.uint8)
    cv2.resize(pixels, (fit.width, fit.height), dst=canvas[:fit.height, :fit.width])
    return canvas
