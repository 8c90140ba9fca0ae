"""The table of parameters: everything that can be turned while a show runs stands here once, under its path.

OSC, MIDI, keys, mouse, help, presets, a patch and the rig file read and write this one table; none keeps values itself.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.errors import UserError
from engine.parameter import Choice, Command, Name, Number, Param, Parameter, Switch
from engine.values import Change

ANSWERED = 10.0  # seconds that an answer to what cannot be had stays
ANSWERS = 3  # such answers at a time; the oldest gives way
SHORT = {
    "patch": "show/patch", "panic": "show/panic", "view": "view/name", "layer": "view/layer", "unit": "view/unit",
    "freeze": "view/freeze", "blackout": "view/blackout", "preset": "preset/play",
}  # what performers and their senders call them
PARAM = "param/"  # what they call the parameters of a patch, patch/...
NORMAL = "/normal"  # after a path: a position 0..1, as faders and controllers send it


def path_of(name: str) -> str:
    """Where a name leads in the table: param/speed to patch/speed, layer to view/layer, a path to itself."""
    return f"patch/{name.removeprefix(PARAM)}" if name.startswith(PARAM) else SHORT.get(name, name)


class Parameters:
    """Parameters by path, in the order they were declared.

    set takes a value and clamps it; what cannot be taken changes nothing and is answered in notices for ten seconds.
    changes tells once a tick what was set since, and by whom: whoever follows leaves out what has its own origin.
    """

    def __init__(self) -> None:
        self.entries: dict[str, Parameter] = {}
        self.changed: dict[str, Change] = {}
        self.answers: dict[str, tuple[str, float]] = {}  # by path: what was said, and until when it stays
        self.time = 0.0

    def number(self, path: str, default: float, low: float, high: float, about: str, unit: str = "",
               curve: str = "linear") -> None:
        """Declare a number within low..high; curve as in Param."""
        self.entries[path] = Number(path, about, Param(default, low, high, about, curve, unit))

    def switch(self, path: str, default: bool, about: str) -> None:
        """Declare something that is on or off."""
        self.entries[path] = Switch(path, about, default)

    def choice(self, path: str, default: str, choices: Iterable[str], about: str) -> None:
        """Declare one of several words; while there are none any word waits for them."""
        self.entries[path] = Choice(path, about, default, tuple(choices))

    def command(self, path: str, about: str) -> None:
        """Declare something that is done when it is pressed."""
        self.entries[path] = Command(path, about)

    def name(self, path: str, about: str) -> None:
        """Declare something that is done with a name, each time that one is said."""
        self.entries[path] = Name(path, about, "", ())

    def replace(self, root: str, entries: Mapping[str, Parameter]) -> None:
        """Let these be all the parameters below a root: a patch's own, which brings their values along."""
        below = f"{root}/"
        kept = {path: entry for path, entry in self.entries.items() if not path.startswith(below)}
        self.entries = kept | {below + name: entry for name, entry in entries.items()}  # at once, for who reads beside

    def offer(self, path: str, choices: Iterable[str], tell: bool = True) -> None:
        """Replace what a choice can be; a value that is no longer among them gives way to the first, and says so."""
        entry = self.entries[path]
        before, entry.choices = entry.value, tuple(choices)
        if before not in entry.choices:
            entry.value = next(iter(entry.choices), "")
            self.changed[path] = Change(path, entry.value, "table")
            if before and entry.choices and tell:
                self.answer(path, entry.refusal(before))

    def limit(self, path: str, high: float) -> None:
        """Change the highest value of a number, as there are more or fewer units in another layer.

        What was asked for before, perhaps in the same tick as that layer, is had as soon as it is within the limit.
        """
        if self.entries[path].limit(high):
            self.changed[path] = Change(path, self.entries[path].value, "table")

    def __getitem__(self, path: str) -> Any:
        """The value of a parameter; KeyError if nobody declared it."""
        return self.entries[path].value

    def normal(self, path: str) -> float | None:
        """The position 0..1 of a parameter, None if nobody declared it."""
        return self.entries[path].normal if path in self.entries else None

    def __contains__(self, path: str) -> bool:
        return path.removesuffix(NORMAL) in self.entries

    def below(self, root: str) -> dict[str, Parameter]:
        """The parameters below a root by the rest of their path, in order."""
        below = f"{root}/"
        return {path.removeprefix(below): entry for path, entry in self.entries.items() if path.startswith(below)}

    def set(self, path: str, value: Any, origin: str) -> None:
        """Turn a parameter to a value in its own unit, or with /normal after its path to a position 0..1."""
        name = path.removesuffix(NORMAL)
        entry = self.entries.get(name)
        if entry is None:
            return self.answer(path, self.unknown(path))
        try:
            told = entry.place(value) if name != path else entry.take(value)
        except UserError as error:
            return self.answer(name, str(error))
        self.answers.pop(name, None)
        if told:
            self.changed[name] = Change(name, entry.value, origin)

    def restore(self, root: str, origin: str) -> None:
        """Turn every number below a root back to its default."""
        for rest, entry in self.below(root).items():
            self.set(f"{root}/{rest}", entry.param.default, origin)

    def step(self, path: str, way: int, origin: str) -> None:
        """Go a step up or down: a fiftieth of a number's way, the next of the choices, over for a switch."""
        self.set(path, self.entries[path].next(way), origin)

    def changes(self, now: float) -> tuple[Change, ...]:
        """What was set since the last call, each path once with its newest value; answers that are old go."""
        self.time = now
        self.answers = {path: answer for path, answer in self.answers.items() if now < answer[1]}
        changed, self.changed = tuple(self.changed.values()), {}
        return changed

    @property
    def notices(self) -> tuple[str, ...]:
        """Answers to what was asked for in vain."""
        return tuple(text for text, _ in self.answers.values())

    def answer(self, path: str, text: str, seconds: float = ANSWERED) -> None:
        """Say something about a path until it is set or so many seconds have passed."""
        self.answers.pop(path, None)
        self.answers[path] = text, self.time + seconds
        while len(self.answers) > ANSWERS:
            del self.answers[next(iter(self.answers))]

    def unknown(self, path: str) -> str:
        """What is said of a path that nobody has: its neighbours, or the roots there are."""
        root = path = path.removesuffix(NORMAL)
        while root := root.rpartition("/")[0]:
            if (around := self.below(root)) or root == "patch":
                rest = path.removeprefix(root + "/")
                return f"no parameter {rest!r:.60} in {root}: there is {listed(around) or 'none'}"
        return f"no parameter {path!r:.60}: there is {listed(dict.fromkeys(key.split('/')[0] for key in self.entries))}"


def listed(names: Iterable[str], most: int = 12) -> str:
    names = list(names)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
