"""What a convolution does, step by step: the filters of a layer, and the chosen one on its way over its input.

A window of the input, the filter, their product place by place, and the sum of it as one point of the map; and
where the map is pooled, which places win.
"""

import cv2
import numpy as np

from engine.values import Percept, Scene
from engine.window.colours import ACCENT, DIM, FAINT, TEXT, oklch
from engine.window.text import BOLD, write
from engine.window.views.convolutions import Convolutions, place
from engine.window.views.glow import coloured
from engine.window.views.pooling import draw_pooling
from engine.window.views.second_pass import SecondPass
from engine.window.views.tiles import tiling
from engine.window.views.view import ViewParameters, black

CHANNELS = 3, 4  # channels of a deeper input that are shown: those that say most to the unit where the window is
MULTIPLES = 64  # kernels of a deeper unit that are shown
SIZE = 1280, 720
LOW, HIGH = oklch(0.62, 0.16, 250), oklch(0.72, 0.17, 55)  # less than nothing, and more


class Filters:
    """The view. It composes SIZE, or as much upright, which the window scales."""

    def __init__(self, second_pass: SecondPass):
        self.second_pass, self.convolutions = second_pass, Convolutions(second_pass)
        self.drawn_multiples: tuple[tuple, np.ndarray] | None = None  # for what they were drawn, and how they look

    def __call__(self, percept: Percept, scene: Scene, parameters: ViewParameters) -> np.ndarray:
        upright = parameters.size[1] > parameters.size[0]
        picture = black(SIZE[::-1] if upright else SIZE)
        if self.second_pass.plain is None or parameters.layer not in percept.maps:
            return picture
        tap = parameters.layer
        inputs = self.second_pass.picture(percept.frame.pixels)
        step = self.convolutions.step(tap, tuple(percept.maps[tap].shape), inputs)
        if step is None or step.convolution.groups != 1:
            middle = picture.shape[1] / 2, picture.shape[0] / 2
            write(picture, f"{tap} is no plain convolution", middle, 24, DIM, anchor=(0.5, 0.5))
            return picture
        unit = min(parameters.unit, step.convolution.out_channels - 1)
        weight = step.convolution.weight.detach().cpu().numpy()
        pooled, left = step.pooling is not None, 60 if upright else 36
        high = (360 if pooled else 450) if upright else (400 if pooled else 600)
        self.paste_multiples(picture, weight, unit, (left, 60, 600, high), parameters)
        corner = (70, 650 if pooled else 550) if upright else (676, 0)
        entering = self.convolutions.entering(step.convolution, inputs)
        channels = CHANNELS[not (upright and pooled)]
        self.step(picture, step.convolution, entering, unit, percept, corner, channels, parameters)
        if pooled:
            maps = percept.maps[tap][unit].float().cpu()
            draw_pooling(picture, step.pooling, maps, percept.frame.time, (left, high + 80), parameters)
        return picture

    def paste_multiples(self, picture: np.ndarray, weight: np.ndarray, unit: int, area, parameters: ViewParameters
                        ) -> None:
        """The filters, which stay as they are until another unit or another look is chosen."""
        look = parameters.layer, unit, area, parameters.smooth, parameters.labels
        left, _, wide, high = area
        bottom = area[1] + high
        if self.drawn_multiples is None or self.drawn_multiples[0] != look:
            self.multiples(picture, weight, unit, area, parameters)
            self.drawn_multiples = look, picture[:bottom, : left + wide].copy()
        picture[:bottom, : left + wide] = self.drawn_multiples[1]

    def multiples(self, picture: np.ndarray, weight: np.ndarray, unit: int, area, parameters: ViewParameters) -> None:
        """All filters of a first layer in colour, or the kernels of a deeper unit, the largest first, as squares."""
        left, top, wide, high = area
        colour = weight.shape[1] == 3
        if colour:
            tiles = weight.transpose(0, 2, 3, 1)
            most = np.abs(tiles).max((1, 2, 3), keepdims=True)
            pixels = (127.5 + 127.5 * tiles / (most + 1e-9)).clip(0, 255).astype(np.uint8)
        else:
            kernels = weight[unit]
            order = np.argsort(-np.abs(kernels).sum((1, 2)))[:MULTIPLES]
            pixels = signed(kernels[order] / (np.abs(kernels).max() + 1e-9))
        grid = tiling(len(pixels), 1.0, (wide, high))
        for number, tile in enumerate(pixels):
            x0, y0, x1, y1 = grid.rect(number)
            side = max(1, min(x1 - x0, y1 - y0) - 10)
            x, y = left + (x0 + x1 - side) // 2, top + (y0 + y1 - side) // 2
            smooth = cv2.INTER_CUBIC if parameters.smooth and colour else cv2.INTER_NEAREST
            picture[y : y + side, x : x + side] = cv2.resize(tile, (side, side), interpolation=smooth)
            if colour and number == unit:
                cv2.rectangle(picture, (x - 4, y - 4), (x + side + 3, y + side + 3), ACCENT, 3)
        if parameters.labels:
            told = (
                f"{len(weight)} filters of {parameters.layer}"
                if colour
                else f"unit {unit} of {parameters.layer}: {weight.shape[1]} kernels"
            )
            write(picture, told, (left + 4, 18), 22, TEXT, BOLD)

    def step(self, picture, convolution, entering, unit, percept, corner, channels, parameters) -> None:
        """Where the window is, what is in it, the filter, the product, and the map so far."""
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
        (left, head), cell, gap = corner, 150, 24
        self.whole(picture, entering if first else None, percept, (left, head + 60), (y - pad, x - pad, high, wide),
                   entering.shape[1:], parameters)
        self.drawn(picture, maps, (row, column), (left + 300, head + 60), parameters)
        top = head + 330
        if first:
            chosen = [None]
        else:
            chosen = np.argsort(-np.abs(product.sum((1, 2))))[:channels].tolist()
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
            write(picture, "input", (left, top - 42), 22, TEXT, BOLD)

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
            write(picture, "map", (left, top - 42), 22, TEXT, BOLD)


def signed(values: np.ndarray) -> np.ndarray:
    """Values in -1..1 as colours: LOW below nothing, black at nothing, HIGH above, (..., 3) uint8."""
    values = values[..., None].clip(-1, 1)
    return (np.abs(values) ** 0.6 * np.where(values < 0, LOW, HIGH)).astype(np.uint8)
