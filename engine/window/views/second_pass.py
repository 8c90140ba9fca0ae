"""A second pass through the plain feature network, with gradients, for the views that need them."""

import copy

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from engine.vision.letterbox import Placement  # the one with which the eyes bend a frame to the network

STRIDES = np.float32([1, 2, 2, 2, 1]) / 8  # a mean over four and over two: a gradient loses the grids of such strides


class SecondPass:
    """The feature network once more, in float32 where the eyes have it, made when it is first asked for."""

    def __init__(self, network: nn.Module | None):
        self.plain, self.ready = network, None

    @property
    def network(self) -> nn.Module:
        if self.ready is None:
            with torch.inference_mode(False):  # whoever asks first: another will want gradients
                self.ready = copy.deepcopy(self.plain).float().eval().requires_grad_(False)
            for module in self.ready.modules():
                if isinstance(module, nn.ReLU):
                    module.inplace = False  # taps are read after the next layer has been over them
        return self.ready

    @property
    def device(self) -> torch.device:
        """Where its weights are; what has none, as none at all, is on the processor."""
        weights = self.plain.parameters() if self.plain is not None else ()
        return next(iter(weights), torch.zeros(0)).device

    def first(self, count: int) -> np.ndarray | None:
        """The weights (count, 3, h, w) of a first convolution of so many units; None if there is no such one."""
        modules = self.network.modules() if self.plain is not None else ()
        first = next((module for module in modules if isinstance(module, nn.Conv2d)), None)
        if first is None or tuple(first.weight.shape[:2]) != (count, 3):
            return None
        return first.weight.detach().cpu().numpy()

    def picture(self, pixels: np.ndarray, longest: int = 0) -> Tensor:
        """A frame as the network's input, (1, 3, h, w) in 0..1; longest is its longer side (the network's)."""
        size = longest or self.network.size
        scale = size / max(pixels.shape[:2]) / self.network.stride
        height, width = (max(1, round(side * scale)) * self.network.stride for side in pixels.shape[:2])
        if not longest:
            height, width = Placement.stretched(pixels.shape[:2], self.network).canvas
        small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
        return torch.from_numpy(small).to(self.device).permute(2, 0, 1)[None].float() / 255
