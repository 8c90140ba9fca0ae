"""The whole network at once: a river of light from the picture through every layer to words."""

from functools import lru_cache
from math import exp

import cv2
import numpy as np
import torch

from engine.values import LIKELY, Percept, Scene
from engine.window.colours import DIM, FAINT, TEXT, palette
from engine.window.text import BOLD, REGULAR, cut, width_of, write
from engine.window.views.brightness import Brightness
from engine.window.views.glow import coloured, covering
from engine.window.views.seats import Seats
from engine.window.views.streams import Column, streams
from engine.window.views.view import QUICK, ViewParameters, at_most, black
from engine.window.views.wall import coarse_maps

MAPS = (3, 4, 5, 6, 7)  # how many of each layer are shown, the first to the last; more layers go on with the last
FILL = 0.72  # of a column's width that its maps take; the rest is for the streams
GUESSES = 20
NAMED = 0.05  # a guess that is less probable is a bar without its word
SWELL = 5.0  # times its row that a certain guess has more room than an impossible one
TURN = 8  # times that a layer's shown maps are drawn until it is looked at whole, to see which are the strongest
STEPS = 1023  # of brightness: in the dark a gamma takes 255 apart
MOST = 1600 * 900
FOLLOW = 0.4  # seconds in which a bar follows most of a change


