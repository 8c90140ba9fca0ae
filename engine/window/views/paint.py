"""The camera's picture painted by a small network in one pass: a style, or what lies between two.

What ships knows three styles; a painter of your own, a folder that neocog train style wrote, comes with a patch. What
is painted is at most SIDE pixels wide, then enlarged.
"""

from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from engine.values import Percept, Scene
from engine.vision.onednn import has_kernels
from engine.window.views.glow import covering
from engine.window.views.view import SHIPPED, ViewParameters, at_most, black
from models.disk import WEIGHTS, load
from models.paint import STRIDE

SIDE = 320  # pixels of a painting's longer side
RIM = 8  # pixels, a multiple of STRIDE, that are painted around it and cut off: at an edge it paints fringes
MOST = 1280 * 720
CPU = torch.device("cpu")


class Paint:
    """The view. style: which of the painter's, from one to the next and round to the first; paint: how much of the
    painting is over the camera's picture."""

    def __init__(self, device: torch.device = CPU) -> None:
        self.name, self.painter, self.device = "", None, device

    def __call__(self, percept: Percept, scene: Scene, parameters: ViewParameters) -> np.ndarray:
        size = at_most(MOST, parameters.size)
        painter = self.chosen(parameters.painter)
        if painter is None:
            return black(size)
        pixels = covering(percept.frame.pixels, size)
        scale = SIDE / max(size)
        within = tuple(max(4, round(side * scale / STRIDE)) * STRIDE for side in size)
        painted = self.painted(painter, cv2.resize(pixels, within, interpolation=cv2.INTER_AREA), parameters.style)
        picture = cv2.resize(painted, size, interpolation=cv2.INTER_CUBIC)
        picture = cv2.addWeighted(picture, parameters.paint, pixels, 1 - parameters.paint, 0)
        return cv2.flip(picture, 1) if parameters.mirror else picture

    def chosen(self, name: str) -> nn.Module | None:
        """The painter that ships, or that of a folder; where there is none to be had, the last one plays on."""
        if name != self.name:
            self.name = name
            with suppress(OSError, ValueError):
                painter = load("paint", WEIGHTS if name == SHIPPED else Path(name))
                self.painter = painter.to(self.device, memory_format=torch.channels_last)
        return self.painter

    @torch.inference_mode()
    def painted(self, painter: nn.Module, pixels: np.ndarray, style: float) -> np.ndarray:
        """A picture (H, W, 3) uint8, sides multiples of STRIDE, in a style."""
        framed = cv2.copyMakeBorder(pixels, *(RIM,) * 4, cv2.BORDER_REFLECT_101)
        x = torch.from_numpy(framed).to(self.device).permute(2, 0, 1)[None].float() / 255  # channels last, as a frame
        place = self.device.type
        quick = has_kernels(torch.bfloat16) if place == "cpu" else place == "cuda"
        with torch.autocast(place, torch.bfloat16, quick):
            picture = painter(x, mixture(style, len(painter.styles)).to(self.device))[0]
        picture = picture[:, RIM:-RIM, RIM:-RIM]
        return np.ascontiguousarray((picture * 255.5).to(torch.uint8).permute(1, 2, 0).cpu().numpy())


def mixture(style: float, styles: int) -> Tensor:
    """How much of each style a number means, (1, styles): 1.25 is three quarters of the second and one of the third."""
    weights = torch.zeros(1, styles)
    first, part = int(style) % styles, style % 1
    weights[0, first] += 1 - part
    weights[0, (first + 1) % styles] += part
    return weights
