"""Which convolution of a network makes a layer, what it takes in, which pooling takes it, and where its window is."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from engine.window.views.second_pass import SecondPass

ROW = 3.0  # seconds in which the window goes along a row of the map
ROWS = 9  # rows that it goes along until it begins again


@dataclass(frozen=True, slots=True)
class Step:
    """A layer's convolution, and the max pooling of what it gives, None where there is none."""

    convolution: nn.Conv2d
    pooling: nn.MaxPool2d | None


class Convolutions:
    """Those of a second pass; a step is looked for once for each layer and size.

    A layer's convolution is the one that its tap is the positive part of, else the last one of its shape.
    """

    def __init__(self, second_pass: SecondPass):
        self.second_pass = second_pass
        self.found: dict[tuple, Step | None] = {}

    def step(self, tap: str, shape: tuple[int, ...], inputs: torch.Tensor) -> Step | None:
        """The convolution that makes a tap of a shape (C, h, w), and the pooling that takes it; None if none does."""
        if (tap, shape) not in self.found:
            convolutions, poolings = [], []

            def note(module, taken, given):
                if isinstance(module, nn.MaxPool2d):
                    poolings.append((module, taken[0].clone()))
                elif tuple(given.shape[1:]) == shape:
                    convolutions.append((module, given.clamp_min(0)))

            maps = run(self.second_pass.network, inputs, note)[0][tap]
            exact = [module for module, given in convolutions if torch.equal(given, maps)]
            made = (exact or [module for module, _ in convolutions])[-1:]
            taken = [module for module, taken in poolings if taken.shape == maps.shape and torch.equal(taken, maps)]
            self.found[tap, shape] = Step(made[0], taken[0] if taken else None) if made else None
        return self.found[tap, shape]

    @torch.inference_mode()
    def entering(self, convolution: nn.Conv2d, inputs: torch.Tensor) -> np.ndarray:
        """What a convolution takes in for a picture, (C, h, w). The network runs no further than it must."""
        hook = convolution.register_forward_pre_hook(stop)
        try:
            self.second_pass.network(inputs)
        except Reached as reached:
            return reached.taken[0].cpu().numpy()
        finally:
            hook.remove()


class Reached(Exception):
    """Ends a pass where a convolution begins; taken is what it would have taken in, (1, C, h, w)."""

    def __init__(self, taken: torch.Tensor):
        self.taken = taken


def stop(module: nn.Module, taken: tuple[torch.Tensor]) -> None:
    raise Reached(taken[0])


@torch.inference_mode()
def run(network: nn.Module, inputs: torch.Tensor, note):
    """What a network gives; note(module, inputs, output) is called after each of its convolutions and max poolings."""
    hooks = [module.register_forward_hook(note) for module in network.modules()
             if isinstance(module, (nn.Conv2d, nn.MaxPool2d))]
    try:
        return network(inputs)
    finally:
        for hook in hooks:
            hook.remove()


def place(time: float, rows: int, columns: int) -> tuple[int, int]:
    """Where the window is at a time: along one row after the other, ROWS of them spread over the map."""
    line, along = divmod(time / ROW, 1.0)
    shown = min(ROWS, rows)
    return int((int(line) % shown + 0.5) * rows / shown), min(int(along * columns), columns - 1)
