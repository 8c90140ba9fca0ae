"""What flows into a unit: the units of the layer before it that drive it most, and how much each does."""

from dataclasses import dataclass

import numpy as np
import torch

from engine.values import Percept
from engine.window.views.second_pass import SecondPass

MOST = 4  # units that are told
EVERY = 0.5  # seconds of the show between two looks: who drives a unit does not change with every frame


@dataclass(frozen=True, slots=True)
class Drive:
    """The layer before, its strongest units, and the part of each in all that drives, -1..1: less than 0 holds back."""

    layer: str
    units: np.ndarray
    parts: np.ndarray


class Incoming:
    """Callable: (percept, layer, unit) -> Drive, or None for a first layer.

    A unit's part is its activation times the gradient of the driven unit's mean by it, summed over the picture: for two
    convolutions next to each other that is weight times activation.
    """

    def __init__(self, second_pass: SecondPass):
        self.second_pass = second_pass
        self.asked, self.time, self.drive = None, float("-inf"), None

    def __call__(self, percept: Percept, layer: str, unit: int) -> Drive | None:
        names, time = list(percept.maps), percept.frame.time
        if self.second_pass.plain is None or layer not in names[1:]:
            return None
        if self.asked != (layer, unit) or not 0 <= time - self.time < EVERY:
            self.asked, self.time = (layer, unit), time
            self.drive = self.look(percept, names[names.index(layer) - 1], layer, unit)
        return self.drive

    def look(self, percept: Percept, before: str, layer: str, unit: int) -> Drive | None:
        with torch.inference_mode(False), torch.enable_grad():
            picture = self.second_pass.picture(percept.frame.pixels).clone().requires_grad_(True)
            taps, _ = self.second_pass.network(picture)
            if before not in taps or layer not in taps or unit >= taps[layer].shape[1]:
                return None
            gradient, = torch.autograd.grad(taps[layer][0, unit].mean(), taps[before], allow_unused=True)
        if gradient is None:  # layers that do not follow each other
            return None
        parts = (gradient * taps[before].detach())[0].sum((1, 2)).cpu().numpy()
        whole = float(np.abs(parts).sum())
        units = np.argsort(-np.abs(parts), kind="stable")[:MOST]
        return Drive(before, units, parts[units] / whole) if whole > 0 else None
