"""A named signal: any number of a scene, smoothed, ranged and bent, in react and out over /signal/<name>."""

from dataclasses import dataclass, field

import numpy as np

from engine.signals.memory import Memory
from engine.signals.paths import reader
from engine.signals.shaping import Range, Smooth, curve, duration
from engine.values import Scene


@dataclass
class Signal(Memory):
    """glow = Signal("layer/conv3/mean", smooth=0.5, ranged=60): glow.value is the number of this frame.

    path is what to follow, as in OSC: a layer's statistic, unit or region, layer/conv3/unit/12/grid/2x2/0 (a cell of
    one unit's map), object/0/x, count/person, zone/door/dwell, pair/distance, embedding/17, embedding/pca/0 (principal
    component), embedding/random/0 (a fixed direction).
    ranged: learn its range and forget it in so many seconds, 0 leaves it as it is; smooth in seconds; bend as curve
    has it, for what is ranged. What is not there keeps its last value. calibrate() learns the range anew.
    """

    path: str
    smooth: float = 0.0
    ranged: float = 0.0
    bend: float = 0.0
    value: float = field(default=0.0, init=False, compare=False)

    def __post_init__(self) -> None:
        duration("a Signal's smooth", self.smooth)
        self.read = reader(self.path)
        self.calm, self.range = Smooth(self.smooth), Range(self.ranged) if self.ranged else None

    def see(self, scene: Scene) -> float:
        """Take in a scene."""
        found = self.read(scene)
        if found is not None and np.isfinite(found):
            if self.range:
                found = curve(self.range(found), self.bend)
            self.value = self.calm(found)
        return self.value

    def calibrate(self) -> None:
        if self.range:
            self.range.calibrate()

    def resume(self, before: "Signal") -> None:
        self.value, self.read, self.calm, self.range = before.value, before.read, before.calm, before.range
