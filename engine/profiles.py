"""How a scene is said in OSC: one profile per kind of receiver, each a callable from a scene to datagrams.

Every frame tells the whole state, so that late joiners and lost packets heal. Addresses are built from slots, never
from ids, and only slots below SLOTS are sent: a receiver's list of addresses stays finite.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from operator import attrgetter

from engine.osc import LIMIT, Shape, datagrams, message
from engine.values import Layer, Osc, Pulse, Scene, Track

SLOTS = 128  # with 128 ids in /alive a datagram of 1000 bytes still has room for three objects
UNITS = 8
GUESSES = 5
WRAP = 1000.0  # seconds: a float32 below it is at worst 0.03 ms off; after a month it would be 0.13 s off
OBJECT_TYPES = "iiiffffffff"
ENTER, UPDATE, LEAVE = (Shape((f"/object/{event}", OBJECT_TYPES)) for event in ("enter", "update", "leave"))
TAIL = Shape(*((f"/guess/{k}", "if") for k in range(GUESSES)), ("/engine", "ffi"))
LAYER_NAMES = ("mean", "peak", "sparsity", "entropy", "cx", "cy", "change")
LAYER = attrgetter(*LAYER_NAMES)
OBJECT_NAMES = ("present", "x", "y", "w", "h", "vx", "vy", "age", "score", "class")


@lru_cache(1024)
def word(name: str) -> str:
    """A name as part of an address: "potted plant" becomes potted_plant, at most 40 characters."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name)[:40] or "_"


@lru_cache(1024)
def floats(prefix: str, names: tuple[str, ...]) -> Shape:
    """One float each at the addresses prefix/name."""
    return Shape(*((f"{prefix}/{name}", "f") for name in names))


@lru_cache(SLOTS + 1)
def opening(count: int) -> Shape:
    """/frame, /stale and /alive with so many ids."""
    return Shape(("/frame", "ifi"), ("/stale", "i"), ("/alive", "i" * count))


@lru_cache(256)
def layer_shape(tap: str) -> Shape:
    """/layer/<tap> and /unit/<tap>."""
    return Shape((f"/layer/{tap}", "fffffff"), (f"/unit/{tap}", "if" * UNITS))


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

    def lose(self, count: int, why: str) -> None:
        """Count messages left out and say why."""
        self.lost += count
        self.notice = f"osc: {self.lost} messages not sent, the last because {why}"

    def __call__(self, scene: Scene, pulse: Pulse, cues: Iterable[Osc] = ()) -> list[bytes]:
        """A frame and its cues as datagrams, for receivers of this profile."""
        header, body = self.frame(scene, pulse)
        body += [message(cue.address, *cue.arguments) for cue in cues]
        parts, lost = datagrams(header, body, self.limit, self.bundle)
        if lost:
            self.lose(lost, f"a message has more than {self.limit} bytes: shorten it")
        return parts

    def frame(self, scene: Scene, pulse: Pulse) -> tuple[bytes, list[bytes]]:
        """The piece that every datagram repeats, and those that are said once."""
        raise NotImplementedError

    def rows(self, tracks: tuple[Track, ...]) -> list[tuple]:
        """id slot class score x y w h vx vy age of each track, mirrored as the target wants it."""
        rows = [
            (t.id, t.slot, t.label, t.score, t.x, t.y, t.w, t.h, t.vx, t.vy, t.age) for t in tracks if t.slot < SLOTS
        ]
        if len(rows) < len(tracks):
            self.lose(len(tracks) - len(rows), f"only {SLOTS} objects at once go out: raise the detector's threshold")
        if self.flip_x or self.flip_y:
            rows = [(*row[:4], *self.mirror(*row[4:6]), *row[6:8], *self.turn(*row[8:10]), row[10]) for row in rows]
        return rows

    def mirror(self, x: float, y: float) -> tuple[float, float]:
        """A position in the target's coordinates."""
        return 1.0 - x if self.flip_x else x, 1.0 - y if self.flip_y else y

    def turn(self, vx: float, vy: float) -> tuple[float, float]:
        """A velocity in the target's coordinates."""
        return -vx if self.flip_x else vx, -vy if self.flip_y else vy

    def layers(self, scene: Scene) -> Iterable[tuple[str, tuple[float, ...], Layer]]:
        """Every layer: its word, its seven statistics mirrored, itself."""
        for tap, layer in scene.layers.items():
            row = LAYER(layer)
            yield word(tap), row[:4] + self.mirror(*row[4:6]) + row[6:], layer


