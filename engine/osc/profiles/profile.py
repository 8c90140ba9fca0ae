"""How a scene is said in OSC: one profile per kind of receiver, each a callable from a scene to datagrams.

Every frame tells the whole state, so that late joiners and lost packets heal. Addresses are built from slots, never
from ids, and the tracker has few slots: a receiver's list of addresses stays finite.
"""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import count

import numpy as np

from engine.cues import Osc
from engine.osc.encoding import LIMIT, datagrams, message
from engine.osc.frame_template import FrameTemplate, Message, Piece
from engine.values import COLUMNS, EngineStatus, Layer, Ranged, Scene, Tracks

GUESSES = 5
WRAP = 1000.0  # seconds: a float32 below it is at worst 0.03 ms off; after a month it would be 0.13 s off
TEMPLATES = 256  # frames of different shapes whose compiled form is kept
OBJECT_COLUMNS = ("id", "slot", "label", "score", "x", "y", "w", "h", "vx", "vy", "age")  # what is said of an object
OBJECT = "".join({int: "i", float: "f"}[COLUMNS[name]] for name in OBJECT_COLUMNS)
ID, SLOT, LABEL, SCORE, X, Y, W, H, VX, VY, AGE, UNSEEN = map(list(COLUMNS).index, (*OBJECT_COLUMNS, "unseen"))
OF_SLOT = {"class": LABEL, **{name: list(COLUMNS).index(name) for name in (*OBJECT_COLUMNS[3:], "unseen")}}  # addresses
ZERO = None  # in place of a column: what a receiver has a field for, and nobody measures

Events = tuple[tuple[str, int], ...]  # enter, update or leave, and which row of the table; none: all are updates
Frame = tuple[FrameTemplate, Sequence[float], np.ndarray]  # a shape, and the numbers for it: in a row, and as a table


