"""What a detector makes of people whose places are known: it misses, wobbles, doubts, sees double and sees ghosts.

What goes wrong stays wrong for a while: all of it is a function of time, not of frames, so that a quicker camera gets
more of the same and not more independent chances.
"""

import math

import numpy as np

from engine.capture.simulator import Truth
from models.nms import distinct

SLOW = 0.25  # seconds in which an error of place or of score becomes another
PLACE, SIZE = 0.02, 0.03  # of a box's own size: standard deviations of its centre and of its size
SURE, COVERED, DOUBT = 0.85, 0.6, 0.1  # score in full view, what is lost of it when wholly covered, standard deviation
LEAST = 0.1  # of a score that is handed on
MISSED = 0.03  # share of frames in which somebody is overlooked for no reason
GHOSTS, LASTING = 0.4, 0.2  # boxes of nobody that begin in a second, and how long each lasts
DOUBLES = 0.1  # second boxes, of half a person, that begin in a second for each


class NoisyDetector:
    """Called with the truth and the time: (N, 6) rows x y w h score class, best first, as the eyes give them."""

    def __init__(self, seed: int, found: float = 1.0):
        self.chance = np.random.default_rng(seed)
        self.missed = 1 - (1 - MISSED) * found
        self.errors: dict[int, np.ndarray] = {}  # by id: the slow errors of x, y, w, h and score
        self.false: list[tuple[float, int, np.ndarray]] = []  # until when, beside whom (0 nobody), where
        self.time = -math.inf

    def __call__(self, truth: Truth, t: float) -> np.ndarray:
        chance, seconds = self.chance, min(t - self.time, 1.0)
        self.time = t
        keep = math.exp(-seconds / SLOW)
        rows = []
        for id, box, seen in zip(truth.id.tolist(), truth.boxes, truth.seen, strict=True):
            fresh = chance.standard_normal(5)
            slow = keep * self.errors[id] + math.sqrt(1 - keep * keep) * fresh if id in self.errors else fresh
            self.errors[id] = slow
            error = (slow + chance.standard_normal(5)) / math.sqrt(2)
            score = SURE - COVERED * (1 - seen) + DOUBT * error[4]
            if chance.random() >= self.missed:
                rows.append((*self.wobbled(box, error), score, 0))
        rows += self.seen_wrongly(truth, seconds)
        found = np.array(rows, np.float32).reshape(-1, 6)
        found = found[found[:, 4] >= LEAST]
        found[:, 4] = found[:, 4].clip(0, 1)
        return distinct(found[np.argsort(-found[:, 4], kind="stable")])

    def wobbled(self, box: np.ndarray, error: np.ndarray) -> np.ndarray:
        sides = np.tile(box[2:], 2)
        return box + sides * error[:4] * (PLACE, PLACE, SIZE, SIZE)

    def seen_wrongly(self, truth: Truth, seconds: float) -> list[tuple[float, ...]]:
        """Boxes of nobody, that stay where they are, and boxes of half a person, that go along."""
        chance = self.chance
        for beside in [0] * chance.poisson(GHOSTS * seconds) + [
                id for id in truth.id.tolist() if chance.random() < DOUBLES * seconds]:
            height = chance.uniform(0.2, 0.6)
            box = np.array((chance.random(), chance.uniform(0.3, 0.7), 0.3 * height, height))
            self.false.append((self.time + chance.exponential(LASTING), beside, box))
        self.false = [false for false in self.false if false[0] > self.time]
        where = dict(zip(truth.id.tolist(), truth.boxes, strict=True))
        rows = []
        for _, beside, box in self.false:
            if beside in where:
                x, y, w, h = where[beside]
                box = (x, y - h / 4, w, h / 2)
            rows.append((*self.wobbled(np.array(box), chance.standard_normal(4)), chance.uniform(0.2, 0.7), 0))
        return rows
