"""What the performer's hands have chosen for the screen, by key or over OSC; it knows no window."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from engine.values import Change

VIEWS = ("wall", "camera", "unit")
SWITCHES = {"space": "freeze", "b": "blackout", "m": "mirror", "f": "fullscreen", "h": "help", "tab": "text"}
NUDGES = {"-": -1, "=": 1, "+": 1}
NUMBERS = {str(number): number - 1 for number in range(1, 10)}
NUDGE = 1 / 50  # of a knob's way
SHOWN = 4.0  # seconds that a notice of the controls' own stays
MOST = 3  # such notices at a time
HELP = (
    ("← →", "layer"), ("↑ ↓", "unit, or click a tile"), ("enter", "look through the unit"), ("v", "next view"),
    ("space", "freeze the picture"), ("b", "blackout"), ("m", "mirror"), ("f", "full screen"), ("tab", "text"),
    ("p", "next patch"), ("1 … 9", "choose a knob"), ("- =", "turn it"), ("s", "save a picture"), ("h", "this help"),
    ("q", "leave"),
)


@dataclass
class Controls:
    """The choices, open to read. layers holds the number of units of each layer, as last seen."""

    view: str = VIEWS[0]
    layer: str = ""
    unit: int = 0
    knob: int = 0
    freeze: bool = False
    blackout: bool = False
    mirror: bool = False
    help: bool = False
    text: bool = True
    fullscreen: bool = False
    closed: bool = False
    layers: dict[str, int] = field(default_factory=dict)
    time: float = 0.0
    said: dict[str, float] = field(default_factory=dict)

    @property
    def notices(self) -> tuple[str, ...]:
        """What the controls has to say at the moment."""
        return tuple(self.said)

    def see(self, time: float, layers: dict[str, int]) -> None:
        """Take in which layers there are now; a choice that is not among them gives way."""
        self.time, self.layers = time, layers
        self.said = {text: until for text, until in self.said.items() if time < until}
        if self.layer not in layers:
            if self.layer:
                self.say(f"no layer {self.layer!r}: choose one of {', '.join(layers)}")
            self.layer = next(iter(layers), "")
        self.unit = max(0, min(self.unit, layers.get(self.layer, 0) - 1))

    def say(self, text: str) -> None:
        self.said.pop(text, None)
        self.said[text] = self.time + SHOWN
        while len(self.said) > MOST:
            del self.said[next(iter(self.said))]

    def press(self, key: str, knobs: Mapping[str, Any]) -> Change | None:
        """Act on a key by its name; what concerns the patch, with its knobs by name, comes back as a Change."""
        if key in SWITCHES:
            setattr(self, SWITCHES[key], not getattr(self, SWITCHES[key]))
        elif key in STEPS:
            STEPS[key](self)
        elif key in NUDGES and knobs:
            return self._nudge(list(knobs.values())[min(self.knob, len(knobs) - 1)], NUDGES[key])
        elif key == "p":
            return Change("patch", 1, "keys")
        elif NUMBERS.get(key, len(knobs)) < len(knobs):
            self.knob = NUMBERS[key]
        return None

    def turn(self, change: Change) -> bool:
        """Take a change that concerns the screen; False if it does not. What cannot be taken is said in notices."""
        turn = TURNS.get(change.name)
        if turn is not None:
            turn(self, change.name, change.value)
        return turn is not None

    def _nudge(self, knob: Any, way: int) -> Change:
        value = knob.param.value(knob.normal + way * NUDGE)
        if value == knob.value:  # a knob of few whole steps
            value = knob.param.clamp(value + way)
        return Change(f"param/{knob.name}", value, "keys")

    def _step_layer(self, way: int) -> None:
        names = list(self.layers)
        if names:
            self.layer = names[(names.index(self.layer) + way) % len(names)]
            self.unit = min(self.unit, self.layers[self.layer] - 1)

    def _step_unit(self, way: int) -> None:
        self.unit = (self.unit + way) % max(1, self.layers.get(self.layer, 1))

    def _step_view(self) -> None:
        self.view = VIEWS[(VIEWS.index(self.view) + 1) % len(VIEWS)]

    def _zoom(self) -> None:
        self.view = "wall" if self.view == "unit" else "unit"

    def _leave(self) -> None:
        self.closed = True

    def _escape(self) -> None:
        if self.fullscreen:
            self.fullscreen = False
        else:
            self.closed = True

    def _turn_name(self, name: str, value: Any) -> None:
        choices = VIEWS if name == "view" else tuple(self.layers)
        if value in choices or (name == "layer" and isinstance(value, str) and not choices):
            setattr(self, name, value)
        else:
            self.say(f"no {name} {value!r}: choose one of {', '.join(choices)}")

    def _turn_unit(self, name: str, value: Any) -> None:
        count = self.layers.get(self.layer)
        if number(value) and value == int(value) and 0 <= value and (count is None or value < count):
            self.unit = int(value)
        else:
            choices = f"{self.layer} has 0 to {count - 1}" if count else "wanted a whole number from 0"
            self.say(f"no unit {value!r}: {choices}")

    def _turn_switch(self, name: str, value: Any) -> None:
        if number(value):
            setattr(self, name, value != 0)
        else:
            self.say(f"{name} wants 0 or 1, found {value!r}")


def sentences(patch, notices: Iterable[str]) -> tuple[str, ...]:
    """What is to be told, each sentence once, the patch's error before the rest."""
    told = tuple(notices)
    error = () if not patch.error or any(patch.error in notice for notice in told) else (patch.error,)
    return tuple(dict.fromkeys((*error, *told)))


def number(value: Any) -> bool:
    return isinstance(value, (int, float)) and isfinite(value)


TURNS = {"layer": Controls._turn_name, "view": Controls._turn_name, "unit": Controls._turn_unit,
         "freeze": Controls._turn_switch, "blackout": Controls._turn_switch}
STEPS = {"left": lambda controls: controls._step_layer(-1), "right": lambda controls: controls._step_layer(1),
         "up": lambda controls: controls._step_unit(-1), "down": lambda controls: controls._step_unit(1),
         "v": Controls._step_view, "return": Controls._zoom, "enter": Controls._zoom, "q": Controls._leave, "escape": Controls._escape}
