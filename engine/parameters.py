"""Params: what a performer turns. Declared once in a patch; OSC, MIDI, keys and window follow from the name."""

import math
from dataclasses import dataclass

from engine.errors import UserError

CURVES = ("linear", "log", "whole")


@dataclass(frozen=True, slots=True)
class Param:
    """A knob of a patch: default, low and high in its own unit, a line about it, a curve ("linear", "log", "whole").

    "log" turns evenly by ear (frequencies, times) and needs 0 < low; "whole" goes in steps of one.
    """

    default: float
    low: float = 0.0
    high: float = 1.0
    about: str = ""
    curve: str = "linear"
    unit: str = ""

    def __post_init__(self):
        if self.curve not in CURVES:
            raise UserError(f"a param's curve is one of {', '.join(CURVES)}, found {self.curve!r}")
        if not all(isinstance(number, (int, float)) and math.isfinite(number) for number in self.span):
            raise UserError(f"a param's default, low and high are finite numbers, found {self.span}")
        if not self.low <= self.default <= self.high or self.low == self.high:
            raise UserError(f"a param wants low <= default <= high and low < high, found {self.span}")
        if self.curve == "log" and self.low <= 0:
            raise UserError(f"a log param wants a low above 0, found {self.low:g}")
        if self.curve == "whole" and not (float(self.low).is_integer() and float(self.high).is_integer()):
            raise UserError(f"a whole param wants whole low and high, found {self.low:g} and {self.high:g}")

    @property
    def span(self) -> tuple[float, float, float]:
        return (self.default, self.low, self.high)

    def value(self, normal: float) -> float:
        """The value at a knob position 0..1."""
        normal = min(max(normal, 0.0), 1.0)
        if self.curve == "log":
            return self.clamp(self.low * (self.high / self.low) ** normal)
        return self.clamp(self.low + normal * (self.high - self.low))

    def normal(self, value: float) -> float:
        """The knob position 0..1 of a value."""
        if self.curve == "log":
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def clamp(self, value: float) -> float:
        value = min(max(float(value), self.low), self.high)
        return float(round(value)) if self.curve == "whole" else float(value)


class Knob:
    """A Param at work: it has a name and a value within the Param's range."""

    def __init__(self, name: str, param: Param, value: float | None = None):
        self.name, self.param = name, param
        self.value = param.clamp(param.default if value is None else value)

    low = property(lambda self: self.param.low)
    high = property(lambda self: self.param.high)
    about = property(lambda self: self.param.about)
    unit = property(lambda self: self.param.unit)
    normal = property(lambda self: self.param.normal(self.value))

    def turn(self, value: float) -> None:
        """Take a value in the Param's own unit, held within its range; what is no finite number changes nothing."""
        if isinstance(value, (int, float)) and math.isfinite(value):
            self.value = self.param.clamp(value)

    def place(self, normal: float) -> None:
        """Take a knob position 0..1, as a MIDI controller sends it."""
        if isinstance(normal, (int, float)) and math.isfinite(normal):
            self.value = self.param.value(normal)
