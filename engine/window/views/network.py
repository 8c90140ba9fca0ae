"""The whole network at once: a river of light from the picture through every layer to words."""

from dataclasses import dataclass
from itertools import pairwise
from math import exp

import cv2
import numpy as np
import torch

from engine.values import LIKELY, Percept, Scene
from engine.window.colours import DIM, FAINT, TEXT, palette
from engine.window.text import BOLD, cut, write
from engine.window.views.brightness import Brightness
from engine.window.views.glow import coloured, covering
from engine.window.views.seats import Seats
from engine.window.views.tiles import enlarged
from engine.window.views.view import ViewParameters

MAPS = (3, 4, 5, 6, 7)  # how many of each layer are shown, the first to the last; more layers go on with the last
GRID = (9, 12)  # cells in which maps are compared
FLOWS = 4  # streams that end in each map
FILL = 0.72  # of a column's width that its maps take; the rest is for the streams
GUESSES = 5
SAME = 0.25  # two maps that overlap less have no stream between them
MOST = 1600 * 900
FOLLOW = 0.4  # seconds in which a bar follows most of a change
ALONG = np.linspace(0, 1, 25)[:, None]
CURVE = np.hstack([(1 - ALONG) ** 3, 3 * (1 - ALONG) ** 2 * ALONG, 3 * (1 - ALONG) * ALONG**2, ALONG**3])  # Bézier's


@dataclass(frozen=True, slots=True)
class Column:
    """A layer on the screen: its shown units, where each is (left, top, width, height), and how strong."""

    name: str
    units: np.ndarray
    rects: list[tuple[int, int, int, int]]
    strength: np.ndarray
    cells: np.ndarray  # (units, cells), each of length 1


