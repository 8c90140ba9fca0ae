"""The profile neocog: messages as a programmer wants them."""

from functools import lru_cache
from itertools import count

import numpy as np

from engine.osc.encoding import message
from engine.osc.frame_template import FrameTemplate
from engine.osc.profiles.profile import GUESSES, OBJECT, TEMPLATES, WRAP, Profile, assign_numbers, row, word
from engine.values import EngineStatus, Scene

UNITS = 8


@lru_cache(TEMPLATES)
def neocog(limit: int, taps: tuple[str, ...], objects: int, events: tuple[tuple[str, int], ...]) -> FrameTemplate:
    """The frame of the profile neocog: events name rows of the table; without any, every row is an update."""
    numbers = count()
    header = assign_numbers((("/frame", "ifi"), ("/stale", "i")), numbers)
    engine = assign_numbers((("/engine", "ffi"),), numbers)
    guesses = assign_numbers(((f"/guess/{k}", "if") for k in range(GUESSES)), numbers)
    layers = [
        assign_numbers(((f"/layer/{word(tap)}", "fffffff"), (f"/unit/{word(tap)}", "if" * UNITS)), numbers) for tap in taps
    ]
    start = next(numbers)
    header.append(("/alive", "i" * objects, [row(start, index)[0] for index in range(objects)]))
    said = [
        [(f"/object/{event}", OBJECT, row(start, index))]
        for event, index in events or [("update", index) for index in range(objects)]
    ]
    return FrameTemplate(limit, start, header, *said, *layers, guesses + engine)


class Neocog(Profile):
    """Messages as a programmer wants them: a frame header, the objects alive, events, layers, guesses and names."""

    def frame(self, scene: Scene, status: EngineStatus) -> tuple[FrameTemplate, list[float], np.ndarray]:
        """Header: /frame number time count, /stale, /alive id..; the time is the capture time modulo WRAP."""
        table, events, objects = self.table(scene.tracks), (), len(scene.tracks)
        if scene.born or scene.gone:
            table, events = self.events(table, self.table(scene.born), self.table(scene.gone))
        numbers = [
            scene.index & 0x7FFFFFFF, scene.time % WRAP, objects, scene.stale or status.stale,
            status.fps, status.latency * 1000.0, status.dropped,
        ]  # fmt: skip
        for guess in scene.classes[:GUESSES]:
            numbers += guess.label, guess.score
        numbers += (0,) * (2 * (GUESSES - len(scene.classes)))
        for layer in scene.layers.values():
            numbers += self.layer_numbers(layer)
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
        for id, place in new.items():
            events.append(("enter", living.get(id, place)))
            if id in past:
                events.append(("leave", past[id]))
        events += [("update", row) for id, row in living.items() if id not in new]
        return np.concatenate((alive, born, gone)), tuple(events)

    def names(self, scene: Scene) -> list[bytes]:
        """The names not told yet: every detector class, and of the many picture labels those now likely."""
        names = []
        if not self.told_classes:
            self.told_classes = True
            names = [message(f"/class/{index}", name) for index, name in enumerate(self.classes)]
        for guess in scene.classes[:GUESSES]:
            if guess.likely and guess.label not in self.told:
                self.told.add(guess.label)
                names.append(message(f"/label/{guess.label}", guess.name))
        return names