class Neocog(Profile):
    """Messages as a programmer wants them: a frame header, the objects alive, events, layers, guesses and names."""

    def frame(self, scene: Scene, pulse: Pulse) -> tuple[bytes, list[bytes]]:
        """Header: /frame number time count, /stale, /alive id..; the time is the capture time modulo WRAP."""
        rows = self.rows(scene.tracks)
        ids = [row[0] for row in rows]
        stale = scene.stale or pulse.stale
        header = opening(len(ids))(scene.index & 0x7FFFFFFF, scene.time % WRAP, len(ids), stale, *ids)
        if scene.born or scene.gone:
            body = self.events(scene, rows)
        else:
            body = UPDATE.each(rows)
        for tap, row, layer in self.layers(scene):
            units = [value for pair in layer.units[:UNITS] for value in pair]
            body.append(layer_shape(tap)(*row, *units, *(0,) * (2 * UNITS - len(units))))
        guesses = [value for guess in scene.classes[:GUESSES] for value in (guess.label, guess.score)]
        guesses += (0,) * (2 * GUESSES - len(guesses))
        body.append(TAIL(*guesses, pulse.fps, pulse.latency * 1000.0, pulse.dropped))
        return header, body + self.names(scene)

    def events(self, scene: Scene, rows: list[tuple]) -> list[bytes]:
        """Leave, enter and update, so ordered that a slot is left before it is entered anew.

        After skipped frames an object may be both born and gone: it enters and leaves at once.
        """
        alive = {row[0]: row for row in rows}
        born = {row[0]: row for row in self.rows(scene.born)}
        gone = {row[0]: row for row in self.rows(scene.gone)}
        body = LEAVE.each([row for id, row in gone.items() if id not in born])
        for id, row in born.items():
            body.append(ENTER(*alive.get(id, row)))
            if id in gone:
                body.append(LEAVE(*gone[id]))
        return body + UPDATE.each([row for row in rows if row[0] not in born])

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


class Split(Profile):
    """One float per address, for channels, sliders and beginners; names are only in addresses, never strings.

    A slot that empties has present 0 from then on; its other addresses keep their last value.
    """

    used = 0

    def frame(self, scene: Scene, pulse: Pulse) -> tuple[bytes, list[bytes]]:
        """Header: /frame/number (modulo 2**24, exact in a float), /frame/time, /frame/count, /stale."""
        rows = self.rows(scene.tracks)
        header = floats("/frame", ("number", "time", "count"))(scene.index % 2**24, scene.time % WRAP, len(rows))
        header += floats("", ("stale",))(scene.stale or pulse.stale)
        taken = {row[1]: row for row in rows}
        counts = dict.fromkeys(map(word, self.classes), 0)
        self.used = max(self.used, *(slot + 1 for slot in taken), 0)
        body = []
        for slot in range(self.used):
            if slot in taken:
                _, _, label, score, *rest = taken[slot]
                body.append(floats(f"/object/{slot}", OBJECT_NAMES)(1.0, *rest, score, label))
                if 0 <= label < len(self.classes):
                    counts[word(self.classes[label])] += 1
            else:
                body.append(floats(f"/object/{slot}", ("present",))(0.0))
        body += [floats("/layer/" + tap, LAYER_NAMES)(*row) for tap, row, _ in self.layers(scene)]
        names = tuple(counts)
        for group in (names[start : start + 10] for start in range(0, len(names), 10)):
            body.append(floats("/count", group)(*[counts[name] for name in group]))
        return header, body


PROFILES = {"neocog": Neocog, "split": Split}