@lru_cache(1024)
def word(name: str) -> str:
    """A name as part of an address: "potted plant" becomes potted_plant, at most 40 characters."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name)[:40] or "_"


def of_row(said: Piece, start: int, index: int, columns: int = len(COLUMNS)) -> Piece:
    """A piece that says columns, for a row of the table, which begins after so many other numbers."""
    return Piece(said.data, said.plan, start + columns * index)


def assign_numbers(messages: Iterable[tuple[str, str]], numbers: Iterator[int]) -> list[Message]:
    """Addresses and types as messages that say the next numbers, in order."""
    return [(address, types, [next(numbers) for _ in types]) for address, types in messages]


def events_of(events: Events, objects: int) -> Events:
    """The events in full, of so many objects."""
    return events or tuple(("update", index) for index in range(objects))


def order_of_events(alive: np.ndarray, born: np.ndarray, gone: np.ndarray) -> Events:
    """Which rows of the three tables, one under the other, leave, enter and update: a slot is left before it is
    entered anew.

    After skipped frames an object may be both born and gone: it enters and leaves at once.
    """
    places = count()
    living, new, past = ({id: next(places) for id in rows[:, ID].tolist()} for rows in (alive, born, gone))
    events = [("leave", row) for id, row in past.items() if id not in new]
    for id, place in new.items():
        events.append(("enter", living.get(id, place)))
        if id in past:
            events.append(("leave", past[id]))
    events += [("update", row) for id, row in living.items() if id not in new]
    return tuple(events)


class Profile(ABC):
    """What every profile does: say a frame and the patch's cues in datagrams no larger than limit.

    classes are the detector's class names; flip_x and flip_y mirror positions and velocities; inputs are the numbers
    that Wekinator learns from, maps pairs of a number's name and an address of the receiver's own, metres the width and
    height of what the camera sees; prefix stands before every address. lost counts messages left out, notice says why
    until forget().
    """

    def __init__(
        self, classes: Iterable[str] = (), flip_x: bool = False, flip_y: bool = False,
        bundle: bool = True, limit: int = LIMIT, inputs: Sequence[str] = (),
        maps: Sequence[tuple[str, str]] = (), metres: tuple[float, float] = (1.0, 1.0), prefix: str = "",
    ) -> None:  # fmt: skip
        self.classes = tuple(classes)
        self.words = tuple(map(word, self.classes))
        self.flip_x, self.flip_y, self.bundle, self.limit = flip_x, flip_y, bundle, limit
        self.inputs, self.maps, self.metres, self.prefix = inputs, maps, metres, prefix
        self.lost = 0
        self.prepare()
        self.forget()

    def prepare(self) -> None:
        """Make ready what this profile wants before its first frame; UserError for options that cannot be."""

    def forget(self) -> None:
        """Forget which names were told, so that the next frame tells them again; the notice goes too."""
        self.told: set[int] = set()
        self.told_classes = False
        self.notice = ""

    def __call__(self, scene: Scene, status: EngineStatus, cues: Iterable[Osc] = ()) -> list[bytes]:
        """A frame and its cues as datagrams, for receivers of this profile."""
        with np.errstate(over="ignore", invalid="ignore"):  # a recorded scene may hold any numbers
            frames = self.frames(scene, status)
        more = self.names(scene)
        if status.sounds is not None:
            more.append(self.message("/voice/state", status.underruns, *status.sounds))
        for cue in cues:
            more.append(self.message(cue.address, *cue.arguments))
        sent = []
        for shape, _, _ in frames:
            self.lose(shape.lost)
        if self.bundle and not more:
            for shape, numbers, table in frames:
                sent += shape(numbers, table)
            return sent
        said = [shape.pieces(shape(numbers, table)) for shape, numbers, table in frames] or [(b"", [], b"")]
        said[-1][1].extend(more)
        for header, body, trailer in said:
            parts, lost = datagrams(header, body, self.limit, self.bundle, trailer)
            sent += parts
            self.lose(lost)
        return sent

    def message(self, address: str, *arguments: int | float | str) -> bytes:
        """One message for receivers of this target."""
        return message(self.prefix + address, *arguments)

    def lose(self, count: int) -> None:
        """Count messages that fit into no datagram, and say so."""
        if count:
            self.lost += count
            self.notice = (
                f"osc: {self.lost} messages not sent, the last because it has more than {self.limit} bytes: shorten it"
            )

    @abstractmethod
    def frames(self, scene: Scene, status: EngineStatus) -> list[Frame]:
        """The frame's shapes, with the numbers that they are to be filled with."""

    def names(self, scene: Scene) -> list[bytes]:
        """The names that receivers have not been told yet."""
        return []

    def table(self, tracks: Tracks) -> np.ndarray:
        """The numbers of the tracks, mirrored as the target wants it."""
        table = tracks.numbers
        if self.flip_x or self.flip_y:
            table = table.copy()
            for flip, place, speed in ((self.flip_x, X, VX), (self.flip_y, Y, VY)):
                if flip:
                    table[:, place] = 1.0 - table[:, place]
                    table[:, speed] *= -1.0
        return table

    def events(self, scene: Scene) -> tuple[np.ndarray, Events]:
        """A table of all who are alive, born or gone, and which of its rows leave, enter and update, in this order."""
        if not scene.born and not scene.gone:
            return self.table(scene.tracks), ()
        tables = [self.table(tracks) for tracks in (scene.tracks, scene.born, scene.gone)]
        return np.concatenate(tables), order_of_events(*tables)

    def counts(self, tracks: Tracks) -> dict[str, int]:
        """How many there are of each class of the detector, by its word; classes of one word count as one."""
        counts = dict.fromkeys(self.words, 0)
        for label, many in Counter(track.label for track in tracks).items():
            if label < len(self.words):
                counts[self.words[label]] += many
        return counts

    def layer_numbers(self, layer: Layer | Ranged) -> list[float]:
        """The seven statistics of a layer, mirrored as the target wants it."""
        cx, cy = 1.0 - layer.cx if self.flip_x else layer.cx, 1.0 - layer.cy if self.flip_y else layer.cy
        return [layer.mean, layer.peak, layer.sparsity, layer.entropy, cx, cy, layer.change]
