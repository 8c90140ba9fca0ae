"""Which units are shown where: the strongest come in and go out softly, one after the other."""

import numpy as np

LINGER = 6.0  # seconds over which a unit's activity is averaged before it is ranked
RERANK = 4.0  # seconds between two rankings
FADE = 0.6  # seconds for a unit to go out, and for the next to come in
KEEP = 1.3  # one that is shown gives way to one that is this many times as active


class Seats:
    """Callable: (activity of each unit (C,), count, time) -> units and their strengths 0..1, both (count,).

    Time is the pictures' own. A unit keeps its seat for as long as it is among the strongest.
    """

    def __init__(self):
        self.time = self.ranked = None
        self.mean = np.zeros(0)

    def __call__(self, activity: np.ndarray, count: int, time: float) -> tuple[np.ndarray, np.ndarray]:
        count = min(count, len(activity))
        if self.time is None or len(self.mean) != len(activity) or len(self.units) != count:
            self.mean, self.ranked = activity.astype(float), time
            self.units = np.argsort(-activity, kind="stable")[:count]
            self.wanted, self.strength = self.units.copy(), np.ones(count)
        passed, self.time = min(max(0.0, time - (time if self.time is None else self.time)), 1.0), time
        self.mean += (activity - self.mean) * (1 - np.exp(-passed / LINGER))
        if time - self.ranked >= RERANK or time < self.ranked:
            self.ranked = time
            self.rank(count)
        leaving = self.units != self.wanted
        self.strength = (self.strength + np.where(leaving, -1, 1) * passed / FADE).clip(0, 1)
        change = leaving & (self.strength <= 0)
        self.units[change] = self.wanted[change]
        return self.units.copy(), self.strength

    def rank(self, count: int) -> None:
        """Let the strongest of those without a seat have those of the weakest, if they are clearly stronger."""
        outside = [unit for unit in np.argsort(-self.mean, kind="stable") if unit not in set(self.wanted)]
        for seat, unit in zip(np.argsort(self.mean[self.wanted], kind="stable"), outside, strict=False):
            if self.mean[unit] <= KEEP * self.mean[self.wanted[seat]]:
                break
            self.wanted[seat] = unit
