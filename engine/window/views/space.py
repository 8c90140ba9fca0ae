"""The last minutes as a map: moments that felt alike to the network lie side by side, and the present glows."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from engine.values import Percept, Scene
from engine.window.colours import palette
from engine.window.views.glow import covering
from engine.window.views.places import fixed
from engine.window.views.unit import blend, roundness
from engine.window.views.view import ViewParameters, at_most

APART = 0.5  # seconds between two moments that are kept
MOMENTS = 140  # that many are kept, the newest
THUMB = 96, 72
SETTLE = 0.08  # of its way that a moment goes towards its place in a frame
SPREAD = 0.14  # moments nearer than this part of the map's width push each other away
MOST = 1280 * 720


@dataclass(slots=True)
class Moment:
    time: float
    embedding: np.ndarray
    pixels: np.ndarray


class Space:
    """The view. Places are the two main axes of the embeddings (PCA), turned so that they stay where they were.

    A place moves softly, and moments give each other room.
    """

    def __init__(self):
        self.moments: list[Moment] = []
        self.target = self.place = np.zeros((0, 2))
        self.now: np.ndarray | None = None

    def __call__(self, percept: Percept, scene: Scene, parameters: ViewParameters) -> np.ndarray:
        width, height = at_most(MOST, parameters.size)
        self.keep(percept)
        now = self.settle(percept.embedding)
        picture = np.zeros((height, width, 3), np.uint8)
        points = self.on_screen(np.vstack([self.place, now]), (width, height), parameters.mirror)
        self.thread(picture, points, parameters)
        side = max(8, round(0.07 * width))
        mask = roundness(side)
        for age, (moment, point) in enumerate(zip(reversed(self.moments), points[-2::-1], strict=True)):
            fresh = 1 - age / MOMENTS
            pixels = self.thumbnail(moment.pixels, side, parameters.mirror)
            blend(
                picture, pixels, (round(point[0] - side / 2), round(point[1] - side / 2)), mask * (0.25 + 0.6 * fresh)
            )
        self.present(picture, percept, points[-1], round(side * 2.0), parameters)
        return picture

    def keep(self, percept: Percept) -> None:
        """Take a moment in, if it is time to, and let the oldest go."""
        time = percept.frame.time
        if self.moments and (time < self.moments[-1].time or len(self.moments[-1].embedding) != len(percept.embedding)):
            self.moments, self.target, self.place = [], np.zeros((0, 2)), np.zeros((0, 2))
        if self.moments and time - self.moments[-1].time < APART:
            return
        self.moments.append(Moment(time, percept.embedding.astype(float), covering(percept.frame.pixels, THUMB)))
        start = self.place[-1:] if len(self.place) else np.zeros((1, 2))
        self.place = np.vstack([self.place, start + 0.01])[-MOMENTS:]
        self.target = np.vstack([self.target, start])[-MOMENTS:]
        self.moments = self.moments[-MOMENTS:]
        self.arrange()

    def arrange(self) -> None:
        """Each moment's target: its embedding on the two axes along which they differ most, in -1..1."""
        cloud = np.stack([moment.embedding for moment in self.moments])
        cloud = cloud / (np.linalg.norm(cloud, axis=1, keepdims=True) + 1e-9)
        self.middle = cloud.mean(0)
        _, _, axes = np.linalg.svd(cloud - self.middle, full_matrices=False)
        self.axes = np.zeros((2, cloud.shape[1]))
        self.axes[: min(2, len(axes))] = axes[:2]
        flat = (cloud - self.middle) @ self.axes.T
        if len(self.moments) > 2:  # turned and mirrored to lie as before (orthogonal Procrustes, Schönemann 1966)
            left, _, right = np.linalg.svd(flat.T @ self.target)
            self.axes = (left @ right).T @ self.axes
            flat = flat @ (left @ right)
        self.reach = np.abs(flat).max(0) + 1e-9
        self.target = flat / self.reach

    def settle(self, embedding: np.ndarray) -> np.ndarray:
        """Move every moment a little; returns where the present lies."""
        apart = self.place[:, None] - self.place[None]
        distance = np.linalg.norm(apart, axis=2) + 1e-6
        push = np.where(distance < SPREAD, (SPREAD - distance) / distance, 0.0)[..., None] * apart
        self.place = self.place + SETTLE * (self.target - self.place) + 0.25 * push.sum(1).clip(-0.1, 0.1)
        unit = embedding / (np.linalg.norm(embedding) + 1e-9)
        now = ((unit - self.middle) @ self.axes.T / self.reach).clip(-1.1, 1.1)
        self.now = now if self.now is None else self.now + 0.25 * (now - self.now)
        return self.now

    def on_screen(self, places: np.ndarray, size: tuple[int, int], mirror: bool) -> np.ndarray:
        x = -places[:, 0] if mirror else places[:, 0]
        return np.stack([size[0] * (0.5 + 0.4 * x), size[1] * (0.5 + 0.38 * places[:, 1])], 1)

    def thread(self, picture: np.ndarray, points: np.ndarray, parameters: ViewParameters) -> None:
        """The way through time, from the oldest moment to the present, brighter the newer."""
        inks, line = palette(parameters.palette), max(1, picture.shape[0] // 360)
        for number, (start, stop) in enumerate(pairwise(points)):
            level = 40 + round(150 * (number + 1) / len(points))
            cv2.line(picture, fixed(*start), fixed(*stop), tuple(inks[level].tolist()), line, cv2.LINE_AA, 4)

    def thumbnail(self, pixels: np.ndarray, side: int, mirror: bool) -> np.ndarray:
        pixels = covering(pixels, (side, side))
        return cv2.flip(pixels, 1) if mirror else pixels

    def present(
        self, picture: np.ndarray, percept: Percept, point: np.ndarray, side: int, parameters: ViewParameters
    ) -> None:
        """The picture of now, in a halo."""
        halo = side * 5 // 2
        y, x = np.ogrid[-1 : 1 : halo * 1j, -1 : 1 : halo * 1j]
        level = ((1 - np.hypot(x, y)).clip(0, 1) ** 2 * 0.8).astype(np.float32)
        glow = np.broadcast_to(palette(parameters.palette)[190], (halo, halo, 3))
        blend(picture, glow, (round(point[0] - halo / 2), round(point[1] - halo / 2)), level)
        pixels = self.thumbnail(percept.frame.pixels, side, parameters.mirror)
        blend(picture, pixels, (round(point[0] - side / 2), round(point[1] - side / 2)), roundness(side))
