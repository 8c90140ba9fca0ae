"""A named signal: any number of a scene, smoothed, ranged and bent, in react and out over /signal/<name>."""

from dataclasses import dataclass, field

import numpy as np

from engine.errors import UserError
from engine.signals.memory import Memory, present
from engine.signals.paths import Reader, reader
from engine.signals.projection import COMPONENTS, Principal, random_axis
from engine.signals.shaping import Range, Smooth, curve, duration
from engine.values import Scene


@dataclass
class Signal(Memory):
    """glow = Signal("layer/conv3/mean", smooth=0.5, ranged=60): glow.value is the number of this frame.

    path is what to follow, as in OSC: a layer's statistic, unit or region, object/0/x, count/person, zone/door/dwell,
    pair/distance, embedding/17, embedding/pca/0 (principal component), embedding/random/0 (a fixed direction).
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
        self.read = projection(self.path) or reader(self.path)
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


class PrincipalReader:
    """Reads a principal component of the embedding; it is fitted on the way."""

    def __init__(self, number: int) -> None:
        self.number, self.fit, self.time = number, Principal(), present.time

    def __call__(self, scene: Scene) -> float | None:
        seconds, self.time = present.time - self.time, present.time
        told = self.fit(scene.embedding, seconds) if scene.embedding.size else ()
        return float(told[self.number]) if self.number < len(told) else None


def projection(path: str) -> Reader | None:
    """What reads embedding/pca/N or embedding/random/N, None for other paths."""
    kind, _, number = path.rpartition("/") if isinstance(path, str) else ("", "", "")
    if kind not in ("embedding/pca", "embedding/random"):
        return None
    if not number.isdecimal() or int(number) >= COMPONENTS:
        raise UserError(f"{kind} wants a number from 0 to {COMPONENTS - 1}, found {number!r:.40}")
    if kind == "embedding/pca":
        return PrincipalReader(int(number))
    return lambda scene: float(scene.embedding @ random_axis(int(number), scene.embedding.size))
