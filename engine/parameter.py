"""A parameter: a number, switch, choice, command or name, and how each takes what performers, faders and keys send."""

import math
import sys
from dataclasses import dataclass, replace
from typing import Any

from engine.errors import UserError

CURVES = ("linear", "log", "whole")
LONGEST = 40  # letters of a name
STEP = 1 / 50  # of a number's way, that one press of a key goes


@dataclass(frozen=True, slots=True)
class Param:
    """A patch's parameter: default, low and high in its own unit, a line about it, a curve ("linear", "log", "whole").

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
        if not all(map(is_finite, self.span)):
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
        """The value at a position 0..1."""
        normal = min(max(normal, 0.0), 1.0)
        if self.curve == "log":
            return self.clamp(self.low * (self.high / self.low) ** normal)
        return self.clamp(self.low + normal * (self.high - self.low))

    def normal(self, value: float) -> float:
        """The position 0..1 of a value."""
        if self.curve == "log":
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def clamp(self, value: float) -> float:
        value = min(max(float(value), self.low), self.high)
        return float(round(value)) if self.curve == "whole" else float(value)


def is_finite(value: Any) -> bool:
    """Whether a value is a number that a float can hold."""
    return isinstance(value, (int, float)) and abs(value) <= sys.float_info.max


class Parameter:
    """What every kind does. value is what it is turned to; take and place return whether there is something to tell."""

    choices: tuple[str, ...] = ()
    unit = ""

    def __init__(self, path: str, about: str, value: Any):
        self.path, self.about, self.value = path, about, value

    def turn(self, value: Any) -> bool:
        changed, self.value = value != self.value, value
        return changed

    def wanted(self, what: str, found: Any) -> UserError:
        return UserError(f"{self.path} wants {what}, found {found!r:.60}")


class Number(Parameter):
    """A number within the range of its Param."""

    def __init__(self, path: str, about: str, param: Param, value: float | None = None):
        self.asked = param.default if value is None else value  # kept, for a limit may rise again
        super().__init__(path, about, param.clamp(self.asked))
        self.param = param

    unit = property(lambda self: self.param.unit)
    normal = property(lambda self: self.param.normal(self.value))

    def take(self, value: Any) -> bool:
        """Take a value in the Param's own unit, held within its range."""
        self.asked = self.finite(value)
        return self.turn(self.param.clamp(self.asked))

    def place(self, normal: Any) -> bool:
        """Take a position 0..1."""
        return self.take(self.param.value(self.finite(normal)))

    def finite(self, value: Any) -> float:
        if not is_finite(value):
            raise self.wanted("a finite number", value)
        return float(value)

    def next(self, way: int) -> float:
        value = self.param.value(self.normal + way * STEP)
        return value if value != self.value else self.param.clamp(value + way)  # a number of few whole steps

    def limit(self, high: float) -> bool:
        """Change the highest value; what was asked for comes as near as it can."""
        self.param = replace(self.param, default=min(self.param.default, high), high=high)
        return self.turn(self.param.clamp(self.asked))

    def __str__(self) -> str:
        return f"{self.value:.3g} {self.unit}".strip()


class Switch(Parameter):
    """On or off."""

    normal = property(lambda self: float(self.value))

    def take(self, value: Any) -> bool:
        """Take 0, 1, true or false."""
        if not isinstance(value, (bool, int, float)) or value != value:  # not a number
            raise self.wanted("0 or 1", value)
        return self.turn(value != 0)

    def place(self, normal: Any) -> bool:
        return self.take(normal >= 0.5 if isinstance(normal, (int, float)) else normal)

    def next(self, way: int) -> bool:
        return not self.value

    def __str__(self) -> str:
        return "on" if self.value else "off"


class Choice(Parameter):
    """One of several words. While there are no choices yet, any word waits for them."""

    def __init__(self, path: str, about: str, value: str, choices: tuple[str, ...]):
        super().__init__(path, about, value)
        self.choices = choices

    normal = property(lambda self: self.index / max(1, len(self.choices) - 1))
    index = property(lambda self: self.choices.index(self.value) if self.value in self.choices else 0)

    def take(self, value: Any) -> bool:
        """Take one of the words."""
        if not isinstance(value, str) or (self.choices and value not in self.choices):
            raise UserError(self.refusal(value))
        return self.turn(value)

    def place(self, normal: Any) -> bool:
        """Take a position 0..1 on the way from the first to the last."""
        if not is_finite(normal):
            raise self.wanted("a finite number", normal)
        return bool(self.choices) and self.turn(self.choices[round(min(max(normal, 0), 1) * (len(self.choices) - 1))])

    def next(self, way: int) -> str:
        return self.choices[(self.index + way) % len(self.choices)] if self.choices else self.value

    def refusal(self, value: Any) -> str:
        return f"no {self.path.rpartition('/')[2]} {value!r:.60}: choose one of {', '.join(self.choices)}"

    def __str__(self) -> str:
        return self.value


class Command(Parameter):
    """Something that is done once when it is pressed; it holds no value."""

    normal = 0.0

    def __init__(self, path: str, about: str):
        super().__init__(path, about, None)

    def take(self, value: Any) -> bool:
        """A press is any number but 0, which is the release of a button, or no number at all."""
        if isinstance(value, (bool, int, float)) and value != value:  # not a number
            raise self.wanted("a press", value)
        return not isinstance(value, (bool, int, float)) or value != 0

    place = take

    def next(self, way: int) -> int:
        return 1

    def __str__(self) -> str:
        return ""


class Name(Choice):
    """A name that something is done with each time it is said; its choices, if it has any, are those that there are."""

    def turn(self, value: str) -> bool:
        self.value = value
        return True

    def take(self, value: Any) -> bool:
        """Take a name, new or known; a mere press is a name that is empty, and 0 the release of a button."""
        if not isinstance(value, str):
            return Command.take(self, value) and self.turn("")
        if len(value) > LONGEST or not value.isprintable():
            raise self.wanted(f"a name of {LONGEST} letters at most", value)
        return self.turn(value)

    def place(self, normal: Any) -> bool:
        return super().place(normal) if self.choices else self.take(normal)

    def next(self, way: int) -> str | int:
        return super().next(way) if self.choices else 1
