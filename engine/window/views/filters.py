"""What a convolution does, step by step: the filters of a layer, and the chosen one on its way over its input.

A window of the input, the filter, their product place by place, and the sum of it as one point of the map.
"""

import cv2
import numpy as np
import torch
from torch import nn

from engine.values import Percept, Scene
from engine.window.colours import ACCENT, DIM, FAINT, TEXT, oklch
from engine.window.text import BOLD, write
from engine.window.views.glow import coloured
from engine.window.views.second_pass import SecondPass
from engine.window.views.tiles import tiling
from engine.window.views.view import ViewParameters, black

ROW = 3.0  # seconds in which the window goes along a row of the map
ROWS = 9  # rows that it goes along until it begins again
CHANNELS = 5  # channels of a deeper input that are shown: those that say most to the unit where the window is
MULTIPLES = 64  # kernels of a deeper unit that are shown
SIZE = 1280, 720
LOW, HIGH = oklch(0.62, 0.16, 250), oklch(0.72, 0.17, 55)  # less than nothing, and more


class Filters:
    """The view. It composes SIZE, which the window scales; a layer's convolution is the last one before its tap."""

    def __init__(self, second_pass: SecondPass):
        self.second_pass = second_pass
        self.found: dict[tuple, nn.Conv2d | None] = {}

    def __call__(self, percept: Percept, scene: Scene, parameters: ViewParameters) -> np.ndarray:
        picture = black(SIZE)
        if self.second_pass.plain is None or parameters.layer not in percept.maps:
            return picture
        tap = parameters.layer
        inputs = self.second_pass.picture(percept.frame.pixels)
        convolution = self.convolution(tap, tuple(percept.maps[tap].shape), inputs)
        if convolution is None or convolution.groups != 1:
            write(picture, f"{tap} is no plain convolution", (SIZE[0] / 2, SIZE[1] / 2), 24, DIM, anchor=(0.5, 0.5))
            return picture
        entering = self.entering(convolution, inputs)
        unit = min(parameters.unit, convolution.out_channels - 1)
        weight = convolution.weight.detach().cpu().numpy()
        self.multiples(picture, weight, unit, parameters)
        self.step(picture, convolution, entering, unit, percept, parameters)
        return picture

    def convolution(self, tap: str, shape: tuple[int, ...], inputs: torch.Tensor) -> nn.Conv2d | None:
        """The last convolution whose output has the tap's shape."""
        if (tap, shape) not in self.found:
            seen: list[nn.Conv2d] = []

            def note(module, taken, given):
                if tuple(given.shape[1:]) == shape:
                    seen.append(module)

            run(self.second_pass.network, inputs, note)
            self.found[tap, shape] = seen[-1] if seen else None
        return self.found[tap, shape]

    def entering(self, convolution: nn.Conv2d, inputs: torch.Tensor) -> np.ndarray:
        """What a convolution takes in for a picture, (C, h, w)."""
        caught = []

        def note(module, taken, given):
            if module is convolution:
                caught.append(taken[0][0])

        run(self.second_pass.network, inputs, note)
        return caught[0].cpu().numpy()

    def multiples(self, picture: np.ndarray, weight: np.ndarray, unit: int, parameters: ViewParameters) -> None:
        """At the left all filters of a first layer in colour, or the kernels of a deeper unit, the largest first."""
        left, top, side = 36, 60, 600
        colour = weight.shape[1] == 3
        if colour:
            tiles = weight.transpose(0, 2, 3, 1)
            most = np.abs(tiles).max((1, 2, 3), keepdims=True)
            pixels = (127.5 + 127.5 * tiles / (most + 1e-9)).clip(0, 255).astype(np.uint8)
        else:
            kernels = weight[unit]
            order = np.argsort(-np.abs(kernels).sum((1, 2)))[:MULTIPLES]
            pixels = signed(kernels[order] / (np.abs(kernels).max() + 1e-9))
        grid = tiling(len(pixels), 1.0, (side, side))
        for place, tile in enumerate(pixels):
            x0, y0, x1, y1 = grid.rect(place)
            gap = 5 if not colour or place != unit else 1
            box = slice(top + y0 + gap, top + y1 - gap), slice(left + x0 + gap, left + x1 - gap)
            size = box[1].stop - box[1].start, box[0].stop - box[0].start
            smooth = cv2.INTER_CUBIC if parameters.smooth and colour else cv2.INTER_NEAREST
            picture[box] = cv2.resize(tile, size, interpolation=smooth)
            if colour and place == unit:
                cv2.rectangle(picture, (left + x0, top + y0), (left + x1 - 1, top + y1 - 1), ACCENT, 3)
        if parameters.labels:
            told = (
                f"{len(weight)} filters of {parameters.layer}"
                if colour
                else f"unit {unit} of {parameters.layer}: {weight.shape[1]} kernels"
            )
            write(picture, told, (left + 4, 18), 22, TEXT, BOLD)

    def step(self, picture, convolution, entering, unit, percept, parameters) -> None:
        """At the right: where the window is, what is in it, the filter, the product, and the map so far."""
        weight = convolution.weight.detach().cpu().numpy()[unit]
        bias = 0.0 if convolution.bias is None else float(convolution.bias[unit])
        (high, wide), stride, pad = convolution.kernel_size, convolution.stride[0], convolution.padding[0]
        maps = percept.maps[parameters.layer][unit].float().cpu().numpy()
        rows, columns = maps.shape
        row, column = place(percept.frame.time, rows, columns)
        padded = np.pad(entering, ((0, 0), (pad, pad + high), (pad, pad + wide)))
        y, x = row * stride, column * stride
        window = padded[:, y : y + high, x : x + wide]
        product = window * weight
        total = float(product.sum()) + bias
        first = len(entering) == 3
        left, cell, gap = 676, 150, 24
        self.whole(picture, entering if first else None, percept, (left, 60), (y - pad, x - pad, high, wide),
                   entering.shape[1:], parameters)
        self.drawn(picture, maps, (row, column), (left + 300, 60), parameters)
        top = 330
        if first:
            chosen = [None]
        else:
            chosen = np.argsort(-np.abs(product.sum((1, 2))))[:CHANNELS].tolist()
            cell = 62
        most = np.abs(product).max() + 1e-9
        strong = np.abs(weight).max() + 1e-9
        for number, channel in enumerate(chosen):
            y0 = top + number * (cell + 8)
            if channel is None:
                parts = ((window.transpose(1, 2, 0) * 255).clip(0, 255).astype(np.uint8),
                         (127.5 + 127.5 * weight.transpose(1, 2, 0) / strong).clip(0, 255).astype(np.uint8),
                         signed(product.sum(0) / (np.abs(product.sum(0)).max() + 1e-9)))
            else:
                bright = (255 * window[channel] / (entering[channel].max() + 1e-9)).clip(0, 255).astype(np.uint8)
                parts = (
                    coloured(bright, parameters.palette),
                    signed(weight[channel] / strong),
                    signed(product[channel] / most),
                )
            for position, tile in enumerate(parts):
                x0 = left + position * (150 + gap + 20)
                picture[y0 : y0 + cell, x0 : x0 + cell] = cv2.resize(
                    tile, (cell, cell), interpolation=cv2.INTER_NEAREST
                )
                if position < 2:
                    write(
                        picture,
                        "×" if position == 0 else "=",
                        (x0 + 150 + (gap + 20) / 2 - (150 - cell), y0 + cell / 2),
                        min(30, cell // 2),
                        DIM,
                        BOLD,
                        (0.5, 0.5),
                    )
        if parameters.labels:
            foot = top + len(chosen) * (cell + 8) + 14
            for position, word in enumerate(("window", "filter", "product")):
                write(picture, word, (left + position * (150 + gap + 20), foot), 18, DIM)
            value = max(0.0, total)
            write(picture, f"sum {total - bias:+.2f}  bias {bias:+.2f}  =", (left, foot + 40), 20, DIM)
            write(picture, f"{total:+.2f}", (left + 268, foot + 34), 28, ACCENT if total > 0 else DIM, BOLD)
            write(picture, f"lights up {value:.2f}" if total > 0 else "stays dark", (left + 370, foot + 40), 20, TEXT)

    def whole(self, picture, entering, percept, corner, window, shape, parameters) -> None:
        """The input with the window on it."""
        left, top = corner
        wide, high = 280, min(240, round(280 * shape[0] / shape[1]))
        picture[top : top + high, left : left + wide] = cv2.resize(
            percept.frame.pixels, (wide, high), interpolation=cv2.INTER_AREA
        )
        if entering is None:
            picture[top : top + high, left : left + wide] //= 3
        y, x, tall, broad = window
        scale = wide / shape[1], high / shape[0]
        start = left + max(0, round(x * scale[0])), top + max(0, round(y * scale[1]))
        stop = left + min(wide, round((x + broad) * scale[0])), top + min(high, round((y + tall) * scale[1]))
        cv2.rectangle(picture, start, stop, ACCENT, 2, cv2.LINE_AA)
        if parameters.labels:
            write(picture, "input", (left, 18), 22, TEXT, BOLD)

    def drawn(self, picture, maps, spot, corner, parameters) -> None:
        """The map: as far as the window has come, and darker beyond."""
        left, top = corner
        wide, high = 280, min(240, round(280 * maps.shape[0] / maps.shape[1]))
        bright = (255 * maps / (maps.max() + 1e-9)).clip(0, 255).astype(np.uint8)
        row, column = spot
        bright[row + 1 :] //= 4
        bright[row, column + 1 :] //= 4
        pixels = coloured(cv2.resize(bright, (wide, high), interpolation=cv2.INTER_NEAREST), parameters.palette)
        picture[top : top + high, left : left + wide] = pixels
        cv2.rectangle(picture, (left - 1, top - 1), (left + wide, top + high), FAINT, 1)
        middle = left + round((column + 0.5) * wide / maps.shape[1]), top + round((row + 0.5) * high / maps.shape[0])
        cv2.circle(picture, middle, 6, TEXT, 2, cv2.LINE_AA)
        if parameters.labels:
            write(picture, "map", (left, 18), 22, TEXT, BOLD)


def place(time: float, rows: int, columns: int) -> tuple[int, int]:
    """Where the window is at a time: along one row after the other, ROWS of them spread over the map."""
    line, along = divmod(time / ROW, 1.0)
    shown = min(ROWS, rows)
    return int((int(line) % shown + 0.5) * rows / shown), min(int(along * columns), columns - 1)


def signed(values: np.ndarray) -> np.ndarray:
    """Values in -1..1 as colours: LOW below nothing, black at nothing, HIGH above, (..., 3) uint8."""
    values = values[..., None].clip(-1, 1)
    return (np.abs(values) ** 0.6 * np.where(values < 0, LOW, HIGH)).astype(np.uint8)


@torch.inference_mode()
def run(network: nn.Module, inputs: torch.Tensor, note) -> None:
    """One pass through a network; note(module, inputs, output) is called after each of its convolutions."""
    hooks = [module.register_forward_hook(note) for module in network.modules() if isinstance(module, nn.Conv2d)]
    try:
        network(inputs)
    finally:
        for hook in hooks:
            hook.remove()