class Network:
    """The view. Streams join maps of neighbouring layers that glow in the same places."""

    def __init__(self, brightness: Brightness):
        self.brightness = brightness
        self.seats: dict[str, Seats] = {}
        self.score: dict[str, float] = {}
        self.time = 0.0

    @torch.inference_mode()
    def __call__(self, percept: Percept, scene: Scene, parameters: ViewParameters) -> np.ndarray:
        scale = min(1.0, (MOST / (parameters.size[0] * parameters.size[1])) ** 0.5)
        width, height = (max(1, round(side * scale)) for side in parameters.size)
        picture = np.zeros((height, width, 3), np.uint8)
        if height < 120 or width < 160:
            return picture
        count = max(1, len(percept.maps))
        edge, foot = width // 48, height // 14
        camera = self.camera(picture, percept, parameters, edge, foot)
        room = width - camera[0] - camera[2] - round(0.19 * width)
        columns, tiles = [], []
        left = camera[0] + camera[2] + edge
        for place, tap in enumerate(percept.maps):
            column, pixels = self.column(percept, tap, place, (left + place * room // count, foot, room // count,
                                                               height - 2 * foot), parameters)
            columns.append(column)
            tiles.append(pixels)
        words = left + count * room // count
        guesses = self.guesses(scene, height)
        self.streams(picture, camera, columns, [((words, y), score) for _, score, y in guesses], parameters)
        for column, pixels in zip(columns, tiles, strict=True):
            self.draw(picture, column, pixels, percept, parameters, foot)
        self.words(picture, guesses, words, parameters)
        return picture

    def camera(self, picture, percept, parameters, edge, foot) -> tuple[int, int, int, int]:
        """The camera's picture at the left; where it is."""
        height, width = picture.shape[:2]
        shape = percept.frame.pixels.shape
        wide = round(0.22 * width)
        high = min(round(wide * shape[0] / shape[1]), height - 2 * foot)
        top = (height - high) // 2
        pixels = covering(percept.frame.pixels, (wide, high))
        picture[top : top + high, edge : edge + wide] = cv2.flip(pixels, 1) if parameters.mirror else pixels
        if parameters.labels:
            text = max(9, height // 54)
            write(picture, f"{shape[1]} × {shape[0]} × 3", (edge, top + high + text // 2), text, DIM)
        return edge, top, wide, high

    def column(self, percept, tap, place, area, parameters) -> tuple[Column, np.ndarray]:
        """The strongest maps of a layer, and their pictures (n, h, w) uint8."""
        bright = self.brightness(percept, tap)
        many = min(MAPS[min(place, len(MAPS) - 1)], len(bright))
        activity = bright.mean((1, 2)).cpu().numpy()
        units, strength = self.seats.setdefault(tap, Seats())(activity, many, percept.frame.time)
        maps = bright[torch.from_numpy(units).to(bright.device)]
        left, top, wide, high = area
        frame = percept.frame.pixels.shape
        step = high / many
        tall = max(2, min(round(step * 0.88), round(FILL * wide * frame[0] / frame[1])))
        broad = max(2, round(tall * frame[1] / frame[0]))
        middle = left + wide // 2
        rects = [(middle - broad // 2, round(top + (k + 0.5) * step - tall / 2), broad, tall) for k in range(many)]
        whole = 0, maps.shape[1], 0, maps.shape[2]
        pixels = enlarged(maps, whole, (broad, tall), parameters.smooth, parameters.mirror).pow(1 / parameters.gamma)
        cells = torch.nn.functional.adaptive_avg_pool2d(maps[None], GRID)[0].flatten(1)
        cells = cells / (cells.norm(dim=1, keepdim=True) + 1e-6)
        pixels = (pixels * 255.5).to(torch.uint8).cpu().numpy()
        return Column(tap, units, rects, strength * activity[units].clip(0, 1) ** 0.5, cells.cpu().numpy()), pixels

    def streams(self, picture, camera, columns, words, parameters) -> None:
        """Lines of light: from the picture into the first layer, between maps that glow in the same places, to words.

        They are drawn at half the size: light is soft.
        """
        inks = palette(parameters.palette)
        light = np.zeros((len(picture) // 2, picture.shape[1] // 2, 3), np.uint8)
        x, y, wide, high = camera
        for k, rect in enumerate(columns[0].rects if columns else ()):
            start, level = (x + wide, y + high * (k + 0.5) / len(columns[0].rects)), float(columns[0].strength[k])
            stream(light, start, entry(rect), inks[round(150 * level)], thick(level, light))
        for before, after in pairwise(columns):
            same = after.cells @ before.cells.T
            for k, row in enumerate(same):
                for j in np.argsort(-row)[:FLOWS]:
                    level = (row[j] - SAME) / (1 - SAME) * (after.strength[k] * before.strength[j]) ** 0.5 * 1.4
                    if level > 0.02:
                        level = min(1.0, level)
                        stream(light, leave(before.rects[j]), entry(after.rects[k]), inks[round(60 + 170 * level)],
                               thick(level, light))
        for rect, strength in zip(columns[-1].rects, columns[-1].strength, strict=True) if columns else ():
            for place, score in words:
                if (level := min(1.0, strength * score * 1.6)) > 0.02:
                    stream(light, leave(rect), place, inks[round(60 + 170 * level)], thick(level, light))
        small = cv2.resize(light, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        soft = cv2.convertScaleAbs(cv2.GaussianBlur(small, (0, 0), max(0.5, len(picture) / 240)), alpha=1.1)
        light = cv2.addWeighted(light, 0.8, cv2.resize(soft, light.shape[1::-1]), 1.0, 0)
        cv2.add(picture, cv2.resize(light, picture.shape[1::-1]), dst=picture)

    def draw(self, picture, column, pixels, percept, parameters, foot) -> None:
        """The maps of a layer, its name and its size."""
        height = len(picture)
        inks = palette(parameters.palette)
        for (left, top, broad, tall), bright, strength in zip(column.rects, pixels, column.strength, strict=True):
            picture[top : top + tall, left : left + broad] = coloured(bright, parameters.palette)
            rim = tuple(inks[round(36 + 80 * min(1.0, float(strength)))].tolist())
            cv2.rectangle(picture, (left - 1, top - 1), (left + broad, top + tall), rim, 1, cv2.LINE_AA)
        if parameters.labels and column.rects:
            shape, text = tuple(percept.maps[column.name].shape), max(9, height // 54)
            middle = column.rects[0][0] + column.rects[0][2] / 2
            chosen = column.name == parameters.layer
            write(picture, column.name, (middle, foot / 2), text, TEXT if chosen else DIM, BOLD, (0.5, 0.5))
            write(
                picture,
                f"{shape[1]} × {shape[2]} × {shape[0]}",
                (middle, height - foot / 2),
                text,
                DIM,
                anchor=(0.5, 0.5),
            )

    def guesses(self, scene: Scene, height: int) -> list[tuple[str, float, float]]:
        """What the network takes the picture for, followed softly: name, probability, and the pixel's row it stands at."""
        passed, self.time = max(0.0, scene.time - self.time), scene.time
        now = {guess.name: guess.score for guess in scene.classes}
        kept = exp(-passed / FOLLOW)
        followed = {name: now.get(name, 0.0) + (self.score.get(name, now.get(name, 0.0)) - now.get(name, 0.0)) * kept
                    for name in {**self.score, **now}}
        self.score = {name: score for name, score in followed.items() if name in now or score > 0.01}
        shown, step = sorted(self.score.items(), key=lambda item: -item[1])[:GUESSES], 2.3 * max(10, height // 30)
        return [
            (name, score, height / 2 + step * (place - GUESSES / 2 + 0.6)) for place, (name, score) in enumerate(shown)
        ]

    def words(self, picture, guesses, left, parameters) -> None:
        """The guesses as bars, those that are likely with their words."""
        height, width = picture.shape[:2]
        text, room = max(10, height // 30), width - left - width // 30
        inks, left = palette(parameters.palette), left + text // 2
        for name, score, y in guesses:
            ink = tuple(inks[round(110 + 140 * min(1.0, score * 1.3))].tolist()) if score >= LIKELY else DIM
            if score >= LIKELY and parameters.labels:
                write(picture, cut(name, text, room, BOLD), (left, y), text, TEXT, BOLD, (0, 1.05))
            top = round(y + 2)
            cv2.rectangle(picture, (left, top), (left + room, top + text // 5), FAINT, -1)
            cv2.rectangle(picture, (left, top), (left + round(room * score), top + text // 5), ink, -1)


def entry(rect) -> tuple[float, float]:
    return rect[0], rect[1] + rect[3] / 2


def leave(rect) -> tuple[float, float]:
    return rect[0] + rect[2], rect[1] + rect[3] / 2


def thick(level: float, light: np.ndarray) -> int:
    return max(1, round(level * len(light) / 130))


def stream(light: np.ndarray, start, stop, colour, line: int) -> None:
    """A curve on a picture of half the size, that leaves and arrives level."""
    ends = np.array([start, ((start[0] + stop[0]) / 2, start[1]), ((start[0] + stop[0]) / 2, stop[1]), stop])
    points = np.rint(CURVE @ ends * 8).astype(np.int32)  # sixteenths of a pixel
    cv2.polylines(light, [points], False, colour.tolist(), line, cv2.LINE_AA, 4)
