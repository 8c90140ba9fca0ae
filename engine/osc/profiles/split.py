"""The profile split: one float per address, for channels, sliders and beginners."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import chain, count

from engine.osc.frame_template import FrameTemplate, Message
from engine.osc.profiles.profile import (
    LABEL,
    OBJECT_NAMES,
    TEMPLATES,
    WRAP,
    Frame,
    Profile,
    assign_numbers,
    row,
    word,
)
from engine.values import STATISTICS, EngineStatus, Scene


@lru_cache(TEMPLATES)
def split(
    limit: int, prefix: str, taps: tuple[str, ...], classes: tuple[str, ...], slots: int, taken: tuple[int, ...]
) -> FrameTemplate:
    """The frame of the profile split: one float each; taken are the slots of the table's rows."""
    numbers = count()

    def floats(prefix: str, names: Iterable[str]) -> list[Message]:
        return assign_numbers(((f"{prefix}/{name}", "f") for name in names), numbers)

    header = floats("/frame", ("number", "time", "count")) + floats("", ("stale",))
    present = [floats(f"/object/{slot}", ("present",)) for slot in range(slots)]
    layers = [floats(f"/layer/{word(tap)}{kind}", STATISTICS) for tap in taps for kind in ("", "/ranged")]
    counts = [floats("/count", classes[start : start + 10]) for start in range(0, len(classes), 10)]
    start = next(numbers)
    for index, slot in enumerate(taken):
        columns = zip(OBJECT_NAMES, row(start, index)[LABEL:])
        present[slot] += [(f"/object/{slot}/{name}", "f", [column]) for name, column in columns]
    return FrameTemplate(limit, start, header, *present, *layers, *counts, prefix=prefix)


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
        numbers += [slot in taken for slot in range(self.used)]
        both = chain.from_iterable((layer, layer.ranged) for layer in scene.layers.values())
        numbers += chain.from_iterable(map(self.layer_numbers, both))
        numbers += counts.values()
        shape = split(self.limit, self.prefix, tuple(scene.layers), tuple(counts), self.used, taken)
        return [(shape, numbers, self.table(scene.tracks))]
