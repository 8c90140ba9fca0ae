"""The profile neocog: messages as a programmer wants them."""

from functools import lru_cache
from itertools import count

from engine.osc.encoding import BUNDLE
from engine.osc.frame_template import FrameTemplate, Message, Piece, piece
from engine.osc.profiles.profile import (
    GUESSES,
    ID,
    OBJECT,
    TEMPLATES,
    UNSEEN,
    WRAP,
    Events,
    Frame,
    Profile,
    assign_numbers,
    events_of,
    of_row,
    word,
)
from engine.values import COLUMNS, EngineStatus, Scene

UNITS = 8
TOGETHER = 16  # objects in one message of for how long each was not found
FRAME = (("/frame", "ifi"), ("/stale", "i"))
ENGINE = (("/engine", "ffi"), *((f"/guess/{k}", "if") for k in range(GUESSES)))


@lru_cache
def said(event: str, prefix: str) -> Piece:
    return piece((f"/object/{event}", OBJECT, range(len(OBJECT))), prefix=prefix)


@lru_cache
def fixed(prefix: str, taps: tuple[str, ...], classes: tuple[str, ...], apart: bool = False
          ) -> tuple[list[Message], list[Piece], int]:
    """What does not change with the objects: the header's first messages, the body's end, how many numbers that is.

    The messages of a layer travel together, or apart where there is no room for all of them.
    """
    numbers = count()
    header = assign_numbers(FRAME, numbers)
    engine, *guesses = assign_numbers(ENGINE, numbers)
    counts = assign_numbers([(f"/count/{name}", "i") for name in classes], numbers)
    layers = [
        assign_numbers(((f"/layer/{word(tap)}", "fffffff"), (f"/layer/{word(tap)}/ranged", "fffffff"),
                        (f"/unit/{word(tap)}", "if" * UNITS)), numbers) for tap in taps
    ]
    if apart:
        layers = [[told] for layer in layers for told in layer]
    pieces = [[told] for told in counts] + layers + [[*guesses, engine]]
    return header, [piece(*told, prefix=prefix) for told in pieces], next(numbers)


@lru_cache(TEMPLATES)
def neocog(
    limit: int, prefix: str, taps: tuple[str, ...], classes: tuple[str, ...], objects: int, events: Events
) -> FrameTemplate:
    """The frame of the profile neocog: events name rows of the table, whose first so many are alive."""
    header, rest, start = fixed(prefix, taps, classes)
    alive = "/alive", "i" * objects, [start + len(COLUMNS) * index + ID for index in range(objects)]
    told = [of_row(said(event, prefix), start, index) for event, index in events_of(events, objects)]
    for first in range(0, objects, TOGETHER):
        rows = range(first, min(first + TOGETHER, objects))
        pairs = [start + len(COLUMNS) * index + column for index in rows for column in (ID, UNSEEN)]
        told.append(piece(("/object/unseen", "if" * len(rows), pairs), prefix=prefix))
    head = piece(*header, alive, prefix=prefix)
    if max(len(each.data) for each in rest) > limit - len(BUNDLE) - len(head.data):  # many objects, small datagrams
        rest = fixed(prefix, taps, classes, apart=True)[1]
    return FrameTemplate(limit, start, head, *told, *rest)


class Neocog(Profile):
    """Messages as a programmer wants them: frame header, objects alive, events, how long each was not found, counts,
    layers, guesses and names.

    A class is counted from the first time on that one of it was seen: most of a detector's never are.
    """

    def prepare(self) -> None:
        self.counted: dict[str, None] = {}

    def frames(self, scene: Scene, status: EngineStatus) -> list[Frame]:
        """Header: /frame number time count, /stale, /alive id..; the time is the capture time modulo WRAP."""
        table, events = self.events(scene)
        numbers = [
            scene.index & 0x7FFFFFFF, scene.time % WRAP, len(scene.tracks), scene.stale or status.stale,
            status.fps, status.latency * 1000.0, status.dropped,
        ]  # fmt: skip
        for guess in scene.classes[:GUESSES]:
            numbers += guess.label, guess.score
        numbers += (0,) * (2 * (GUESSES - len(scene.classes)))
        counts = self.counts(scene.tracks)
        self.counted |= dict.fromkeys(name for name, many in counts.items() if many)
        numbers += map(counts.__getitem__, self.counted)
        for layer in scene.layers.values():
            numbers += self.layer_numbers(layer)
            numbers += self.layer_numbers(layer.ranged)
            for unit in layer.units[:UNITS]:
                numbers += unit
            numbers += (0,) * (2 * (UNITS - len(layer.units)))
        shape = neocog(self.limit, self.prefix, tuple(scene.layers), tuple(self.counted), len(scene.tracks), events)
        return [(shape, numbers, table)]

    def names(self, scene: Scene) -> list[bytes]:
        """The names not told yet: every detector class, and of the many picture labels those now likely."""
        names = []
        if not self.told_classes:
            self.told_classes = True
            names = [self.message(f"/class/{index}", name) for index, name in enumerate(self.classes)]
        for guess in scene.classes[:GUESSES]:
            if guess.likely and guess.label not in self.told:
                self.told.add(guess.label)
                names.append(self.message(f"/label/{guess.label}", guess.name))
        return names
