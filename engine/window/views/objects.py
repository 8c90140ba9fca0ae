"""What was found, where it went and who belongs together: a calm picture in which the objects alone have colours."""

from collections import deque
from itertools import pairwise

import cv2
import numpy as np

from engine.values import Percept, Scene
from engine.window.colours import ACCENT, TEXT, track_colour
from engine.window.text import BOLD, height_of, width_of, write
from engine.window.views.glow import covering
from engine.window.views.labels import Labels
from engine.window.views.places import Places, corners, fixed
from engine.window.views.view import ViewParameters, at_most

NIGHT = 0.3  # brightness of the picture around the objects
TRAIL = 4.0  # seconds that a trail lasts
SOFT = 0.03  # of the picture's height: the edge of an object's light
COME = 0.6  # seconds in which an object's light comes up
AHEAD = 0.5  # seconds of an object's way that its arrow is long
GROUND = 0.35  # how strongly zones and what joins objects are drawn
MOST = 1280 * 720


class Objects:
    """The view. Trails are of the pictures' own time; one whose object is gone fades like the others.

    A part has the colour of whom it belongs to, those who stand together are joined, zones glow while somebody is
    in them. parameters.technical adds the numbers for a rehearsal: names of parts, ids, scores, speeds, zones'
    names, the distance of the nearest two.
    """

    def __init__(self):
        self.trails: dict[int, deque[tuple[float, float, float]]] = {}

    def __call__(self, percept: Percept, scene: Scene, parameters: ViewParameters) -> np.ndarray:
        size = at_most(MOST, parameters.size)
        picture = covering(percept.frame.pixels, size)
        picture = cv2.flip(picture, 1) if parameters.mirror else picture
        places = Places(percept.frame.pixels.shape[:2], size, parameters.mirror)
        lit = self.light(picture, scene, places)
        width, height = size
        line = max(1, height // 400)
        self.follow(scene)
        draw_zones(lit, scene, places, parameters.technical)
        draw_groups(lit, scene, places, line)
        for identity, trail in self.trails.items():
            self.draw_trail(lit, trail, places, scene.time, track_colour(identity), line)
        text, labels = max(11, height // 30), Labels(size)
        for track in scene.tracks:
            colour, box = track_colour(track.part_of or track.id), places.box(track)
            corners(lit, box, colour, line)
            if parameters.labels and (parameters.technical or not track.part_of):
                if box[0] < width and box[2] > 0:  # what is beside a picture that is cut needs no word at its edge
                    wide, high = width_of(track.name, text, BOLD) + 2 * text / 3, height_of(text)
                    left, top = labels(box[0] - text / 3, box[1] - 0.4 * text - high, wide, high)
                    write(lit, track.name, (left + text / 3, top), text, TEXT, BOLD)
            if parameters.technical:
                told = f"{track.id}  {track.score:.0%}  {np.hypot(track.vx, track.vy):.2f} a second"
                small = text * 2 // 3
                place = labels(box[0], box[3] + 0.2 * text, width_of(told, small), height_of(small))
                write(lit, told, place, small, colour)
                start = places.point(track.x, track.y)
                stop = places.point(track.x + track.vx * AHEAD, track.y + track.vy * AHEAD)
                cv2.arrowedLine(lit, fixed(*start), fixed(*stop), colour, line, cv2.LINE_AA, 4)
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
        for track in (track for track in scene.tracks if not track.part_of):
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


def feet(scene: Scene, places: Places) -> dict[int, tuple[float, float]]:
    """Where each object stands, by id."""
    return {track.id: places.point(track.x, track.y + 0.5 * track.h) for track in scene.tracks}


def draw_groups(picture: np.ndarray, scene: Scene, places: Places, line: int) -> None:
    """A line on the ground around those who stand together."""
    standing = feet(scene, places)
    for group in scene.pairs.groups:
        points = np.float32([standing[identity] for identity in group if identity in standing])
        if len(points) > 1:
            hull = cv2.convexHull(points)[:, 0]
            dots = np.array([fixed(*point) for point in hull], np.int32)
            ink = tuple(round(part * GROUND * 2) for part in TEXT)
            cv2.polylines(picture, [dots], len(dots) > 2, ink, line, cv2.LINE_AA, 4)
            for point in points:
                cv2.circle(picture, fixed(*point), fixed(3.0 * line)[0], ink, -1, cv2.LINE_AA, 4)


def draw_zones(picture: np.ndarray, scene: Scene, places: Places, technical: bool) -> None:
    """Zones and lines as faint outlines, full of light while somebody is in them or crosses them."""
    line, size = max(1, picture.shape[0] // 400), max(10, picture.shape[0] // 40)
    for name, zone in scene.zones.items():
        points = [places.point(x, y) for x, y in zone.points]
        dots = np.array([fixed(*point) for point in points], np.int32)
        inside = getattr(zone, "inside", ())
        lit = inside or getattr(zone, "forward", ()) or getattr(zone, "back", ())
        if inside and len(points) > 2:
            left, top = (max(0, int(side)) for side in np.min(points, 0))
            right, bottom = (int(side) + 1 for side in np.max(points, 0))
            under = picture[top:bottom, left:right]
            if under.size:
                light = np.zeros(under.shape, np.uint8)
                cv2.fillPoly(light, [dots - (left * 16, top * 16)], tuple(round(part * GROUND / 2) for part in ACCENT),
                             cv2.LINE_AA, 4)
                cv2.add(under, light, dst=under)
        ink = ACCENT if lit else tuple(round(part * GROUND) for part in TEXT)
        cv2.polylines(picture, [dots], len(points) > 2, ink, line, cv2.LINE_AA, 4)
        if technical:
            told = f"{name}  {len(inside)}" if len(points) > 2 else f"{name}  {' '.join(map(str, zone.total))}"
            write(picture, told, np.mean(points, 0), size, ACCENT if lit else TEXT, BOLD, (0.5, 0.5))
    if technical and len(scene.pairs.nearest) == 2:
        ends = [feet(scene, places).get(identity) for identity in scene.pairs.nearest]
        if None not in ends:
            write(picture, f"{scene.pairs.distance:.2f}", np.mean(ends, 0), size, TEXT, BOLD, (0.5, 1))
