"""What was found, and where it went: a calm picture in which only the objects keep their colours."""

from collections import deque
from itertools import pairwise

import cv2
import numpy as np

from engine.values import Percept, Scene
from engine.window.colours import TEXT, track_colour
from engine.window.text import BOLD, write
from engine.window.views.glow import covering
from engine.window.views.places import Places, corners, fixed
from engine.window.views.view import ViewParameters

NIGHT = 0.3  # brightness of the picture around the objects
TRAIL = 4.0  # seconds that a trail lasts
SOFT = 0.03  # of the picture's height: the edge of an object's light
COME = 0.6  # seconds in which an object's light comes up
MOST = 1280 * 720


class Objects:
    """The view. Trails are of the pictures' own time; one whose object is gone fades like the others."""

    def __init__(self):
        self.trails: dict[int, deque[tuple[float, float, float]]] = {}

    def __call__(self, percept: Percept, scene: Scene, parameters: ViewParameters) -> np.ndarray:
        scale = min(1.0, (MOST / (parameters.size[0] * parameters.size[1])) ** 0.5)
        size = tuple(max(1, round(side * scale)) for side in parameters.size)
        picture = covering(percept.frame.pixels, size)
        picture = cv2.flip(picture, 1) if parameters.mirror else picture
        places = Places(percept.frame.pixels.shape[:2], size, parameters.mirror)
        lit = self.light(picture, scene, places)
        height = size[1]
        line = max(1, height // 400)
        self.follow(scene)
        for identity, trail in self.trails.items():
            self.draw_trail(lit, trail, places, scene.time, track_colour(identity), line)
        for track in scene.tracks:
            colour = track_colour(track.id)
            box = places.box(track)
            corners(lit, box, colour, line)
            if parameters.labels:
                text = max(11, height // 30)
                write(lit, track.name, (box[0], box[1] - 0.4 * text), text, TEXT, BOLD, (0, 1))
        return lit

    def light(self, picture: np.ndarray, scene: Scene, places: Places) -> np.ndarray:
        """The picture, grey and dark but where objects are."""
        height, width = picture.shape[:2]
        small = np.zeros((max(1, height // 4), max(1, width // 4)), np.uint8)
        for track in scene.tracks:
            left, top, right, bottom = (value / 4 for value in places.box(track))
            middle, axes = (
                fixed((left + right) / 2, (top + bottom) / 2),
                fixed((right - left) * 0.56, (bottom - top) * 0.56),
            )
            level = round(255 * min(1.0, track.age / COME + 0.1))
            light = np.zeros_like(small)
            cv2.ellipse(light, middle, axes, 0, 0, 360, level, -1, cv2.LINE_AA, 4)
            small = cv2.max(small, light)
        small = cv2.GaussianBlur(small, (0, 0), max(0.5, SOFT * height / 2))
        mask = cv2.cvtColor(cv2.resize(small, (width, height)), cv2.COLOR_GRAY2RGB)
        grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        dark = cv2.convertScaleAbs(grey, alpha=NIGHT)
        return cv2.add(
            cv2.multiply(picture, mask, scale=1 / 255), cv2.multiply(dark, cv2.bitwise_not(mask), scale=1 / 255)
        )

    def follow(self, scene: Scene) -> None:
        for track in scene.tracks:
            self.trails.setdefault(track.id, deque(maxlen=512)).append((scene.time, track.x, track.y + 0.5 * track.h))
        for identity, trail in list(self.trails.items()):
            while trail and not 0 <= scene.time - trail[0][0] <= TRAIL:
                trail.popleft()
            if not trail:
                del self.trails[identity]

    def draw_trail(self, picture: np.ndarray, trail, places: Places, time: float, colour, line: int) -> None:
        """The way of an object's foot, older parts fainter and thinner."""
        points = [(when, *places.point(x, y)) for when, x, y in trail]
        for (when, *start), (_, *stop) in pairwise(points):
            fresh = 1 - (time - when) / TRAIL
            shade = tuple(round(part * (0.15 + 0.85 * fresh)) for part in colour)
            cv2.line(picture, fixed(*start), fixed(*stop), shade, max(1, round(2 * line * fresh)), cv2.LINE_AA, 4)
