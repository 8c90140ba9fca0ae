"""Eyes that outlive a network's failures: a graphics card out of memory, a driver that is gone, a wrong size."""

import math
from collections.abc import Mapping
from dataclasses import replace

from torch import Tensor

from engine.errors import UserError
from engine.values import Frame, Percept

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds between tries; each doubles the last, as with sources


class Retrying:
    """Eyes for a running show, Frame -> Percept: while they fail, the last percept comes again, with a stale frame.

    notices says why. The very first failure is raised: a show does not begin blind. Time is the frames'.
    """

    def __init__(self, eyes):
        self.eyes, self.detector = eyes, eyes.detector
        self.last: Percept | None = None
        self.pause, self.due, self.reason, self.now = SHORTEST_PAUSE, -math.inf, "", 0.0

    def __str__(self) -> str:
        return str(self.eyes)

    def __call__(self, frame: Frame) -> Percept:
        self.now = frame.time
        if frame.time >= self.due or self.due - frame.time > LONGEST_PAUSE:  # a clock that began again
            try:
                self.last = self.eyes(frame)
                self.pause, self.due, self.reason = SHORTEST_PAUSE, -math.inf, ""
                return self.last
            except Exception as error:  # whatever a driver comes up with
                if self.last is None:
                    raise
                reason = error if isinstance(error, UserError) else f"a network fails ({type(error).__name__}: {error})"
                if not self.reason:
                    self.last = replace(self.last, maps=at_hand(self.last.maps))
                self.reason = " ".join(str(reason).split())[:200]
                self.due, self.pause = frame.time + self.pause, min(2 * self.pause, LONGEST_PAUSE)
        return replace(self.last, frame=replace(frame, stale=True))

    @property
    def notices(self) -> tuple[str, ...]:
        """A sentence while the networks fail."""
        if not self.reason:
            return ()
        return (f"{self.reason}; trying again in {max(1, math.ceil(self.due - self.now))} s",)


def at_hand(maps: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Maps on the processor, for a graphics card that is full; none if it is gone."""
    try:
        return {tap: each.cpu() for tap, each in maps.items()}
    except RuntimeError:
        return {}
