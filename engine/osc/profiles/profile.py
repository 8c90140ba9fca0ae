"""How a scene is said in OSC: one profile per kind of receiver, each a callable from a scene to datagrams.

Every frame tells the whole state, so that late joiners and lost packets heal. Addresses are built from slots, never
from ids, and the tracker has few slots: a receiver's list of addresses stays finite.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np

from engine.osc.encoding import LIMIT, datagrams, message
from engine.osc.frame_template import FrameTemplate, Message
from engine.values import COLUMNS, EngineStatus, Layer, Osc, Scene, Tracks

GUESSES = 5
WRAP = 1000.0  # seconds: a float32 below it is at worst 0.03 ms off; after a month it would be 0.13 s off
TEMPLATES = 256  # frames of different shapes whose compiled form is kept
LAYER_NAMES = ("mean", "peak", "sparsity", "entropy", "cx", "cy", "change")
OBJECT = "".join({int: "i", float: "f"}[COLUMNS[name]] for name in list(COLUMNS)[:11])  # id to age: types of /object/...
OBJECT_NAMES = ("class", *list(COLUMNS)[3:11])  # those that have an address each
X, Y, VX, VY = (list(COLUMNS).index(name) for name in ("x", "y", "vx", "vy"))


@lru_cache(1024)
def word(name: str) -> str:
    """A name as part of an address: "potted plant" becomes potted_plant, at most 40 characters."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name)[:40] or "_"


def row(start: int, index: int) -> range:
    """Which numbers of a row of the table are told, where the table begins after so many others."""
    first = start + len(COLUMNS) * index
    return range(first, first + len(OBJECT))


def assign_numbers(messages: Iterable[tuple[str, str]], numbers: Iterator[int]) -> list[Message]:
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

    def __call__(self, scene: Scene, status: EngineStatus, cues: Iterable[Osc] = ()) -> list[bytes]:
        """A frame and its cues as datagrams, for receivers of this profile."""
        shape, numbers, table = self.frame(scene, status)
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

    def frame(self, scene: Scene, status: EngineStatus) -> tuple[FrameTemplate, list[float], np.ndarray]:
        """A frame's shape and the numbers it is to be filled full of: in a row, and as a table of tracks."""
        raise NotImplementedError

    def names(self, scene: Scene) -> list[bytes]:
        """The names that receivers have not been told yet."""
        return []

    def table(self, tracks: Tracks) -> np.ndarray:
        """The table of the tracks, mirrored as the target wants it."""
        table = tracks.numbers
        if self.flip_x or self.flip_y:
            table = table.copy()
            for flip, place, speed in ((self.flip_x, X, VX), (self.flip_y, Y, VY)):
                if flip:
                    table[:, place] = 1.0 - table[:, place]
                    table[:, speed] *= -1.0
        return table

    def layer_numbers(self, layer: Layer) -> list[float]:
        """The seven statistics of a layer, mirrored as the target wants it."""
        cx, cy = 1.0 - layer.cx if self.flip_x else layer.cx, 1.0 - layer.cy if self.flip_y else layer.cy
        return [layer.mean, layer.peak, layer.sparsity, layer.entropy, cx, cy, layer.change]
