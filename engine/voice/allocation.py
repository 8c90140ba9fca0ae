"""Which key has which lane of the voice: patches, keyboards and OSC share the lanes, newcomers take the oldest's."""

import math
from collections.abc import Hashable, Iterable

import numpy as np

from engine.cues import Say
from engine.voice.places import LINE
from models.generator import GATE, LOUDNESS, TAKE, TARGETS

# what a key has that says nothing, and from where to where
PLAIN = {"pitch": (45.0, 12.0, 108.0), "loudness": (0.7, 0.0, 1.0), "brightness": (0.5, 0.0, 1.0),
         "roughness": (0.02, 0.0, 1.0), "size": (0.0, -0.5, 0.5), "gate": (1.0, 0.0, 1.0),
         "instrument": (0.0, 0.0, 63.0), "attack": (0.0, 0.0, 1.0), "vibrato": (0.0, 0.0, 1.0)}
COLUMNS = {name: TARGETS.index(name) for name in PLAIN}
PLACE = ("pan", "x", "y")
TAKES = 1 << 24  # a float32 counts to here: a lane's notes are counted in rounds


class Allocation:
    """Writes the targets (lanes, 10) and the places (lanes, 2) of the voice. A key holds at most one lane.

    A new key takes the lane that has been free longest, else that of the oldest key, which gives way without a click.
    most is how many lanes may sound at a time.
    """

    def __init__(self, targets: np.ndarray, places: np.ndarray):
        self.targets, self.places = targets, places
        self.most = len(targets)
        self.keys: list[Hashable | None] = [None] * len(targets)
        self.order = list(range(len(targets)))  # lanes, the longest unchanged first
        self.said: set[Hashable] = set()
        self.refused = 0

    @property
    def sounding(self) -> int:
        """How many lanes have a key."""
        return sum(key is not None for key in self.keys)

    def say(self, cues: Iterable[Say]) -> None:
        """A frame of a patch: who is said goes on or begins, who is said no longer is released.

        A voice that had to give way to newer ones waits for a free lane; what is no finite number is refused.
        """
        now = {}
        for cue in cues:
            try:
                values = {name: float(value) for name in (*PLAIN, *PLACE) if name != "gate"
                          and (value := getattr(cue, name)) is not None}
                if not all(map(math.isfinite, values.values())):
                    raise ValueError("no finite number")
                now["say", cue.voice] = values
            except Exception:  # a patch may put anything in a cue
                self.refused += 1
        for key in self.said - now.keys():
            self.end(key)
        for key, values in now.items():
            if key in self.keys or key not in self.said or self.sounding < self.most:
                self.begin(key, values)
        self.said = set(now)

    def begin(self, key: Hashable, values: dict[str, float]) -> None:
        """Let a key sound with these values, on its lane or on a new one."""
        fresh = key not in self.keys
        lane = self.take(key) if fresh else self.keys.index(key)
        self.write(lane, {"pan": 0.5} | {name: plain for name, (plain, _, _) in PLAIN.items()} | values)
        if fresh:
            self.targets[lane, TAKE] = (self.targets[lane, TAKE] + 1) % TAKES

    def write(self, lane: int, values: dict[str, float]) -> None:
        """Turn what is named, each within its limits; x and y together are a place, else pan is."""
        for name, value in values.items():
            if name in PLAIN:
                _, low, high = PLAIN[name]
                self.targets[lane, COLUMNS[name]] = min(max(value, low), high)
        if "x" in values and "y" in values:
            self.places[lane] = [min(max(values[name], 0.0), 1.0) for name in ("x", "y")]
        elif "pan" in values or "x" in values:
            self.places[lane] = min(max(values.get("x", values.get("pan", 0.5)), 0.0), 1.0), LINE

    def take(self, key: Hashable) -> int:
        """A lane for a newcomer."""
        free = [lane for lane in self.order if self.keys[lane] is None]
        held = [lane for lane in self.order if self.keys[lane] is not None]
        lane = free[0] if free and self.sounding < self.most else held[0]
        self.keys[lane] = key
        self.order.remove(lane)
        self.order.append(lane)
        return lane

    def turn(self, key: Hashable, **values: float) -> None:
        """Change some of a sounding key's values."""
        if key in self.keys:
            self.write(self.keys.index(key), values)

    def end(self, key: Hashable) -> None:
        """Release a key; its lane rings out and is free."""
        if key in self.keys:
            lane = self.keys.index(key)
            self.targets[lane, GATE] = 0
            self.keys[lane] = None
            self.order.remove(lane)
            self.order.append(lane)

    def allow(self, most: int) -> None:
        """Let so many lanes sound at a time; the oldest keys beyond that are released."""
        self.most = most
        while self.sounding > most:
            self.end(next(self.keys[lane] for lane in self.order if self.keys[lane] is not None))

    def panic(self) -> None:
        """Release everybody, and let nothing ring."""
        for key in filter(None, list(self.keys)):
            self.end(key)
        self.targets[:, LOUDNESS] = 0
