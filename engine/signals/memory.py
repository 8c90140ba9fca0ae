"""Memory between frames, so that a patch needs no global, no clock and no bookkeeping of ids.

The loop says what the present scene is (begin); all that remembers asks it for the time. Time here never runs back: a
clock that jumps back stands still for a frame.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from engine.values import Scene, Track

MOST = 1024  # things that one signal remembers apart; the ones not asked for the longest are dropped


class Present:
    """The scene that is played at the moment: seconds since the first one, and which tracks there are."""

    def __init__(self) -> None:
        self.time, self.clock, self.alive = 0.0, None, frozenset()

    def begin(self, scene: Scene) -> None:
        """Go on to a scene; the same one again changes nothing."""
        if self.clock is not None:
            self.time += max(scene.time - self.clock, 0.0)
        self.clock = scene.time
        self.alive = frozenset(track.id for track in scene.tracks + scene.gone)


present = Present()
begin = present.begin


@dataclass
class Memory:
    """What all that remembers has in common. Two are equal whose declarations are: then one may go on for the other.

    A memory is kept apart for each `of`: a track, whose memory ends with it, or anything that can be a dict's key.
    """

    entries: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def entry(self, of: Hashable, first: Callable[[], Any]) -> Any:
        """What is remembered of this one, made by first() where there is nothing yet."""
        key = (Track, of.id) if isinstance(of, Track) else of
        found = self.entries.pop(key, None)
        if found is None:
            found = first()
            for other in [other for other in self.entries if _gone(other)]:
                del self.entries[other]
            while len(self.entries) >= MOST:
                del self.entries[next(iter(self.entries))]
        self.entries[key] = found  # last in the row: asked for just now
        return found

    def resume(self, before: "Memory") -> None:
        """Go on with what another of the same declaration remembers."""
        self.entries = before.entries


def _gone(key: Hashable) -> bool:
    return isinstance(key, tuple) and len(key) == 2 and key[0] is Track and key[1] not in present.alive


@dataclass
class Timed:
    """A number and when it was last touched."""

    value: float
    time: float

    def elapsed(self) -> float:
        """Seconds since the last touch; touches it."""
        seconds, self.time = present.time - self.time, present.time
        return seconds
