"""Makes training pictures on a processor, one by one: a photograph or a mosaic of four, in other light.

That is ten times as quick there as batches of tensors, as scenes.py makes them on a GPU.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from models.training.photographs import Picture


def weigh(pictures: Sequence[Picture], classes: int, share: float = 0.06) -> np.ndarray:
    """How often to show each picture: classes rarer than `share` come up more (as in LVIS, Gupta et al. 2019)."""
    holds = np.zeros((len(pictures), classes))
    for index, picture in enumerate(pictures):
        sure = picture.rows[picture.rows[:, 5] > 0.75]
        holds[index, sure[:, 4].astype(int)] = 1
    often = np.maximum(1, np.sqrt(share * len(pictures) / np.maximum(1, holds.sum(axis=0))))
    weights = np.maximum(0.6, (holds * often).max(axis=1))
    return weights / weights.sum()


def background(random: np.random.Generator, size: int) -> np.ndarray:
    """Letterbox grey half of the time, else any plain colour."""
    colour = 114 if random.random() < 0.5 else random.integers(0, 256, 3)
    return np.full((size, size, 3), colour, np.uint8)


def place(random: np.random.Generator, canvas: np.ndarray, region: tuple[int, int, int, int], picture: Picture,
          zoom: tuple[float, float]) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """Paste a picture into a region (left, top, right, bottom) of the canvas at a random scale; its rows there, and
    where it lies: nowhere if almost nothing of it would show."""
    left, top, right, bottom = region
    wide, high = right - left, bottom - top
    rows, (own_high, own_wide) = picture.rows.copy(), picture.pixels.shape[:2]
    scale = min(5.0, min(wide / own_wide, high / own_high) * np.exp(random.uniform(*np.log(zoom))))
    sx, sy = scale * np.exp(random.uniform(-0.12, 0.12, 2))
    # where the picture's own corner falls: anywhere that shows as much of it as fits
    dx = left + random.uniform(min(0, wide - sx * own_wide), max(0, wide - sx * own_wide))
    dy = top + random.uniform(min(0, high - sy * own_high), max(0, high - sy * own_high))
    x0, y0 = max(left, round(dx)), max(top, round(dy))
    x1, y1 = min(right, round(dx + sx * own_wide)), min(bottom, round(dy + sy * own_high))
    if x1 - x0 < 8 or y1 - y0 < 8:
        return np.zeros((0, 6), np.float32), (0, 0, 0, 0)
    crop = picture.pixels[int((y0 - dy) / sy) if y0 > dy else 0:max(1, round((y1 - dy) / sy)),
                          int((x0 - dx) / sx) if x0 > dx else 0:max(1, round((x1 - dx) / sx))]
    canvas[y0:y1, x0:x1] = cv2.resize(crop, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA if sx < 1 else 1)
    rows[:, [0, 2]] = rows[:, [0, 2]] * sx + dx
    rows[:, [1, 3]] = rows[:, [1, 3]] * sy + dy
    area = (rows[:, 2] - rows[:, 0]) * (rows[:, 3] - rows[:, 1])
    rows[:, [0, 2]] = rows[:, [0, 2]].clip(x0, x1)
    rows[:, [1, 3]] = rows[:, [1, 3]].clip(y0, y1)
    sides = rows[:, 2:4] - rows[:, :2]
    seen = sides.prod(axis=1) / np.maximum(area, 1e-6)
    rows[(seen < 0.35) | (sides.min(axis=1) < 5), 5] = 0  # too little left of it to be sure
    return rows[(seen > 0.1) & (sides.min(axis=1) > 1)], (x0, y0, x1, y1)


def light(random: np.random.Generator, canvas: np.ndarray) -> np.ndarray:
    """Another camera in other light: colour, contrast, darkness, blur, noise."""
    gain = random.uniform(0.7, 1.3) * random.uniform(0.8, 1.25, 3)
    gamma = np.exp(random.uniform(-0.4, 0.4)) * (2.0 if random.random() < 0.08 else 1.0)
    ramp = np.linspace(0, 1, 256)[:, None] ** gamma * gain + random.uniform(-0.08, 0.08)
    canvas = cv2.LUT(canvas, (ramp.clip(0, 1) * 255).astype(np.uint8).reshape(256, 1, 3))
    grey = cv2.cvtColor(cv2.cvtColor(canvas, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    colour = 0.0 if random.random() < 0.04 else random.uniform(0.4, 1.5)
    canvas = cv2.addWeighted(canvas, colour, grey, 1 - colour, 0)
    if random.random() < 0.2:  # as coarse as an enlarged tile, so that sharpness tells nothing
        (high, wide), share = canvas.shape[:2], random.uniform(0.25, 0.6)
        coarse = cv2.resize(canvas, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        canvas = cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_LINEAR)
    if random.random() < 0.12:
        canvas = cv2.blur(canvas, tuple(int(side) for side in random.integers(1, 6, 2)))
    if random.random() < 0.12:
        noise = random.normal(0, random.uniform(3, 14), (64, canvas.shape[1], 3))
        noise = np.tile(noise, (canvas.shape[0] // 64 + 1, 1, 1))[:canvas.shape[0]]
        canvas = (canvas + noise).clip(0, 255).astype(np.uint8)
    return canvas


def regions_of(random: np.random.Generator, size: int, mosaic: bool) -> list[tuple[int, int, int, int]]:
    """Where photographs go: one everywhere, or four that meet somewhere in the middle."""
    if not mosaic:
        return [(0, 0, size, size)]
    x, y = (int(size * random.uniform(0.3, 0.7)) for _ in range(2))
    return [(0, 0, x, y), (x, 0, size, y), (0, y, x, size), (x, y, size, size)]


def mirror(random: np.random.Generator, canvas: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The canvas, mirrored half of the time, its rows with it, in place."""
    if random.random() < 0.5:
        return canvas
    rows[:, [0, 2]] = canvas.shape[1] - rows[:, [2, 0]]
    return np.ascontiguousarray(canvas[:, ::-1])


class Composer:
    """Draws from photographs by their weights: __call__(random, size, mosaic) gives pixels (S, S, 3) uint8 and rows."""

    def __init__(self, photographs: Sequence[Picture], weights: np.ndarray):
        self.photographs, self.weights = photographs, weights

    def __call__(self, random: np.random.Generator, size: int, mosaic: bool) -> tuple[np.ndarray, np.ndarray]:
        canvas, rows = background(random, size), []
        for region in regions_of(random, size, mosaic):
            picture = self.photographs[random.choice(len(self.photographs), p=self.weights)]
            rows.append(place(random, canvas, region, picture, (0.6, 2.2))[0])
        rows = np.concatenate(rows)
        canvas = mirror(random, canvas, rows)
        return light(random, canvas), rows
