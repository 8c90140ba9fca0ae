"""Which key has which lane of the voice: patches, keyboards and OSC share the lanes, newcomers take the oldest's."""

import math
from collections.abc import Hashable, Iterable

import numpy as np

from engine.cues import Say
from models.generator import GATE, LOUDNESS, TAKE

LOWEST, HIGHEST = 12.0, 108.0  # MIDI notes that a voice is asked for
LIMITS = {"pitch": (LOWEST, HIGHEST), "loudness": (0.0, 1.0), "brightness": (0.0, 1.0), "roughness": (0.0, 1.0),
          "size": (-0.5, 0.5), "gate": (0.0, 1.0)}  # in the order of the targets
PLAIN = {"pitch": 45.0, "loudness": 0.7, "brightness": 0.5, "roughness": 0.02, "size": 0.0, "gate": 1.0}
TAKES = 1 << 24  # a float32 counts to here: a lane's notes are counted in rounds


class Allocation:
    """Writes the targets (lanes, 8) and the places (lanes,) of the voice. A key holds at most one lane.

    A new key takes the lane that has been free longest, else that of the oldest key, which gives way without a click.
    most is how many lanes may sound at a time.
    """

    def __init__(self, targets: np.ndarray, pan: np.ndarray, instruments: int = 1):
        self.targets, self.pan, self.instruments = targets, pan, instruments
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
                values = {name: float(getattr(cue, name)) for name in (*PLAIN, "pan") if name != "gate"}
                if not all(map(math.isfinite, values.values())):
                    raise ValueError("no finite number")
                now["say", cue.voice] = values, int(cue.instrument)
            except Exception:  # a patch may put anything in a cue
                self.refused += 1
        for key in self.said - now.keys():
            self.end(key)
        for key, (values, instrument) in now.items():
            if key in self.keys or key not in self.said or self.sounding < self.most:
                self.begin(key, values, instrument)
        self.said = set(now)

    def begin(self, key: Hashable, values: dict[str, float], instrument: int = 0) -> None:
        """Let a key sound with these values, on its lane or on a new one."""
        fresh = key not in self.keys
        lane = self.take(key) if fresh else self.keys.index(key)
        row = self.targets[lane]
        row[:GATE + 1] = [min(max(values.get(name, plain), low), high) for (name, plain), (low, high) in
                          zip(PLAIN.items(), LIMITS.values(), strict=True)]
        row[GATE + 1] = instrument if 0 <= instrument < self.instruments else 0
        self.pan[lane] = min(max(values.get("pan", 0.5), 0.0), 1.0)
        if fresh:
            row[TAKE] = (row[TAKE] + 1) % TAKES

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
            lane = self.keys.index(key)
            for column, (name, (low, high)) in enumerate(LIMITS.items()):
                if name in values:
                    self.targets[lane, column] = min(max(values[name], low), high)
            if "pan" in values:
                self.pan[lane] = min(max(values["pan"], 0.0), 1.0)

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
