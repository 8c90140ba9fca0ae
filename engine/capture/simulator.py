"""A crowd without a camera: people who walk, stand, meet and hide, where everything about them is known."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import torch

from engine.errors import UserError
from engine.values import Frame, Guess, Percept
from engine.vision.layer_statistics import Statistics  # layers have to feel as those of a network do

WIDTH, HEIGHT = 640, 480
MOST = 1000
VISIT = 18.0  # seconds from one visitor's coming to the next one's in the same place
CLOSE = 12  # people; the more there are above it, the further off they all are
PILLARS = ((0.3, 0.11), (0.72, 0.11))  # middle and width; those who walk in the back half of the room pass behind them
PILLAR_DEPTH = 0.5
SEEN = 0.25  # share of a person that has to be uncovered to be found
DIRECTIONS = np.array([(np.cos(a), np.sin(a)) for a in np.arange(8) * np.pi / 4], np.float32)
CELLS = (120, 160)  # rows and columns in which it is counted who covers whom
PHASE = 0.618034  # of a visit between one pair's coming and the next one's: no two pairs come at once


@dataclass(frozen=True, slots=True)
class Truth:
    """Who is in the picture at a time: rows by id, nobody who is wholly outside.

    id (N,) int64 rising, never reused; boxes (N, 4) float64 x y w h, centre and size in 0..1, cut at the picture's
    edges; seen (N,) float64, the share of the box that nothing nearer covers; depth (N,) 0 far to 1 near.
    """

    id: np.ndarray
    boxes: np.ndarray
    seen: np.ndarray
    depth: np.ndarray


class Crowd:
    """At most `count` people, most of them in view: everything is a function of time and the same for the same seed.

    They play in pairs, a new play every 18 s, each with people of new ids. `pass`: they cross and cover each other for
    a moment. `meet`: they come from both sides, stand together, and walk on or turn back. `stand`: one stands about
    while the other walks slowly past. `hide`: one waits behind a pillar and comes out again.
    """

    def __init__(self, count: int, seed: int = 1):
        if not 1 <= count <= MOST:
            raise UserError(f"a crowd has 1 to {MOST} people, found {count}")
        self.count, self.seed = count, seed
        self.size = min(1.0, (CLOSE / count) ** 0.5)
        self.horizon = 0.2 + 0.3 * self.size  # where the feet of the furthest are
        self.room = room(self.horizon)

    @classmethod
    def parse(cls, name: str) -> "Crowd":
        """The crowd that "crowd:N" or "crowd:N:SEED" names."""
        word, *numbers = name.split(":")
        if word != "crowd" or not 1 <= len(numbers) <= 2 or not all(number.isdecimal() for number in numbers):
            raise UserError(f"a crowd is crowd:N or crowd:N:SEED (as in crowd:12), found {name!r}")
        return cls(*map(int, numbers))

    def truth(self, t: float) -> Truth:
        """Who is where at t, in seconds from 0 on."""
        people = []
        for place in range(self.count):
            pair = place // 2
            visit, seconds = divmod(t + VISIT * (pair * PHASE % 1), VISIT)
            x, depth = walk(self.seed, pair, int(visit), place % 2, seconds)
            height = self.size * (0.3 + 0.4 * depth)
            width = height * (0.24 + 0.06 * (place * PHASE % 1))
            foot = self.foot(depth)
            people.append((int(visit) * self.count + place + 1, x, foot - height / 2, width, height, depth))
        table = np.array(people)
        low, high = table[:, 1:3] - table[:, 3:5] / 2, table[:, 1:3] + table[:, 3:5] / 2
        low, high = low.clip(0, 1), high.clip(0, 1)
        inside = (high - low).min(1) > 0
        order = np.flatnonzero(inside)[np.argsort(table[inside, 0], kind="stable")]
        boxes, depth = np.hstack(((low + high) / 2, high - low))[order], table[order, 5]
        return Truth(table[order, 0].astype(np.int64), boxes, uncovered(boxes, depth), depth)

    def foot(self, depth: float) -> float:
        """How low in the picture somebody stands."""
        return self.horizon + (0.96 - self.horizon) * depth

    def detections(self, t: float, noise: float = 0.01, missed: float = 0.01) -> np.ndarray:
        """What a good detector finds at t: (N, 6) float32 rows x y w h score class, best first.

        Edges are off by `noise` of the box's size (standard deviation), a share `missed` is overlooked, and so is who
        shows less than a quarter; the score falls with what is covered. The same for the same t.
        """
        truth = self.truth(t)
        chance = np.random.default_rng([self.seed, round(max(t, 0.0) * 1e6)])
        count = len(truth.id)
        lost, error = chance.random(count), chance.standard_normal((count, 4))
        score = 0.45 + 0.5 * truth.seen + 0.02 * error[:, 0]
        boxes = truth.boxes + noise * error * np.tile(truth.boxes[:, 2:], 2)
        rows = np.column_stack((boxes, score.clip(0, 1), np.zeros(count)))[(truth.seen >= SEEN) & (lost >= missed)]
        return rows[np.argsort(-rows[:, 4], kind="stable")].astype(np.float32)

    def picture(self, t: float) -> np.ndarray:
        """What there is to see at t: (480, 640, 3) uint8 RGB."""
        truth = self.truth(t)
        picture = self.room.copy()
        order = np.argsort(truth.depth, kind="stable")
        for who in order[truth.depth[order] < PILLAR_DEPTH]:
            draw(picture, int(truth.id[who]), truth.boxes[who], truth.depth[who])
        for x, width in PILLARS:
            left, right = round((x - width / 2) * WIDTH), round((x + width / 2) * WIDTH)
            cv2.rectangle(picture, (left, 0), (right - 1, round(self.foot(PILLAR_DEPTH) * HEIGHT)), (62, 66, 76), -1)
        for who in order[truth.depth[order] >= PILLAR_DEPTH]:
            draw(picture, int(truth.id[who]), truth.boxes[who], truth.depth[who])
        return picture


@lru_cache(4096)
def ways(seed: int, pair: int, visit: int) -> tuple[tuple[tuple[float, float, float], ...], ...]:
    """How the two of a pair walk in one visit: stations (seconds, x, depth) for each; in between they ease."""
    chance = np.random.default_rng([seed, pair, visit])
    play = chance.choice(("pass", "meet", "stand", "hide"))
    side = chance.random() < 0.5
    out, far = (-0.1, 1.1) if side else (1.1, -0.1)
    depth, middle = chance.uniform(0.1, 0.9), chance.uniform(0.3, 0.7)
    near = depth + chance.uniform(0.02, 0.08)
    start, wait = chance.uniform(0, 1), chance.uniform(2, 5)
    if play == "pass":
        return (((start, out, depth), (start + chance.uniform(9, 15), far, depth)),
                ((start + chance.uniform(0, 4), far, near), (start + 15, out, near)))
    if play == "meet":
        apart = 0.04 if side else -0.04  # so far from the middle that they overlap a little
        on = chance.random() < 0.5
        arrive, leave = start + 5, start + 5 + wait
        return (((start, out, depth), (arrive, middle - apart, depth), (leave, middle - apart, depth),
                 (leave + 6, far if on else out, depth)),
                ((start, far, near), (arrive, middle + apart, near), (leave, middle + apart, near),
                 (leave + 6, out if on else far, near)))
    if play == "stand":
        return (((start, out, depth), (start + 3, middle, depth), (start + 14, middle, depth),
                 (start + 17, far, depth)),
                ((start + 1, far, near), (start + 16, out, near)))
    behind, pillar = chance.uniform(0.05, 0.25), PILLARS[chance.integers(len(PILLARS))][0]
    return (((start, out, behind), (start + 4, pillar, behind), (start + 4 + wait / 2, pillar, behind),
             (start + 9 + wait / 2, far if chance.random() < 0.5 else out, behind)),
            ((start + 1, out, near), (start + 13, far, near)))


def walk(seed: int, pair: int, visit: int, which: int, seconds: float) -> tuple[float, float]:
    """x and depth of one of a pair, so many seconds into a visit."""
    stations = ways(seed, pair, visit)[which]
    times = [time for time, _, _ in stations]
    if not times[0] < seconds < times[-1]:
        return stations[0 if seconds <= times[0] else -1][1:]
    at = next(i for i, time in enumerate(times[1:]) if seconds <= time)
    (begin, x, depth), (end, next_x, next_depth) = stations[at:at + 2]
    u = (seconds - begin) / (end - begin)
    u = u * u * (3 - 2 * u)
    sway = 0.006 * np.sin(1.9 * seconds + pair) * np.sin(0.7 * seconds)  # nobody stands as still as a post
    return x + u * (next_x - x) + sway, depth + u * (next_depth - depth)


def uncovered(boxes: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """The share of each box that neither a pillar nor a nearer box covers."""
    rows, columns = CELLS
    scale = np.array((columns, rows))
    low = np.floor((boxes[:, :2] - boxes[:, 2:] / 2) * scale).astype(int)
    high = np.maximum(np.ceil((boxes[:, :2] + boxes[:, 2:] / 2) * scale).astype(int), low + 1)
    taken, pillars = np.zeros(CELLS, bool), False
    seen = np.zeros(len(boxes))
    for who in np.argsort(-depth, kind="stable"):
        if depth[who] < PILLAR_DEPTH and not pillars:
            pillars = True
            for x, width in PILLARS:
                taken[:, round((x - width / 2) * columns):round((x + width / 2) * columns)] = True
        place = taken[low[who, 1]:high[who, 1], low[who, 0]:high[who, 0]]
        seen[who] = 1 - place.mean()
        place[:] = True
    return seen


def room(horizon: float) -> np.ndarray:
    """The empty room: a wall that is lighter at the top, and a floor."""
    picture = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    floor = round(horizon * HEIGHT)
    picture[:floor] = np.linspace((52, 55, 66), (34, 36, 44), floor).astype(np.uint8)[:, None]
    picture[floor:] = np.linspace((24, 25, 30), (46, 46, 50), HEIGHT - floor).astype(np.uint8)[:, None]
    return picture


def draw(picture: np.ndarray, id: int, box: np.ndarray, depth: float) -> None:
    """A person: a coat in a colour of their own and a head, as large as the box; nearer is lighter."""
    x, y, w, h = box * (WIDTH, HEIGHT, WIDTH, HEIGHT)
    hue = np.array((id * PHASE, id * PHASE + 1 / 3, id * PHASE + 2 / 3))
    coat = (0.55 + 0.45 * depth) * (128 + 90 * np.cos(2 * np.pi * hue))
    head = 0.075 * h
    top, left, right, foot = y - h / 2, x - w / 2, x + w / 2, y + h / 2
    legs = (round(left + 0.18 * w), round(y)), (round(right - 0.18 * w), round(foot) - 1)
    cv2.rectangle(picture, *legs, (66, 66, 76), -1)
    middle, half = (round(x), round(top + 0.36 * h)), (round(w / 2), round(0.24 * h))
    cv2.ellipse(picture, middle, half, 0, 0, 360, coat.tolist(), -1)
    skin = (0.6 + 0.4 * depth) * np.array((224, 178, 148))
    cv2.circle(picture, (round(x), round(top + head)), round(head), skin.tolist(), -1)


class SimulatedEyes:
    """Callable as the eyes are, Frame -> Percept, for pictures of a crowd: boxes out of the truth, no networks.

    The boxes go through the tracker like a detector's, so that a receiver gets what it will get in the room: entering
    and leaving a moment late, a hidden person gliding on, slots given to the next. Layers are five sizes of the
    picture's edges in eight directions, measured as a network's layers are.
    """

    classes = ("person",)
    guess = (Guess(0, "crowd", 1.0),)

    def __init__(self, crowd: Crowd):
        self.crowd = crowd
        self.detector = self
        self.statistics = Statistics()
        torch.set_num_threads(1)  # so small maps are quicker in one

    def __str__(self) -> str:
        return "without networks"

    def __call__(self, frame: Frame) -> Percept:
        taps = {f"conv{n + 1}": torch.from_numpy(maps) for n, maps in enumerate(edges(frame.pixels))}
        layers = self.statistics.layers(self.statistics.measure(taps).numpy())
        maps = {tap: stack[0] for tap, stack in taps.items()}
        embedding = maps["conv5"].mean((1, 2)).numpy()
        return Percept(frame, self.crowd.detections(frame.moment), layers, self.guess, embedding, maps)


def edges(pixels: np.ndarray) -> list[np.ndarray]:
    """Five stacks (1, 8, h, w) float32 in 0..1, each half as fine as the one before: edges in eight directions."""
    grey = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (160, 120), interpolation=cv2.INTER_AREA)
    stacks = []
    for _ in range(5):
        slopes = np.stack([cv2.Sobel(grey, cv2.CV_32F, *way, scale=1 / 1020) for way in ((1, 0), (0, 1))])
        stacks.append(np.maximum(np.tensordot(DIRECTIONS, slopes, 1), 0)[None])
        grey = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return stacks
