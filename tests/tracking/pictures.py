"""The judge on pictures: people who were cut out of photographs walk through a room, found by the networks that ship.

`python -m tests.tracking.pictures FOLDER` prints what their looks are worth beside boxes alone. FOLDER holds eight or
more pictures (PNG) of one person each, from head to foot, transparent around them; none come along.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from engine.capture.simulator import Truth
from engine.values import Frame
from engine.vision.inference import Eyes
from models import load
from tests.tracking import films
from tests.tracking.judge import TRACKERS, Ours, Set, heading, line, scored

RATE, WIDTH, HEIGHT = 15, 640, 480
GRAIN = 4.0  # standard deviation of a camera's noise
WALL, FLOOR = (190, 182, 171), (90, 86, 81)  # what is behind people, at the top and at the bottom
FILMS: Set = {
    "a slow walker": (films.slow_walker, range(100, 104)),
    "two turn back": (films.turn_back, range(100, 102)),
    "three cross": (films.three_cross, range(100, 103)),
    "40 s of a crowd of 6": (lambda seed: films.crowd(6, seed)._replace(seconds=40.0), range(100, 101)),
}


class BoxesAlone(Ours):
    """Neocog's tracker without what it is told of looks."""

    def __call__(self, t: float, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return super().__call__(t, found[:, :6])


SEEN = {"boxes alone": lambda rate: BoxesAlone(), **TRACKERS}


def filmed(
    film: films.Film, people: Sequence[np.ndarray], eyes: Eyes, seed: int
) -> Iterator[tuple[float, Truth, np.ndarray]]:
    """Time, truth, and the people that the eyes find, with their looks, of each frame."""
    chance, person = np.random.default_rng(seed), eyes.detector.classes.index("person")
    order = chance.permutation(len(people))
    room = np.linspace(WALL, FLOOR, HEIGHT)[:, None] + np.zeros((1, WIDTH, 1))
    grain = chance.normal(0, GRAIN, (8, *room.shape)).astype(np.float32)
    for index in range(int(film.seconds * RATE)):
        truth, picture = film.truth(index / RATE), room + grain[index % len(grain)]
        there, boxes = [people[order[id % len(people)]] for id in truth.id], truth.boxes.copy()
        boxes[:, 2] = boxes[:, 3] * HEIGHT / WIDTH * [each.shape[1] / each.shape[0] for each in there]
        for place in np.argsort(truth.depth, kind="stable"):
            stand(picture, there[place], boxes[place])
        truth = films.as_truth(truth.id.tolist(), boxes)
        percept = eyes(Frame(picture.clip(0, 255).astype(np.uint8), index, index / RATE))
        found = np.hstack((percept.detections, percept.looks))[percept.detections[:, 5] == person]
        found[:, 5] = 0
        yield index / RATE, truth, found


def stand(picture: np.ndarray, person: np.ndarray, box: np.ndarray) -> None:
    """Draw somebody (h, w, 4) into a box of the picture."""
    w, h = round(box[2] * WIDTH), round(box[3] * HEIGHT)
    left, top = round(box[0] * WIDTH - w / 2), round(box[1] * HEIGHT - h / 2)
    drawn = cv2.resize(person, (max(w, 1), max(h, 1)), interpolation=cv2.INTER_AREA)
    drawn = drawn[max(-top, 0) : max(HEIGHT - top, 0), max(-left, 0) : max(WIDTH - left, 0)]
    under = picture[max(top, 0) :, max(left, 0) :][: len(drawn), : drawn.shape[1]]
    share = drawn[..., 3:] / 255
    under[:] = under * (1 - share) + drawn[..., :3] * share


def main(folder: str) -> None:
    read = (cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in sorted(Path(folder).glob("*.png")))
    people = [cv2.cvtColor(each, cv2.COLOR_BGRA2RGBA) for each in read]
    eyes = Eyes(load("detector"), load("features"))
    heading(SEEN)
    for name, (make, seeds) in FILMS.items():
        shots = [list(filmed(make(seed), people, eyes, seed)) for seed in seeds]
        line(name, str(RATE), scored(shots, RATE, SEEN))


if __name__ == "__main__":
    main(*sys.argv[1:])
