"""Films of people where it is known who is where: streets that were labelled by hand, a simulated crowd, hard moments.

The streets are TUD-Campus and TUD-Stadtmitte (Andriluka, Roth, Schiele: People-tracking-by-detection and
people-detection-by-tracking, CVPR 2008), 25 frames a second, as the wheel of motmetrics carries them.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import motmetrics
import numpy as np

from engine.capture.simulator import Crowd, Truth, uncovered

STREET_RATE, STREET_SIZE = 25, np.array((640, 480, 640, 480))
MERGED = (2.0, 3.0)  # the seconds in which two that walk beside each other are found as one


class Film(NamedTuple):
    """Who is where at each time, as Truth; what a detector could find of it, where that is not the same."""

    seconds: float
    truth: Callable[[float], Truth]
    blurred: Callable[[float], Truth] | None = None
    found: float = 1.0  # share of frames in which somebody in full view is found


def as_truth(ids: list[int], boxes: np.ndarray) -> Truth:
    """Boxes cut at the picture's edges; the nearer somebody's feet are to the lower edge, the nearer is he."""
    boxes = np.array(boxes, float).reshape(-1, 4)
    depth = 0.5 + (boxes[:, 1] + boxes[:, 3] / 2) / 2  # no pillars stand in these films: nobody is in the back half
    low, high = (boxes[:, :2] - boxes[:, 2:] / 2).clip(0, 1), (boxes[:, :2] + boxes[:, 2:] / 2).clip(0, 1)
    inside = (high - low).min(1) > 0
    boxes, depth = np.hstack(((low + high) / 2, high - low))[inside], depth[inside]
    return Truth(np.array(ids, np.int64)[inside], boxes, uncovered(boxes, depth), depth)


@cache
def labels(street: str) -> np.ndarray:
    """Rows frame, id, left, top, width, height of who is in a street."""
    return np.loadtxt(Path(motmetrics.__file__).parent / "data" / street / "gt.txt", delimiter=",")[:, :6]


def street(name: str) -> Film:
    """A labelled street, at any time: between two frames people walk evenly."""
    rows = labels(name)
    people = {id: rows[rows[:, 1] == id] for id in np.unique(rows[:, 1]).astype(int).tolist()}

    def truth(t: float) -> Truth:
        frame = 1 + t * STREET_RATE
        there = {id: person for id, person in people.items() if person[0, 0] <= frame <= person[-1, 0]}
        corners = [[np.interp(frame, person[:, 0], side) for side in person[:, 2:].T] for person in there.values()]
        boxes = np.array(corners).reshape(-1, 4) / STREET_SIZE
        boxes[:, :2] += boxes[:, 2:] / 2
        return as_truth(list(there), boxes)

    return Film((rows[:, 0].max() - 1) / STREET_RATE, truth)


def crowd(count: int, seed: int) -> Film:
    """A minute of the simulator: people cross, meet, turn back, stand about, and hide behind pillars and each other."""
    return Film(60.0, Crowd(count, seed).truth)


def staged(seconds: float, *ways: Callable[[float], tuple[float, float]], found: float = 1.0) -> Film:
    """People who go where these functions of time say: x of their middle, y of their feet; nearer is larger."""

    def truth(t: float) -> Truth:
        places = [way(t) for way in ways]
        return as_truth(list(range(1, len(ways) + 1)),
                        [(x, foot - 0.35 * foot, 0.17 * foot, 0.7 * foot) for x, foot in places])

    return Film(seconds, truth, found=found)


def slow_walker(seed: int) -> Film:
    """Somebody stands; another walks past slowly, before or behind, and hides him or is hidden for a second or two."""
    chance = np.random.default_rng(seed)
    speed, foot = chance.uniform(0.08, 0.14), chance.uniform(0.7, 0.85)
    nearer = chance.choice((-1, 1)) * chance.uniform(0.01, 0.06)
    return staged(0.7 / speed, lambda t: (0.5, foot), lambda t: (0.15 + speed * t, foot + nearer))


def turn_back(seed: int) -> Film:
    """Two come from both sides, stand before each other, a little covered, for a second or two, and go back."""
    chance = np.random.default_rng(seed)
    foot, nearer = chance.uniform(0.7, 0.85), chance.uniform(0.01, 0.06)
    wait, gap = chance.uniform(0.5, 2), chance.uniform(0.03, 0.05)

    def away(t: float) -> float:
        return gap + 0.33 * (1 - np.cos(np.pi * np.clip((abs(t - 4 - wait / 2) - wait / 2) / 3, 0, 1))) / 2

    return staged(8 + wait, lambda t: (0.5 - away(t), foot), lambda t: (0.5 + away(t), foot + nearer))


def merged(seed: int) -> Film:
    """Two walk side by side; for a second they are found as one box around both."""
    chance = np.random.default_rng(seed)
    foot, nearer = chance.uniform(0.7, 0.85), chance.uniform(-0.03, 0.03)
    speed, apart = chance.uniform(-0.1, 0.1), chance.uniform(0.1, 0.13)
    both = staged(5.0, lambda t: (0.45 + speed * (t - 2.5), foot),
                  lambda t: (0.45 + apart + speed * (t - 2.5), foot + nearer))

    def blurred(t: float) -> Truth:
        truth = both.truth(t)
        if not MERGED[0] <= t < MERGED[1]:
            return truth
        low = (truth.boxes[:, :2] - truth.boxes[:, 2:] / 2).min(0)
        high = (truth.boxes[:, :2] + truth.boxes[:, 2:] / 2).max(0)
        return as_truth([1], [np.hstack(((low + high) / 2, high - low))])

    return both._replace(blurred=blurred)


def at_the_edge(seed: int) -> Film:
    """Somebody stands at the edge of the picture, half outside, and is found in a fifth of the frames."""
    chance = np.random.default_rng(seed)
    foot, x = chance.uniform(0.7, 0.85), chance.choice((0.01, 0.99))
    return staged(20.0, lambda t: (x + 0.01 * np.sin(1.9 * t), foot), found=0.2)


def three_cross(seed: int) -> Film:
    """Three walk through the picture at their own paces, two one way and one the other, and meet near its middle."""
    chance = np.random.default_rng(seed)
    speeds, feet = chance.uniform(0.1, 0.2, 3) * (1, 1, -1), 0.7 + 0.05 * chance.permutation(3)
    meet = chance.uniform(0.45, 0.55, 3)
    return staged(8.0, *(lambda t, x=x, speed=speed, foot=foot: (x + speed * (t - 4), foot)
                         for x, speed, foot in zip(meet, speeds, feet, strict=True)))


def runner(seed: int) -> Film:
    """Somebody runs past two who stand, once there and once back, in front of one and behind the other."""
    chance = np.random.default_rng(seed)
    speed, foot = chance.uniform(0.4, 0.7), chance.uniform(0.72, 0.8)
    half = 1.2 / speed

    def ran(t: float) -> tuple[float, float]:
        return 1.1 - abs(1.2 - speed * t), foot

    return staged(2 * half, ran, lambda t: (0.35, foot - 0.03), lambda t: (0.65, foot + 0.03))
