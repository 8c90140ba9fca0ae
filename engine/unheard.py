"""Cues that nobody can hear: counted, and told once."""

from collections import Counter
from collections.abc import Iterable, Mapping

from engine.cues import Cue

SHOWN = 10.0  # seconds the notice stays


class Unheard:
    """Counts the cues of these kinds (type: what to call them) where there is nothing to play them, for a reason."""

    def __init__(self, reason: str, kinds: Mapping[type, str]):
        self.reason, self.kinds = reason, kinds
        self.counts, self.began, self.notice = Counter(), None, ""

    def count(self, cues: Iterable[Cue], now: float) -> None:
        """Count a frame's cues; the notice stands for ten seconds after the first of them and never again."""
        self.counts.update(self.kinds[type(cue)] for cue in cues if type(cue) in self.kinds)
        if self.counts and self.began is None:
            self.began = now
        told = self.began is not None and now <= self.began + SHOWN
        self.notice = told and f"{self.sentence()} had nowhere to go: {self.reason}" or ""

    def sentence(self) -> str:
        return " and ".join(f"{count} {word if count > 1 else word[:-1]}" for word, count in self.counts.items())
