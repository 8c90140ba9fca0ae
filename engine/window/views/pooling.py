"""Max pooling with its winners: one unit's map, a window of it, and what remains of it."""

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from engine.window.colours import ACCENT, DIM, TEXT
from engine.window.text import BOLD, write
from engine.window.views.convolutions import place
from engine.window.views.glow import coloured
from engine.window.views.view import ViewParameters


def draw_pooling(picture: np.ndarray, pooling: nn.MaxPool2d, maps: torch.Tensor, time: float, corner: tuple[int, int],
                 parameters: ViewParameters) -> None:
    """The map with what wins in it bright, the window where the time has come to, and the map that remains."""
    left, top = corner
    kernel, stride, pad = map(pair, (pooling.kernel_size, pooling.stride, pooling.padding))
    fewer, winners = F.max_pool2d(maps[None], kernel, stride, pad, ceil_mode=pooling.ceil_mode, return_indices=True)
    row, column = (min(at // step, count - 1) for at, step, count in
                   zip(place(time, *maps.shape), stride, fewer.shape[1:], strict=True))
    most = float(maps.max()) + 1e-9
    bright = (255 * maps / most).clamp(0, 255)
    losing = torch.ones(maps.numel(), dtype=torch.bool)
    losing[winners.flatten()] = False
    bright[losing.view(maps.shape)] *= 0.3
    y, x = row * stride[0] - pad[0], column * stride[1] - pad[1]
    padded = F.pad(maps, (pad[1], kernel[1], pad[0], kernel[0]))
    window = padded[y + pad[0] :, x + pad[1] :][: kernel[0], : kernel[1]]
    shown = ((bright, 230), (255 * window / most, 130), (255 * fewer[0] / most, 170))
    middle, starts = top + 110, (left, left + 275, left + 430)
    for start, (values, wide) in zip(starts, shown, strict=True):
        high = min(150, round(wide * values.shape[0] / values.shape[1]))
        pixels = coloured(values.clamp(0, 255).to(torch.uint8).numpy(), parameters.palette)
        pixels = cv2.resize(pixels, (wide, high), interpolation=cv2.INTER_NEAREST)
        picture[middle - high // 2 : middle - high // 2 + high, start : start + wide] = pixels
    side = 130 / kernel[1], min(150, round(130 * kernel[0] / kernel[1])) / kernel[0]
    down, right = divmod(int(winners[0, row, column]), maps.shape[1])
    x0, y0 = starts[1] + (right - x) * side[0], middle - side[1] * kernel[0] / 2 + (down - y) * side[1]
    cv2.rectangle(picture, (round(x0), round(y0)), (round(x0 + side[0]), round(y0 + side[1])), ACCENT, 3)
    for sign, start in (("›", starts[1] - 22), ("›", starts[2] - 12)):
        write(picture, sign, (start, middle), 30, DIM, BOLD, (0.5, 0.5))
    if parameters.labels:
        write(picture, f"the strongest of {kernel[0]} × {kernel[1]}", (left + 4, top - 6), 22, TEXT, BOLD)


def pair(value) -> tuple[int, int]:
    """A size of a module, which torch takes as one number or two."""
    return tuple(value) if isinstance(value, tuple) else (value, value)