class Network:
    """The view. Streams join maps of neighbouring layers that glow in the same places.

    The river flows from left to right. In a picture that is higher than wide it flows down: everything is then laid
    out on its side, with the maps on theirs, and turned over its diagonal at the end, before the words are written.
    """

    def __init__(self, brightness: Brightness):
        self.brightness = brightness
        self.seats: dict[str, Seats] = {}
        self.activity: dict[str, np.ndarray] = {}  # how bright each unit of a layer was when last looked at whole
        self.drawn: dict[str, int] = {}
        self.kept: dict[str, tuple] = {}  # what was drawn for which parameters
        self.frames, self.quick = 0, False
        self.score: dict[str, float] = {}
        self.time = 0.0
        self.down = False  # whether the river flows down
        self.texts: list[tuple] = []  # what is written at the end

    @torch.inference_mode()
    def __call__(self, percept: Percept, scene: Scene, parameters: ViewParameters) -> np.ndarray:
        width, height = at_most(MOST, parameters.size)
        if height < 120 or width < 120:
            return black((width, height))
        self.down, self.texts = height > width, []
        width, height = (height, width) if self.down else (width, height)
        count = max(1, len(percept.maps))
        edge, foot = width // 48, height // (7 if self.down else 14)
        camera = self.camera((width, height), percept, edge, foot)
        room = width - camera[0] - camera[2] - round(0.19 * width)
        columns, tiles = [], []
        left = camera[0] + camera[2] + edge
        self.quick, self.frames = 0 <= percept.frame.time - self.time < QUICK, self.frames + 1
        for place, tap in enumerate(percept.maps):
            area = left + place * room // count, foot, room // count, height - 2 * foot
            column, pixels = self.keep(
                tap, place, (area, parameters), self.column, percept, tap, place, area, parameters
            )
            columns.append(column)
            tiles.append(pixels)
        words = left + count * room // count
        guesses = self.guesses(scene, foot, height - 2 * foot)
        if columns:
            ends = np.array([(words, y, score) for _, score, y, _ in guesses]).reshape(-1, 3)
            light, left = self.keep("", 0, parameters, streams, (width, height), camera, columns, ends, parameters)
            right = left + light.shape[1]
            picture = np.empty((height, width, 3), np.uint8)
            picture[:, :left], picture[:, left:right], picture[:, right:] = 0, light, 0
        else:
            picture = black((width, height))
        self.see(picture, camera, percept.frame.pixels, parameters.mirror)
        for column, pixels in zip(columns, tiles, strict=True):
            self.draw(picture, column, pixels, percept, parameters, foot)
        self.words(picture, guesses, words, parameters)
        if self.down:
            picture = np.ascontiguousarray(picture.transpose(1, 0, 2))
        for text, place, *rest in self.texts if parameters.labels else ():
            write(picture, text, place[:: -1 if self.down else 1], *rest)
        return picture

    def note(self, text: str, place, size: int, colour, weight: int = REGULAR, anchor=(0.5, 0.5)) -> None:
        """Have something written at the end, at a place of the layout; the anchor is as it will be read."""
        self.texts.append((text, place, size, colour, weight, anchor))

    def keep(self, name, place, state, make, *values):
        """What make(*values) gives, or gave in the last frame: in a quick show layers take turns, for 25 pictures a
        second are movement to the eye."""
        before = self.kept.get(name)
        if before is None or before[0] != state or not self.quick or (self.frames + place) % 2:
            self.kept[name] = before = state, make(*values)
        return before[1]

    def camera(self, size, percept, edge, foot) -> tuple[int, int, int, int]:
        """Where the camera's picture is, at the left."""
        width, height = size
        rows, columns = percept.frame.pixels.shape[:2]
        aspect = columns / rows if self.down else rows / columns
        wide = round(0.22 * width)
        high = min(round(wide * aspect), height - 2 * foot)
        top = (height - high) // 2
        text = max(9, height // 54)
        if not self.down:
            self.note(f"{columns} × {rows} × 3", (edge, top + high + text // 2), text, DIM, anchor=(0, 0))
        return edge, top, wide, high

    def see(self, picture, camera, pixels, mirror: bool) -> None:
        """Draw the camera's picture over what light there is."""
        left, top, wide, high = camera
        pixels = covering(pixels, (high, wide) if self.down else (wide, high))
        pixels = cv2.flip(pixels, 1) if mirror else pixels
        area = picture[top : top + high, left : left + wide]
        cv2.add(area, pixels.transpose(1, 0, 2) if self.down else pixels, dst=area)

    def column(self, percept, tap, place, area, parameters) -> tuple[Column, np.ndarray]:
        """The strongest maps of a layer, and their pictures (n, h, w, 3) uint8."""
        count = len(percept.maps[tap])
        self.drawn[tap] = self.drawn.get(tap, -1) + 1
        if (self.drawn[tap] - place) % TURN == 0 or len(self.activity.get(tap, ())) != count:
            self.activity[tap] = self.brightness(percept, tap).mean((1, 2)).cpu().numpy()
        many = min(MAPS[min(place, len(MAPS) - 1)], count)
        units, strength = self.seats.setdefault(tap, Seats())(self.activity[tap], many, percept.frame.time)
        bright = self.brightness(percept, tap, units)
        bright = bright.flip(2) if parameters.mirror else bright
        bright = bright.transpose(1, 2) if self.down else bright
        cells = coarse_maps(bright)
        left, top, wide, high = area
        frame = percept.frame.pixels.shape[1::-1] if self.down else percept.frame.pixels.shape[:2]
        step = high / many
        tall = max(2, min(round(step * 0.88), round(FILL * wide * frame[0] / frame[1])))
        broad = max(2, round(tall * frame[1] / frame[0]))
        middle = left + wide // 2
        rects = [(middle - broad // 2, round(top + (k + 0.5) * step - tall / 2), broad, tall) for k in range(many)]
        if bright.shape[1] > 1.5 * tall:  # a cubic would pick pixels out of so many
            bright = torch.nn.functional.adaptive_avg_pool2d(bright[None], (tall, broad))[0]
        smooth = cv2.INTER_CUBIC if parameters.smooth else cv2.INTER_NEAREST
        maps = brightened(np.ascontiguousarray(bright.permute(1, 2, 0).cpu().numpy()), parameters.gamma)
        pixels = cv2.resize(maps, (broad, tall), interpolation=smooth)
        pixels = pixels.reshape(tall, broad, many).transpose(2, 0, 1).reshape(-1, broad)
        strength = strength * np.sqrt(cells.mean(1))
        cells = cells / (np.linalg.norm(cells, axis=1, keepdims=True) + 1e-6)
        pixels = coloured(pixels, parameters.palette).reshape(many, tall, broad, 3)
        return Column(tap, rects, strength, cells), pixels

    def draw(self, picture, column, pixels, percept, parameters, foot) -> None:
        """The maps of a layer, its name and its size."""
        height = len(picture)
        inks = palette(parameters.palette)
        for (left, top, broad, tall), tile, strength in zip(column.rects, pixels, column.strength, strict=True):
            picture[top : top + tall, left : left + broad] = tile
            rim = tuple(inks[round(36 + 80 * min(1.0, float(strength)))].tolist())
            cv2.rectangle(picture, (left - 1, top - 1), (left + broad, top + tall), rim)
        if column.rects:
            shape, text = tuple(percept.maps[column.name].shape), max(9, height // 54)
            middle = column.rects[0][0] + column.rects[0][2] / 2
            told = f"{shape[1]} × {shape[2]} × {shape[0]}"
            self.note(column.name, (middle, foot / 2), text, TEXT if column.name == parameters.layer else DIM, BOLD)
            if self.down or width_of(told, text) < column.rects[0][2] / FILL:
                self.note(told, (middle, height - foot / 2), text, DIM)

    def guesses(self, scene: Scene, top: int, span: int) -> list[tuple[str, float, float, float]]:
        """What the network takes the picture for, followed softly: name, probability, the middle and height of its
        row, in so many pixels from a top on. Rows swell with what is in them, so that words come and go softly."""
        passed, self.time = max(0.0, scene.time - self.time), scene.time
        now = {guess.name: guess.score for guess in scene.classes}
        kept = exp(-passed / FOLLOW)
        followed = {name: now.get(name, 0.0) + (self.score.get(name, now.get(name, 0.0)) - now.get(name, 0.0)) * kept
                    for name in {**self.score, **now}}
        self.score = {name: score for name, score in followed.items() if name in now or score > 0.01}
        shown = sorted(self.score.items(), key=lambda item: -item[1])[:GUESSES]
        room = np.array([1 + SWELL * score for _, score in shown])
        room *= span / (GUESSES + SWELL)
        middles = top + (span - room.sum()) / 2 + room.cumsum() - room / 2
        return [(*guess, y, high) for guess, y, high in zip(shown, middles.tolist(), room.tolist(), strict=True)]

    def words(self, picture, guesses, left, parameters) -> None:
        """The guesses as bars, with their words where they are worth one."""
        height, width = picture.shape[:2]
        most, room = max(10, height // 30), width - left - width // 30
        inks, left = palette(parameters.palette), left + most // 2
        room -= 3 * most if self.down else 0
        words = [y for _, score, y, _ in guesses if score >= LIKELY]  # where they begin in a river that flows down
        ends = words[2:] + len(guesses) * [height - most]  # there they stand in two lines
        for place, (name, score, y, high) in enumerate(guesses):
            likely, bar = score >= LIKELY, max(2, round(min(most, high / 3) / 4))
            ink = tuple(inks[round(110 + 140 * min(1.0, score * 1.3))].tolist()) if likely else DIM
            text = round(min(most, high * 0.55))
            if self.down and likely:
                under = left + room + most + 1.2 * most * (place % 2)
                self.note(cut(name, most, ends[place] - y, BOLD), (under, y), most, TEXT, BOLD, (0, 0.5))
            elif not self.down and score >= NAMED:
                colour, weight = (TEXT, BOLD) if likely else (DIM, REGULAR)
                self.note(cut(name, text, room, weight), (left, y), text, colour, weight, (0, 1.05))
            top = round(y + 2)
            cv2.rectangle(picture, (left, top), (left + room, top + bar), FAINT, -1)
            cv2.rectangle(picture, (left, top), (left + round(room * score), top + bar), ink, -1)


def brightened(bright: np.ndarray, gamma: float) -> np.ndarray:
    """Brightness in 0..1 as uint8, by a table: a power for each costs ten times as much."""
    return brightenings(gamma)[(STEPS * bright).astype(np.int16)]


@lru_cache(8)
def brightenings(gamma: float) -> np.ndarray:
    return np.rint(255 * np.linspace(0, 1, STEPS + 1) ** (1 / gamma)).astype(np.uint8)
