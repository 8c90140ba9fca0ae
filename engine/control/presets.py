"""Presets: what is turned now, kept under a name, and played again in one step or as a glide."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from engine.debounce import replace
from engine.errors import UserError
from engine.parameter import Command, Name, Number, Parameter, is_finite
from engine.parameters import Parameters
from engine.values import Change

MOST = 128  # presets of a rig
SAID = 3.0  # seconds that is shown what was kept
ROOTS = ("patch", "tracker", "detector", "voice", "view")  # what a preset holds; devices and zones stay as they are
STAYS = frozenset(
    f"view/{name}" for name in (
        "freeze", "blackout", "fullscreen", "help", "text", "big", "column", "inset", "strip", "zones", "parameter",
        "turned", "card", "corner", "share", "painter", "tested_on")
) | {"voice/volume"}  # what a performer does at the moment, and the window and loudness of the room
PATCH = "show/patch"


def declare(parameters: Parameters) -> None:
    parameters.name("preset/play", "a preset: all that was kept, at once or as a glide")
    parameters.name("preset/keep", "keep what is turned now as a preset; without a name under the next number")
    parameters.name("preset/forget", "throw a preset away")
    parameters.number("preset/seconds", 0.0, 0.0, 60.0, "seconds that numbers glide until a preset is there", "s")


class Glide(NamedTuple):
    """The way of a number from one position 0..1 to a value, between two times in seconds."""

    position: float
    value: float
    begin: float
    end: float


class Presets:
    """Keeps, plays and forgets presets, in RIG.presets.json beside the rig file; rig None keeps them for this show.

    UserError for a file that is none of presets.
    """

    def __init__(self, parameters: Parameters, rig: Path | None):
        self.parameters, self.path = parameters, rig and rig.with_suffix(".presets.json")
        self.kept: dict[str, dict[str, float | str | bool]] = read(self.path) if self.path else {}
        self.glides: dict[str, Glide] = {}
        self.offer()

    def offer(self) -> None:
        # none gives way to another: that would play it
        self.parameters.entries["preset/play"].choices = tuple(self.kept)

    def keep(self, name: str) -> None:
        """Keep what is turned now; "" keeps it under the lowest number that is free."""
        name = name or next(str(number) for number in range(1, MOST + 2) if str(number) not in self.kept)
        if name not in self.kept and len(self.kept) >= MOST:
            full = f"there are {MOST} presets: forget one before you keep {name!r}"
            return self.parameters.answer("preset/keep", full)
        self.kept[name] = {path: entry.value for path, entry in self.parameters.entries.items() if held(path, entry)}
        self.offer()
        self.say("preset/keep", f"preset {name!r} is kept", " until the show ends: start with --rig FILE to keep it")

    def forget(self, name: str) -> None:
        """Throw a preset away."""
        if self.kept.pop(name, None) is None:
            return self.parameters.answer("preset/forget", self.unknown(name))
        self.offer()
        self.say("preset/forget", f"preset {name!r} is forgotten")

    def say(self, path: str, done: str, without_rig: str = "") -> None:
        """Tell what was done once the file says it too."""
        if self.path is None:
            return self.parameters.answer(path, done + without_rig, SAID)
        try:
            replace(self.path, json.dumps(self.kept, indent=1))
        except OSError as error:
            reason = (error.strerror or "no such place").lower()
            return self.parameters.answer(path, f"{done}, but {self.path} cannot be written ({reason})")
        self.parameters.answer(path, done, SAID)

    def unknown(self, name: str) -> str:
        choices = f"choose one of {', '.join(self.kept)}" if self.kept else "keep one first"
        return f"no preset {name!r:.60}: {choices}"

    def play(self, name: str, now: float, choose: Callable[[str], None]) -> None:
        """Turn everything to what a preset holds, from now in seconds on; choose plays its patch first.

        The parameters of a patch that plays no more are left alone, numbers of one that has just come on do not glide.
        """
        if name not in self.kept:
            return self.parameters.answer("preset/play", self.unknown(name))
        values, table, seconds = self.kept[name], self.parameters, self.parameters["preset/seconds"]
        before = table[PATCH]
        if values.get(PATCH, before) != before:
            choose(values[PATCH])
        there = table[PATCH] == values.get(PATCH, before)
        self.glides = {}
        for path, value in values.items():
            own = path.startswith("patch/")
            if path not in table.entries or path == PATCH or (own and not there):
                continue
            entry = table.entries[path]
            if seconds and isinstance(entry, Number) and is_finite(value) and not (own and table[PATCH] != before):
                self.glides[path] = Glide(entry.normal, value, now, now + seconds)
            else:
                table.set(path, value, "preset")

    def follow(self, changes: Iterable[Change], now: float) -> None:
        """Move what glides on to now, in seconds; what somebody has turned meanwhile is theirs."""
        for change in changes:
            if change.origin != "preset":
                self.glides.pop(change.name, None)
        for path, glide in list(self.glides.items()):
            entry = self.parameters.entries.get(path)
            if now >= glide.end or entry is None:
                del self.glides[path]
            if entry is not None:
                self.parameters.set(path, between(glide, entry, now), "preset")


def between(glide: Glide, entry: Number, now: float) -> float:
    """Where a number is on its way, evenly by its curve."""
    if now >= glide.end:
        return glide.value
    way, there = (now - glide.begin) / (glide.end - glide.begin), entry.param.normal(entry.param.clamp(glide.value))
    return entry.param.value(glide.position + way * (there - glide.position))


def held(path: str, entry: Parameter) -> bool:
    """Whether a preset holds a parameter."""
    if isinstance(entry, (Command, Name)) or path in STAYS:
        return False
    return path == PATCH or path.partition("/")[0] in ROOTS


def read(path: Path) -> dict[str, dict[str, float | str | bool]]:
    """The presets in a file, none if there is no file; UserError."""
    try:
        kept = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise UserError(f"{path} holds no presets ({reason:.80}): mend it or move it away") from error
    if not isinstance(kept, dict) or not all(isinstance(values, dict) for values in kept.values()):
        raise UserError(f"{path} holds no presets (it wants an object of objects): mend it or move it away")
    return kept
