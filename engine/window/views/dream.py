"""The network dreams into the camera's picture: what it believes to see is made a little truer in every frame.

Gradient ascent on a layer, a unit or a class (Mordvintsev, Olah and Tyka, "Inceptionism", 2015), one octave a frame,
with the last dream fed back, zoomed and turned a little, so that shapes grow and drift instead of shimmering.
"""

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.values import Percept, Scene
from engine.window.views.glow import covering
from engine.window.views.second_pass import STRIDES, SecondPass
from engine.window.views.view import ViewParameters, at_most, black

SIDE = 320  # pixels of the dream's longer side
OCTAVES = (1.0, 0.7, 0.5)  # sizes that it dreams in, in turn: the coarse ones make the large shapes
STEP = 0.09  # of a picture's range that one frame's ascent may change at strength 1
JITTER = 16  # pixels by which the picture is shifted before a step: without it a grid of the strides shows
AWAKE = 2.0  # seconds without a look at it, after which a dream begins anew
MOST = 1280 * 720


class Dream:
    """The view. strength: how far a frame climbs; decay: how much of the camera comes back; zoom and turn."""

    def __init__(self, second_pass: SecondPass):
        self.second_pass = second_pass
        self.canvas: Tensor | None = None  # (1, 3, h, w) in 0..1: what is left of the last dream
        self.time = float("-inf")
        self.index, self.chance = 0, torch.Generator().manual_seed(1)

    def __call__(self, percept: Percept, scene: Scene, parameters: ViewParameters) -> np.ndarray:
        size = at_most(MOST, parameters.size)
        if self.second_pass.plain is None:
            return black(size)
        camera = self.second_pass.picture(percept.frame.pixels, SIDE)
        passed, self.time = percept.frame.time - self.time, percept.frame.time
        if self.canvas is None or self.canvas.shape != camera.shape or not 0 <= passed < AWAKE:
            self.canvas = camera.clone()
        self.canvas = self.moved(parameters)
        self.canvas += (camera - self.canvas) * parameters.decay
        octave = OCTAVES[self.index % len(OCTAVES)]
        self.index += 1
        self.climb(octave, parameters)
        pixels = (self.canvas[0] * 255.5).to(torch.uint8).permute(1, 2, 0).cpu().numpy()
        picture = covering(enlarged(pixels, size), size)
        return cv2.flip(picture, 1) if parameters.mirror else picture

    def moved(self, parameters: ViewParameters) -> Tensor:
        """The last dream, a little nearer and turned."""
        angle, near = np.deg2rad(parameters.turn), 1 / (1 + parameters.zoom)
        cosine, sine = np.cos(angle) * near, np.sin(angle) * near
        aspect = self.canvas.shape[2] / self.canvas.shape[3]
        onto = torch.tensor([[[cosine, -sine * aspect, 0.0], [sine / aspect, cosine, 0.0]]], dtype=torch.float32)
        grid = F.affine_grid(onto.to(self.canvas.device), list(self.canvas.shape), align_corners=False)
        return F.grid_sample(self.canvas, grid, mode="bicubic", padding_mode="reflection", align_corners=False).clamp_(
            0, 1
        )

    def climb(self, octave: float, parameters: ViewParameters) -> None:
        """One step up the gradient in one octave, added to the dream."""
        height, width = self.canvas.shape[2:]
        stride = self.second_pass.network.stride
        shape = [max(stride, round(side * octave / stride) * stride) for side in (height, width)]
        down, right = (int(shift) for shift in torch.randint(-JITTER, JITTER + 1, (2,), generator=self.chance))
        with torch.enable_grad():
            picture = F.interpolate(self.canvas, shape, mode="bilinear", antialias=octave < 1)
            picture = picture.roll((down, right), (2, 3)).requires_grad_(True)
            gradient, = torch.autograd.grad(self.objective(picture, parameters), picture)
        with torch.no_grad():
            gradient = smooth(gradient.roll((-down, -right), (2, 3)))
            gradient = F.interpolate(gradient, (height, width), mode="bicubic")
            step = STEP * parameters.strength * gradient / (gradient.abs().mean() * 3 + 1e-9)
            self.canvas = (self.canvas + step.clamp_(-0.25, 0.25)).clamp_(0, 1)

    def objective(self, picture: Tensor, parameters: ViewParameters) -> Tensor:
        """What is to grow."""
        network = self.second_pass.network
        if parameters.target == "class":
            taps, logits = network(picture)
            return logits[0].topk(1).values.sum() + 0.02 * next(reversed(taps.values())).pow(2).mean()
        taps, _ = network(picture)
        maps = taps.get(parameters.layer, next(reversed(taps.values())))
        if parameters.target == "unit":
            maps = maps[:, min(parameters.unit, maps.shape[1] - 1)]
        return maps.pow(2).mean()


def smooth(gradient: Tensor) -> Tensor:
    """A gradient without the grids that strides of two and four leave in it, which else would cover all shapes."""
    weight = torch.from_numpy(STRIDES).to(gradient.device).expand(3, 1, 5)
    for shape, padding in (((3, 1, 5, 1), (2, 0)), ((3, 1, 1, 5), (0, 2))):
        gradient = F.conv2d(gradient, weight.reshape(shape), padding=padding, groups=3)
    return gradient


def enlarged(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The picture at least as large as a size, with soft curves."""
    scale = max(size[0] / pixels.shape[1], size[1] / pixels.shape[0])
    if scale <= 1:
        return pixels
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
