"""Big words of what is seen, for an audience: what the picture looks like, and what is found in it where it is."""

from math import exp

import cv2
import numpy as np

from engine.values import LIKELY, Percept, Scene
from engine.window.colours import palette, track_colour
from engine.window.text import BOLD, height_of, width_of, write
from engine.window.views.glow import covering
from engine.window.views.labels import Labels
from engine.window.views.places import Places
from engine.window.views.view import ViewParameters, at_most

FOLLOW = 0.5  # seconds in which a word follows most of a change
LINES = 3
NIGHT = 0.4  # brightness of the picture under the words
MOST = 1920 * 1080


class Classes:
    """The view. A word is as large and as bright as the network is sure, and comes and goes softly."""

    def __init__(self):
        self.sure: dict[str, float] = {}
        self.time = 0.0

    def __call__(self, percept: Percept, scene: Scene, parameters: ViewParameters) -> np.ndarray:
        width, height = at_most(MOST, parameters.size)
        self.follow(scene)
        picture = self.ground(percept, (width, height), parameters.mirror)
        words = sorted(((sure, name) for name, sure in self.sure.items() if sure >= LIKELY), reverse=True)[:LINES]
        sizes = [min(round(height * (0.09 + 0.16 * sure)), round(0.9 * width / (width_of(name, 100, BOLD) / 100)))
                 for sure, name in words]
        y = height - height // 14 - sum(round(1.2 * size) for size in sizes)
        inks, labels = palette(parameters.palette), Labels((width, height))
        for (sure, name), size in zip(words, sizes, strict=True):
            come = min(1.0, (sure - LIKELY) / 0.08)
            ink = tuple(np.maximum(inks[round(200 + 55 * min(1.0, sure))], 60).tolist())
            wide = write(picture, name, (width // 20, y), size, ink, BOLD, strength=come)
            labels(width // 20, y, wide, height_of(size))
            y += round(1.2 * size)
        self.objects(picture, percept, scene, parameters, labels)
        return picture

    def follow(self, scene: Scene) -> None:
        """Let what is known of each word go after what the network says."""
        passed, self.time = max(0.0, scene.time - self.time), scene.time
        now = {guess.name: guess.score for guess in scene.classes}
        kept = exp(-passed / FOLLOW)
        self.sure = {name: now.get(name, 0.0) + (self.sure.get(name, 0.0) - now.get(name, 0.0)) * kept
                     for name in {**self.sure, **now}}
        self.sure = {name: sure for name, sure in self.sure.items() if name in now or sure > 0.01}

    def ground(self, percept: Percept, size: tuple[int, int], mirror: bool) -> np.ndarray:
        """The picture, dark and soft, darker still where the words are."""
        small = covering(percept.frame.pixels, (max(1, size[0] // 6), max(1, size[1] // 6)))
        small = cv2.GaussianBlur(cv2.flip(small, 1) if mirror else small, (0, 0), 2.5)
        shade = NIGHT * (1 - 0.65 * np.linspace(0, 1, len(small), dtype=np.float32)[:, None, None] ** 2)
        return cv2.resize((small * shade).astype(np.uint8), size, interpolation=cv2.INTER_CUBIC)

    def objects(self, picture: np.ndarray, percept: Percept, scene: Scene, parameters: ViewParameters, labels: Labels
                ) -> None:
        """What was found, as words where it is; what is a part goes by the word of the whole."""
        height, width = picture.shape[:2]
        places = Places(percept.frame.pixels.shape[:2], (width, height), parameters.mirror)
        for track in (track for track in scene.tracks if not track.part_of):
            x, y = places.point(track.x, track.y)
            size = round(min(height / 9, max(height / 24, 0.22 * places.wide * track.w)))
            wide, high = width_of(track.name, size, BOLD) + size, height_of(size)
            left, top = labels(x - wide / 2, min(y, 0.6 * height) - high / 2, wide, high)
            ink, come = tuple(track_colour(track.id)), min(1.0, track.age / 0.5)
            write(picture, track.name, (left + size / 2, top), size, ink, BOLD, strength=come)
