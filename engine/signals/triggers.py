"""Moments out of values and time: when something goes over a threshold, has lasted, or is due again."""

from collections.abc import Hashable
from dataclasses import dataclass
from math import inf

from engine.errors import UserError
from engine.signals.memory import Memory, Timed, present
from engine.signals.shaping import duration


@dataclass
class Fired(Timed):
    """Whether a trigger is up, and when it fired last."""

    up: bool


@dataclass
class Trigger(Memory):
    """True in the frame in which a value reaches `on`, and not again before it has fallen to `off`.

    Trigger(0.6, 0.4, hold=2) stays quiet for two seconds after each time. Call it with the value; of keeps several
    apart: hit(track.vy, track). up(of) tells whether the value is over it now.
    """

    on: float
    off: float
    hold: float = 0.0

    def __post_init__(self) -> None:
        duration("Trigger's hold", self.hold)
        if not self.off <= self.on:
            raise UserError(f"a Trigger goes on at or above where it goes off, found on {self.on} and off {self.off}")

    def __call__(self, value: float, of: Hashable = None) -> bool:
        entry = self.entry(of, lambda: Fired(0.0, -inf, False))
        was, entry.up = entry.up, value >= self.on or (entry.up and value > self.off)
        if was or not entry.up or present.time - entry.time < self.hold:
            return False
        entry.time = present.time
        return True

    def up(self, of: Hashable = None) -> bool:
        return self.entry(of, lambda: Fired(0.0, -inf, False)).up


@dataclass
class After(Memory):
    """True once, in the frame in which something has been so for that long: After(2)(door.occupancy > 0).

    Without a condition it counts from its first call. of keeps several apart: After(5)(track.x < 0.2, track).
    """

    seconds: float

    def __post_init__(self) -> None:
        duration("After", self.seconds)

    def __call__(self, condition: bool = True, of: Hashable = None) -> bool:
        entry = self.entry(of, lambda: Timed(0.0, present.time))
        if not condition:
            entry.value, entry.time = 0.0, present.time
            return False
        due = not entry.value and present.time - entry.time >= self.seconds - 1e-9
        entry.value = entry.value or float(due)
        return due


@dataclass
class Every(Memory):
    """True once in so many seconds: Every(4)() for a beat, of keeps several apart. The first one is after the first.

    It keeps its beat whatever the frames' times are; beats that no frame came for are left out.
    """

    seconds: float

    def __post_init__(self) -> None:
        duration("Every", self.seconds, 0.001)

    def __call__(self, of: Hashable = None, seconds: float | None = None) -> bool:
        period = max(self.seconds if seconds is None else float(seconds), 0.001)
        entry = self.entry(of, lambda: Timed(0.0, present.time))
        passed = present.time - entry.time + 1e-9
        if passed < period:
            return False
        entry.time += passed // period * period
        return True
