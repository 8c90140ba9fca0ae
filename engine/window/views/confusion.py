"""What two networks take for what: confusion matrices of an ordinary net and a convnet, and the pictures themselves.

A row is what a picture shows, a column what it was taken for; both were counted on pictures held out from training.
"""

import tarfile
import zlib
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from torch import nn

from engine.values import Percept, Scene
from engine.window.colours import DIM, INK, TEXT
from engine.window.text import BOLD, width_of, write
from engine.window.views.glow import coloured, covering
from engine.window.views.view import ViewParameters, at_most, black
from models import FEATURES, cifar_pictures, load
from models.cifar import KINDS, confusion

KEPT, EVERY, SURE = 8, 1.0, 0.4  # pictures of a class, seconds between two of them, and how sure the network must be
LUMA = 0.299, 0.587, 0.114  # how light red, green and blue are to the eye
MATRICES = 0.74  # of the height; under them stand the cell in words and its pictures
LARGE = 0.14  # of the height: a picture of the show
SMALL = 0.056  # of the shorter side: one that was held out
MOST = 1920 * 1080


class Confusion:
    """The view. The parameter view/cell chooses a cell, or a click. parameters.tested_on is the file that the networks
    were tested on: under each matrix stand its pictures of the chosen cell. Without it they are those of this show that
    the network that plays took for what the cell's column stands for."""

    entry = "view/cell"  # what a click in this view turns

    def __init__(self, network: nn.Module | None = None):
        self.network, self.taken = network, None
        self.pictures: dict[str, deque[np.ndarray]] = {}
        self.last = {}  # class: when its newest picture was kept
        self.file, self.held = "", {}  # the pictures held out, as files by class
        self.area, self.corners, self.side = (1, 1), (), 0

    def __call__(self, percept: Percept, scene: Scene, parameters: ViewParameters) -> np.ndarray:
        if self.taken is None:
            self.taken = {name: load(name).taken for name in FEATURES if name.startswith("cifar-")}
            self.counts = {name: confusion(taken).numpy() for name, taken in self.taken.items()}
        self.keep(percept, scene)
        self.open(parameters.tested_on)
        size = at_most(MOST, parameters.size)
        picture = black(size)
        self.arrange(size)
        for (name, counts), corner in zip(self.counts.items(), self.corners, strict=True):
            self.matrix(picture, name, counts, corner, parameters)
        self.cell(picture, parameters)
        return picture

    def keep(self, percept: Percept, scene: Scene) -> None:
        """Remember what the network took for one of the classes."""
        if getattr(self.network, "classes", None) != KINDS or not scene.classes:
            return
        guess = scene.classes[0]
        if guess.score >= SURE and abs(scene.time - self.last.get(guess.name, -EVERY)) >= EVERY:
            self.last[guess.name] = scene.time
            self.pictures.setdefault(guess.name, deque(maxlen=KEPT)).append(covering(percept.frame.pixels, (160, 160)))

    def open(self, file: str) -> None:
        """Read the pictures held out; where there are none, or others than were counted, the show's are shown."""
        if file == self.file:
            return
        self.file, self.held = file, {}
        with suppress(OSError, EOFError, tarfile.TarError, zlib.error):
            held, taken = cifar_pictures.read(Path(file), "test"), next(iter(self.taken.values()))
            if all(len(files) == taken.shape[1] for files in held.values()):
                self.held = held

    def arrange(self, size: tuple[int, int]) -> None:
        """Where the matrices are: side by side, or one over the other in a picture that is higher than wide."""
        width, height = size
        self.area = size
        across = width >= height
        room = width / 2 if across else width, MATRICES * height / (1 if across else 2)
        self.side = max(1, int(min(0.72 * room[0], 0.80 * room[1]) / 10))
        middle = 0.14 * room[0], 0.11 * room[1]
        self.corners = tuple((round(middle[0] / 2 + (room[0] - 10 * self.side) / 2 + across * number * room[0]),
                              round(middle[1] + (not across) * number * room[1])) for number in range(2))

    def matrix(self, picture: np.ndarray, name: str, counts: np.ndarray, corner: tuple[int, int],
               parameters: ViewParameters) -> None:
        """One network's matrix with its words; each row is as bright as its share."""
        left, top = corner
        side, letters = self.side, max(6, round(0.5 * self.side))
        share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
        bright = (255 * share.clip(0, 1) ** (1 / parameters.gamma)).astype(np.uint8)
        glowing = coloured(bright, parameters.palette)
        for row, column in np.ndindex(10, 10):
            x, y = left + column * side, top + row * side
            picture[max(0, y) : y + side - 1, max(0, x) : x + side - 1] = glowing[row, column]
            if parameters.details and side >= 24:
                ink = INK if glowing[row, column] @ LUMA > 90 else TEXT if bright[row, column] > 60 else DIM
                write(picture, f"{counts[row, column]:.0f}", (x + side / 2, y + side / 2), letters // 2 + 2, ink,
                      anchor=(0.5, 0.5))
        row, column = divmod(parameters.cell, 10)
        place = left + column * side - 1, top + row * side - 1
        cv2.rectangle(picture, place, (place[0] + side, place[1] + side), TEXT, max(1, side // 16))
        if parameters.labels:
            right = counts.trace() / max(counts.sum(), 1)
            words = f"{name.partition('-')[2]}  {right:.0%}"
            write(picture, words, (left, top - 1.5 * letters), letters + 2, TEXT, BOLD)
            for number, kind in enumerate(KINDS):
                ink = TEXT if number == row else DIM
                place = left - letters / 2 - width_of(kind, letters), top + (number + 0.2) * side
                write(picture, kind, place, letters, ink)

    def cell(self, picture: np.ndarray, parameters: ViewParameters) -> None:
        """The chosen cell in words, and its pictures."""
        width, height = self.area
        row, column = divmod(parameters.cell, 10)
        top, letters, left = round((MATRICES + 0.02) * height), max(6, height // 36), width // 30
        told = ", ".join(f"{name.partition('-')[2]} {counts[row, column]}" for name, counts in self.counts.items())
        if parameters.labels:
            words = f"{KINDS[row]} taken for {KINDS[column]}: {told} of {len(next(iter(self.taken.values()))[row])}"
            fits = round(letters * 0.92 * width / width_of(words, letters, BOLD))
            write(picture, words, (left, top), min(letters, fits), TEXT, BOLD)
        top += 2 * letters
        if not self.held:
            shown = reversed(self.pictures.get(KINDS[column], ()))
            tile(picture, shown, (left, top), (width, min(height, top + round(1.5 * LARGE * height))), LARGE * height)
            return
        for number, taken in enumerate(self.taken.values()):
            files = (self.held[KINDS[row]][index] for index in (taken[row] == column).nonzero().flatten())
            start, stop = number * width // 2 + left, (number + 1) * width // 2 - left // 2
            tile(picture, map(decoded, files), (start, top), (stop, height), SMALL * min(self.area))

    def at(self, x: float, y: float) -> int | None:
        """The cell at a point of the picture, x and y in 0..1; None beside the matrices."""
        for left, top in self.corners:
            column, row = (x * self.area[0] - left) // self.side, (y * self.area[1] - top) // self.side
            if 0 <= column < 10 and 0 <= row < 10:
                return int(10 * row + column)
        return None


@lru_cache(256)  # more than a cell's pictures that have room: each frame shows the same ones
def decoded(file: bytes) -> np.ndarray | None:
    """The picture in a JPEG file, (H, W, 3) uint8 RGB; None if it is damaged."""
    return cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR_RGB)


def tile(picture: np.ndarray, shown: Iterable[np.ndarray | None], start: tuple[int, int], stop: tuple[int, int],
         side: float) -> None:
    """Square pictures one beside the other, row under row, from a left upper corner on as far as there is room."""
    side, step = round(side), round(1.06 * side)
    columns, rows = ((stop[axis] - start[axis]) // max(1, step) for axis in (0, 1))
    for number, seen in zip(range(columns * rows), shown):
        if side and seen is not None:
            left, top = start[0] + number % columns * step, start[1] + number // columns * step
            picture[top : top + side, left : left + side] = cv2.resize(seen, (side, side), interpolation=cv2.INTER_AREA)
