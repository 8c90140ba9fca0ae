"""The profile split: one float per address, for channels, sliders and beginners."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import chain, count

import numpy as np

from engine.osc.frame_template import FrameTemplate, Piece, piece
from engine.osc.profiles.profile import (
    OF_SLOT,
    TEMPLATES,
    WRAP,
    ZERO,
    Frame,
    Profile,
    assign_numbers,
    of_row,
    word,
)
from engine.values import COLUMNS, STATISTICS, EngineStatus, Scene

HEADER = ("/frame/number", "f"), ("/frame/time", "f"), ("/frame/count", "f"), ("/stale", "f")

PRESENT = len(COLUMNS)  # the column that stands behind a track's own: 1


@lru_cache(2 * TEMPLATES)
def of_slot(prefix: str, slot: int, taken: bool) -> Piece:
    """What is said of a slot: whether somebody is there, and if so the columns of that row."""
    columns = {"present": PRESENT, **OF_SLOT} if taken else {"present": ZERO}
    return piece(*[(f"/object/{slot}/{name}", "f", [column]) for name, column in columns.items()], prefix=prefix)


@lru_cache
def fixed(prefix: str, taps: tuple[str, ...], classes: tuple[str, ...]) -> tuple[Piece, list[Piece], int]:
    """What does not change with the objects: the header, the end of the body, how many numbers that is."""
    numbers = count()

    def floats(root: str, names: Iterable[str]) -> Piece:
        return piece(*assign_numbers(((f"{root}/{name}", "f") for name in names), numbers), prefix=prefix)

    header = piece(*assign_numbers(HEADER, numbers), prefix=prefix)
    layers = [floats(f"/layer/{word(tap)}{kind}", STATISTICS) for tap in taps for kind in ("", "/ranged")]
    counts = [floats("/count", classes[start : start + 10]) for start in range(0, len(classes), 10)]
    return header, layers + counts, next(numbers)


@lru_cache(TEMPLATES)
def split(
    limit: int, prefix: str, taps: tuple[str, ...], classes: tuple[str, ...], slots: int, taken: tuple[int, ...]
) -> FrameTemplate:
    """The frame of the profile split: one float each; taken are the slots of the table's rows."""
    header, rest, start = fixed(prefix, taps, classes)
    said = [of_slot(prefix, slot, False) for slot in range(slots)]
    for index, slot in enumerate(taken):
        said[slot] = of_row(of_slot(prefix, slot, True), start, index, PRESENT + 1)
    return FrameTemplate(limit, start, header, *said, *rest)


class Split(Profile):
    """One float per address, for channels, sliders and beginners; names are only in addresses, never strings.

    A slot that empties has present 0 from then on; its other addresses keep their last value.
    """

    used = 0

    def frames(self, scene: Scene, status: EngineStatus) -> list[Frame]:
        """Header: /frame/number (modulo 2**24, exact in a float), /frame/time, /frame/count, /stale."""
        taken = tuple(track.slot for track in scene.tracks)
        self.used = max(self.used, *(slot + 1 for slot in taken), 0)
        counts = self.counts(scene.tracks)
        numbers = [scene.index % 2**24, scene.time % WRAP, len(taken), scene.stale or status.stale]
        both = chain.from_iterable((layer, layer.ranged) for layer in scene.layers.values())
        numbers += chain.from_iterable(map(self.layer_numbers, both))
        numbers += counts.values()
        shape = split(self.limit, self.prefix, tuple(scene.layers), tuple(counts), self.used, taken)
        return [(shape, numbers, np.column_stack((self.table(scene.tracks), np.ones(len(taken)))))]
