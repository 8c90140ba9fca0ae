"""How a scene is said in OSC: one profile per kind of receiver, each a callable from a scene to datagrams.

Every frame tells the whole state, so that late joiners and lost packets heal. Addresses are built from slots, never
from ids, and the tracker has few slots: a receiver's list of addresses stays finite.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, count

import numpy as np

from engine.osc import LIMIT, datagrams, message
from engine.shapes import Message, Shape
from engine.values import Layer, Osc, Pulse, Scene, Tracks

UNITS = 8
GUESSES = 5
WRAP = 1000.0  # seconds: a float32 below it is at worst 0.03 ms off; after a month it would be 0.13 s off
SHAPES = 256  # frames of different shapes whose compiled form is kept
LAYER_NAMES = ("mean", "peak", "sparsity", "entropy", "cx", "cy", "change")
OBJECT_NAMES = ("class", "score", "x", "y", "w", "h", "vx", "vy", "age")
OBJECT = "iiiffffffff"  # the types of a track's numbers
COLUMNS = len(OBJECT)
X, Y, VX, VY = 4, 5, 8, 9


@lru_cache(1024)
def word(name: str) -> str:
    """A name as part of an address: "potted plant" becomes potted_plant, at most 40 characters."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name)[:40] or "_"


def row(start: int, index: int) -> range:
    """Which numbers a row of the table holds, that begins after so many others."""
    return range(start + COLUMNS * index, start + COLUMNS * (index + 1))


def counted(messages: Iterable[tuple[str, str]], numbers: Iterator[int]) -> list[Message]:
    """Addresses and types as messages that say the next numbers, in order."""
    return [(address, types, [next(numbers) for _ in types]) for address, types in messages]


class Profile:
    """What every profile does: say a frame and the patch's cues in datagrams no larger than limit.

    classes are the detector's class names; flip_x and flip_y mirror positions and velocities; lost counts messages
    left out, notice says why until forget().
    """

    def __init__(
        self, classes: Iterable[str] = (), flip_x: bool = False, flip_y: bool = False,
        bundle: bool = True, limit: int = LIMIT,
    ) -> None:  # fmt: skip
        self.classes = tuple(classes)
        self.flip_x, self.flip_y, self.bundle, self.limit = flip_x, flip_y, bundle, limit
        self.lost = 0
        self.forget()

    def forget(self) -> None:
        """Forget which names were told, so that the next frame tells them again; the notice goes too."""
        self.told: set[int] = set()
        self.told_classes = False
        self.notice = ""

    def __call__(self, scene: Scene, pulse: Pulse, cues: Iterable[Osc] = ()) -> list[bytes]:
        """A frame and its cues as datagrams, for receivers of this profile."""
        shape, numbers, table = self.frame(scene, pulse)
        parts = shape(numbers, table)
        more = self.names(scene)
        for cue in cues:
            more.append(message(cue.address, *cue.arguments))
        if self.bundle and not more:
            return parts
        header, body = shape.pieces(parts)
        parts, lost = datagrams(header, body + more, self.limit, self.bundle)
        if lost:
            self.lost += lost
            self.notice = (
                f"osc: {self.lost} messages not sent, the last because it has more than {self.limit} bytes: shorten it"
            )
        return parts

    def frame(self, scene: Scene, pulse: Pulse) -> tuple[Shape, list[float], np.ndarray]:
        """A frame's shape and the numbers it is to be poured full of: in a row, and as a table of tracks."""
        raise NotImplementedError

    def names(self, scene: Scene) -> list[bytes]:
        """The names that receivers have not been told yet."""
        return []

    def table(self, tracks: Tracks) -> np.ndarray:
        """id slot class score x y w h vx vy age of each track, mirrored as the target wants it."""
        table = tracks.numbers
        if self.flip_x or self.flip_y:
            table = table.copy()
            for flip, place, speed in ((self.flip_x, X, VX), (self.flip_y, Y, VY)):
                if flip:
                    table[:, place] = 1.0 - table[:, place]
                    table[:, speed] *= -1.0
        return table

    def feelings(self, layer: Layer) -> list[float]:
        """The seven statistics of a layer, mirrored as the target wants it."""
        cx, cy = 1.0 - layer.cx if self.flip_x else layer.cx, 1.0 - layer.cy if self.flip_y else layer.cy
        return [layer.mean, layer.peak, layer.sparsity, layer.entropy, cx, cy, layer.change]


@lru_cache(SHAPES)
def neocog(limit: int, taps: tuple[str, ...], objects: int, events: tuple[tuple[str, int], ...]) -> Shape:
    """The frame of the profile neocog: events name rows of the table; without any, every row is an update."""
    numbers = count()
    header = counted((("/frame", "ifi"), ("/stale", "i")), numbers)
    engine = counted((("/engine", "ffi"),), numbers)
    guesses = counted(((f"/guess/{k}", "if") for k in range(GUESSES)), numbers)
    layers = [
        counted(((f"/layer/{word(tap)}", "fffffff"), (f"/unit/{word(tap)}", "if" * UNITS)), numbers) for tap in taps
    ]
    start = next(numbers)
    header.append(("/alive", "i" * objects, [row(start, index)[0] for index in range(objects)]))
    said = [
        [(f"/object/{event}", OBJECT, row(start, index))]
        for event, index in events or [("update", index) for index in range(objects)]
    ]
    return Shape(limit, start, header, *said, *layers, guesses + engine)


