"""Numbers made playable: smoothed, followed, brought into 0..1, bent.

Each is made once in a patch and called in react; time constants are in seconds, whatever the frame rate.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from math import exp, inf, isfinite

from engine.errors import UserError
from engine.signals.memory import Memory, Timed, present

SETTLE = 0.15  # seconds in which a Range goes most of the way to a new extreme: one odd frame is none


def share(seconds: float, constant: float) -> float:
    """How much of the way to a new value a one-pole filter goes in so many seconds."""
    return 1.0 if constant <= 0 else 1.0 - exp(-seconds / constant)


def duration(what: str, seconds: float, least: float = 0.0) -> None:
    """UserError for what is no time."""
    if not (isinstance(seconds, (int, float)) and seconds >= least):
        raise UserError(f"{what} wants seconds from {least:g} on, found {seconds!r:.40}")


@dataclass
class Smooth(Memory):
    """Calms a value: Smooth(0.5) goes two thirds of the way to a new value in half a second.

    Call it with the value; of keeps several apart: calm(track.x, track). seconds in the call wins over the declared.
    The first value comes out as it is, and so does none that is not finite: then the last one stays.
    """

    seconds: float

    def __post_init__(self) -> None:
        duration("Smooth", self.seconds)

    def __call__(self, value: float, of: Hashable = None, seconds: float | None = None) -> float:
        value = float(value)
        entry = self.entry(of, lambda: Timed(value if isfinite(value) else 0.0, present.time))
        part = share(entry.elapsed(), self.seconds if seconds is None else seconds)
        if isfinite(value):
            entry.value += part * (value - entry.value)
        return entry.value


@dataclass
class Envelope(Memory):
    """Follows a value with a time to rise and a time to fall: Envelope(0.02, 1.5) jumps up and rings out.

    Called as Smooth is; it begins at 0.
    """

    attack: float
    release: float

    def __post_init__(self) -> None:
        duration("Envelope", self.attack)
        duration("Envelope", self.release)

    def __call__(self, value: float, of: Hashable = None) -> float:
        value = float(value)
        entry = self.entry(of, lambda: Timed(0.0, present.time))
        seconds = entry.elapsed()
        if isfinite(value):
            entry.value += share(seconds, self.attack if value > entry.value else self.release) * (value - entry.value)
        return entry.value


@dataclass
class Learned(Timed):
    """What a Range knows: the lowest and highest lately."""

    low: float
    high: float


@dataclass
class Range(Memory):
    """Brings any value into 0..1 by the lowest and highest it has lately had: Range(60) forgets within a minute.

    Range(inf) never forgets. calibrate() begins to learn anew: call it when the room is set up. Called as Smooth is; a
    value that has never changed is 0.
    """

    seconds: float = 60.0

    def __post_init__(self) -> None:
        duration("Range", self.seconds, 1.0)

    def __call__(self, value: float, of: Hashable = None) -> float:
        value = float(value)
        if not isfinite(value):
            value = self.entries[of].value if of in self.entries else 0.0
        entry = self.entry(of, lambda: Learned(value, present.time, value, value))
        seconds, entry.value = entry.elapsed(), value
        forget = 0.0 if self.seconds == inf else share(seconds, self.seconds)
        entry.low += (share(seconds, SETTLE) if value < entry.low else forget) * (value - entry.low)
        entry.high += (share(seconds, SETTLE) if value > entry.high else forget) * (value - entry.high)
        span = entry.high - entry.low
        return min(max((value - entry.low) / span, 0.0), 1.0) if span > 1e-9 else 0.0

    def calibrate(self) -> None:
        """Forget what was learned."""
        self.entries.clear()


def curve(value: float, bend: float) -> float:
    """A value in 0..1 bent: above 0 slow at first (2 is square, by powers of two), below 0 quick at first."""
    return min(max(float(value), 0.0), 1.0) ** 2.0**bend
