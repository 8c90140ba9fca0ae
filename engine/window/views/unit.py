"""One unit, large: its map as light on the camera's picture; beside it what drives it, what it likes and has seen."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
import torch

from engine.values import Percept, Scene
from engine.window.colours import ACCENT, DIM, FAINT, TEXT
from engine.window.text import BOLD, width_of, write
from engine.window.views.brightness import Brightness
from engine.window.views.glow import coloured, covering, glow, grey_of
from engine.window.views.incoming import Incoming
from engine.window.views.second_pass import SecondPass
from engine.window.views.tiles import crop, enlarged
from engine.window.views.view import ViewParameters, at_most, black

HOLDING = (70, 130, 220)  # the bar of a unit that holds another back
LENS = 0.3  # of the picture's shorter side
SOFT = 0.12  # of the lens's radius: its edge
CROPS = 9  # the pictures that moved the unit most are kept
APART = 3.0  # seconds between two of them
HISTORY = 240  # moments of the curve
KEPT = 256  # units whose crops and curve are kept when another is looked at
TILE = 0.13  # of the picture's shorter side, that a map that drives the unit has
PART = 0.3  # of the frame's shorter side that a kept picture shows
DUSK = 0.15  # how much brighter than under the maps of a wall the picture is here: it is large
MOST = 1280 * 720  # pixels that the picture is composed in


@dataclass(slots=True)
class Memory:
    """What was seen of a unit: its curve, and the pieces of pictures that moved it most: activation, time, picture."""

    history: deque[float] = field(default_factory=lambda: deque(maxlen=HISTORY))
    crops: list[tuple[float, float, np.ndarray]] = field(default_factory=list)


class Unit:
    """The view. unit_pictures are the pictures of what units respond to, {tap: (units, side, side, 3) uint8 RGB}."""

    def __init__(self, brightness: Brightness, unit_pictures: Mapping[str, np.ndarray], second_pass: SecondPass):
        self.brightness, self.unit_pictures, self.second_pass = brightness, unit_pictures, second_pass
        self.incoming = Incoming(second_pass)
        self.memories: dict[tuple[str, int], Memory] = {}  # the last that was looked at is the last

    @torch.inference_mode()
    def __call__(self, percept: Percept, scene: Scene, parameters: ViewParameters) -> np.ndarray:
        size = at_most(MOST, parameters.size)
        tap, unit = parameters.layer, parameters.unit
        if tap not in percept.maps or unit >= len(percept.maps[tap]):
            return black(size)
        bright = self.brightness(percept, tap)[unit]
        shape = percept.frame.pixels.shape[:2]
        scale = shape[0] / bright.shape[0], shape[1] / bright.shape[1]
        top, bottom, left, right = crop(shape, size[0] / size[1])
        part = top / scale[0], bottom / scale[0], left / scale[1], right / scale[1]
        light = enlarged(bright, part, size, parameters.smooth, parameters.mirror)
        if parameters.gamma != 1:
            light = light.pow(1 / parameters.gamma)
        light = (light * 255.5).to(torch.uint8).cpu().numpy()
        picture = glow(light, grey_of(percept.frame.pixels, size, parameters.mirror), parameters.palette,
                       min(1.0, parameters.under + DUSK) if parameters.under > 0 else 0.0)
        memory = self.remember(percept, bright.cpu().numpy(), parameters)
        if parameters.details:
            self.beside(picture, memory, parameters)
            self.before(picture, percept, parameters)
        return picture

    def remember(self, percept: Percept, bright: np.ndarray, parameters: ViewParameters) -> Memory:
        """Follow the unit: its mean, and the parts of pictures that moved it most."""
        name = parameters.layer, parameters.unit
        self.memories[name] = memory = self.memories.pop(name, None) or Memory()
        while len(self.memories) > KEPT:
            del self.memories[next(iter(self.memories))]
        memory.history.append(float(bright.mean()))
        time, strength = percept.frame.time, float(bright.max())
        near = next((kept for kept in memory.crops if abs(kept[1] - time) < APART), None)
        weakest = memory.crops[-1][0] if len(memory.crops) == CROPS else 0.0
        if strength > (weakest if near is None else near[0]):
            began = time if near is None else near[1]
            kept = [crop for crop in memory.crops if crop is not near] + [(strength, began, piece(percept, bright))]
            memory.crops = sorted(kept, key=lambda crop: -crop[0])[:CROPS]
        return memory

    def before(self, picture: np.ndarray, percept: Percept, parameters: ViewParameters) -> None:
        """Along the left edge the maps that drive the unit, with their parts as bars; of a first layer its filter."""
        height = len(picture)
        gap, high = max(2, height // 36), round(TILE * min(height, picture.shape[1]))
        text, top = max(9, height // 45), gap + round(2.6 * max(10, height // 22))
        drive = self.incoming(percept, parameters.layer, parameters.unit)
        if high < 12:
            return
        if drive is None:
            weight = self.second_pass.first(percept.maps[parameters.layer].shape[0])
            if weight is not None and parameters.layer == next(iter(percept.maps)):
                kernel = weight[parameters.unit].transpose(1, 2, 0)
                tile = (127.5 + 127.5 * kernel / (np.abs(kernel).max() + 1e-9)).clip(0, 255).astype(np.uint8)
                tile = cv2.resize(tile, (2 * high, 2 * high), interpolation=cv2.INTER_NEAREST)
                paste(picture, cv2.flip(tile, 1) if parameters.mirror else tile, (gap, top))
            return
        maps = self.brightness(percept, drive.layer, drive.units).pow(1 / parameters.gamma)
        wide = round(high * maps.shape[2] / maps.shape[1])
        for bright, unit, part in zip(maps, drive.units, drive.parts, strict=True):
            pixels = (bright * 255.5).to(torch.uint8).cpu().numpy()
            pixels = coloured(cv2.resize(pixels, (wide, high), interpolation=cv2.INTER_LINEAR), parameters.palette)
            paste(picture, cv2.flip(pixels, 1) if parameters.mirror else pixels, (gap, top))
            bar = top + high + 2
            cv2.rectangle(picture, (gap, bar), (gap + wide - 1, bar + max(1, gap // 6)), FAINT, -1)
            full = gap + max(1, round(wide * min(1.0, abs(float(part)) * 2)))
            cv2.rectangle(picture, (gap, bar), (full, bar + max(1, gap // 6)), ACCENT if part > 0 else HOLDING, -1)
            if parameters.labels:
                words, left = f"{drive.layer} {unit}", gap + wide
                # over any light
                picture[top : top + round(1.5 * text), left : left + width_of(words, text) + gap] //= 4
                write(picture, words, (left + gap // 2, top), text, TEXT)
            top += high + gap

    def beside(self, picture: np.ndarray, memory: Memory, parameters: ViewParameters) -> None:
        """The lens, the kept pictures and the curve over the picture's lower edge."""
        height, width = picture.shape[:2]
        gap = max(2, height // 36)
        side = round(LENS * min(height, width))
        if side < 12:
            return
        tiles = self.unit_pictures.get(parameters.layer, ())
        right = width - gap
        if parameters.lens and parameters.unit < len(tiles):
            lens = tiles[parameters.unit]
            lens = cv2.resize(
                cv2.flip(lens, 1) if parameters.mirror else lens, (side, side), interpolation=cv2.INTER_CUBIC
            )
            blend(picture, lens, (right - side, height - gap - side), roundness(side))
            right -= side + gap
        small = (side - 2 * (gap // 3)) // 3
        for place, (_, _, pixels) in enumerate(memory.crops):
            row, column = divmod(place, 3)
            left = right - side + column * (small + gap // 3)
            top = height - gap - side + row * (small + gap // 3)
            pixels = cv2.resize(
                cv2.flip(pixels, 1) if parameters.mirror else pixels, (small, small), interpolation=cv2.INTER_AREA
            )
            blend(picture, pixels, (left, top), np.ones((small, small), np.float32))
        right -= side + gap
        if parameters.labels:
            size = max(10, height // 22)
            write(picture, f"{parameters.layer}", (gap, gap), size, TEXT, BOLD)
            write(picture, f"unit {parameters.unit}", (gap, gap + round(size * 1.3)), size * 2 // 3, DIM)
        if len(memory.history) > 1 and right > 4 * gap:
            values = np.asarray(memory.history)
            top = max(values.max(), 0.05)
            x = right - (len(values) - 1 - np.arange(len(values))) * (right - gap) / (HISTORY - 1)
            y = height - gap - values / top * side * 0.6
            points = np.rint(np.stack([x, y], 1) * 16).astype(np.int32)
            cv2.polylines(picture, [points], False, ACCENT, max(1, height // 360), cv2.LINE_AA, 4)
            cv2.circle(picture, tuple(points[-1].tolist()), max(2, height // 180) * 16, TEXT, -1, cv2.LINE_AA, 4)


def piece(percept: Percept, bright: np.ndarray) -> np.ndarray:
    """The square of the frame around the place where a map is brightest, (96, 96, 3)."""
    pixels = percept.frame.pixels
    height, width = pixels.shape[:2]
    side = max(1, round(PART * min(height, width)))
    row, column = np.unravel_index(int(bright.argmax()), bright.shape)
    left = round((column + 0.5) / bright.shape[1] * width - side / 2)
    top = round((row + 0.5) / bright.shape[0] * height - side / 2)
    left, top = min(max(0, left), width - side), min(max(0, top), height - side)
    return covering(pixels[top : top + side, left : left + side], (96, 96))


def roundness(side: int) -> np.ndarray:
    """A round window with a soft edge, (side, side) in 0..1."""
    y, x = np.ogrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    return ((1 - np.hypot(x, y)) / SOFT).clip(0, 1).astype(np.float32)


def paste(picture: np.ndarray, pixels: np.ndarray, place: tuple[int, int]) -> None:
    """Lay pixels over a picture at a place (left, top); what lies outside is left out."""
    under = picture[place[1] : place[1] + len(pixels), place[0] : place[0] + pixels.shape[1]]
    under[...] = pixels[: under.shape[0], : under.shape[1]]


def blend(picture: np.ndarray, pixels: np.ndarray, place: tuple[int, int], mask: np.ndarray) -> None:
    """Lay pixels over a picture at a place (left, top) where a mask 0..1 lets them; what lies outside is left out."""
    left, top = place
    x, y = max(0, left), max(0, top)
    under = picture[y : max(0, top + pixels.shape[0]), x : max(0, left + pixels.shape[1])]
    if under.size:
        rows, columns = slice(y - top, y - top + under.shape[0]), slice(x - left, x - left + under.shape[1])
        part = mask[rows, columns, None]
        under[...] = under * (1 - part) + pixels[rows, columns] * part + 0.5