class Neocog(Profile):
    """Messages as a programmer wants them: a frame header, the objects alive, events, layers, guesses and names."""

    def frame(self, scene: Scene, pulse: Pulse) -> tuple[Shape, list[float], np.ndarray]:
        """Header: /frame number time count, /stale, /alive id..; the time is the capture time modulo WRAP."""
        table, events, objects = self.table(scene.tracks), (), len(scene.tracks)
        if scene.born or scene.gone:
            table, events = self.events(table, self.table(scene.born), self.table(scene.gone))
        numbers = [
            scene.index & 0x7FFFFFFF, scene.time % WRAP, objects, scene.stale or pulse.stale,
            pulse.fps, pulse.latency * 1000.0, pulse.dropped,
        ]  # fmt: skip
        for guess in scene.classes[:GUESSES]:
            numbers += guess.label, guess.score
        numbers += (0,) * (2 * (GUESSES - len(scene.classes)))
        for layer in scene.layers.values():
            numbers += self.feelings(layer)
            for unit in layer.units[:UNITS]:
                numbers += unit
            numbers += (0,) * (2 * (UNITS - len(layer.units)))
        return neocog(self.limit, tuple(scene.layers), objects, events), numbers, table

    def events(
        self, alive: np.ndarray, born: np.ndarray, gone: np.ndarray
    ) -> tuple[np.ndarray, tuple[tuple[str, int], ...]]:
        """A table of all three, and its rows that leave, enter and update, ordered so that a slot is left before it
        is entered anew.

        After skipped frames an object may be both born and gone: it enters and leaves at once.
        """
        places = count()
        living, new, past = ({id: next(places) for id in rows[:, 0].tolist()} for rows in (alive, born, gone))
        events = [("leave", row) for id, row in past.items() if id not in new]
        for id, row in new.items():
            events.append(("enter", living.get(id, row)))
            if id in past:
                events.append(("leave", past[id]))
        events += [("update", row) for id, row in living.items() if id not in new]
        return np.concatenate((alive, born, gone)), tuple(events)

    def names(self, scene: Scene) -> list[bytes]:
        """The names not told yet: every detector class, and of the many picture labels those now guessed."""
        names = []
        if not self.told_classes:
            self.told_classes = True
            names = [message(f"/class/{index}", name) for index, name in enumerate(self.classes)]
        for guess in scene.classes[:GUESSES]:
            if guess.label not in self.told:
                self.told.add(guess.label)
                names.append(message(f"/label/{guess.label}", guess.name))
        return names


@lru_cache(SHAPES)
def split(limit: int, taps: tuple[str, ...], classes: tuple[str, ...], slots: int, taken: tuple[int, ...]) -> Shape:
    """The frame of the profile split: one float each; taken are the slots of the table's rows."""
    numbers = count()

    def floats(prefix: str, names: Iterable[str]) -> list[Message]:
        return counted(((f"{prefix}/{name}", "f") for name in names), numbers)

    header = floats("/frame", ("number", "time", "count")) + floats("", ("stale",))
    present = [floats(f"/object/{slot}", ("present",)) for slot in range(slots)]
    layers = [floats(f"/layer/{word(tap)}", LAYER_NAMES) for tap in taps]
    counts = [floats("/count", classes[start : start + 10]) for start in range(0, len(classes), 10)]
    start = next(numbers)
    for index, slot in enumerate(taken):
        columns = zip(OBJECT_NAMES, row(start, index)[2:], strict=True)
        present[slot] += [(f"/object/{slot}/{name}", "f", [column]) for name, column in columns]
    return Shape(limit, start, header, *present, *layers, *counts)


class Split(Profile):
    """One float per address, for channels, sliders and beginners; names are only in addresses, never strings.

    A slot that empties has present 0 from then on; its other addresses keep their last value.
    """

    used = 0

    def frame(self, scene: Scene, pulse: Pulse) -> tuple[Shape, list[float], np.ndarray]:
        """Header: /frame/number (modulo 2**24, exact in a float), /frame/time, /frame/count, /stale."""
        taken = tuple(track.slot for track in scene.tracks)
        self.used = max(self.used, *(slot + 1 for slot in taken), 0)
        seen = Counter(track.label for track in scene.tracks)
        counts = dict.fromkeys(map(word, self.classes), 0)
        for label, name in enumerate(self.classes):
            counts[word(name)] += seen[label]
        numbers = [scene.index % 2**24, scene.time % WRAP, len(taken), scene.stale or pulse.stale]
        numbers += [slot in taken for slot in range(self.used)]
        numbers += chain.from_iterable(map(self.feelings, scene.layers.values()))
        numbers += counts.values()
        shape = split(self.limit, tuple(scene.layers), tuple(counts), self.used, taken)
        return shape, numbers, self.table(scene.tracks)


PROFILES = {"neocog": Neocog, "split": Split}
