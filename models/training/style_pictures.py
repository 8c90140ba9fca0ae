"""The pictures whose manner the shipped styles have, drawn by this script: python -m models.training.style_pictures DIR

Kandinsky-like shapes, ink on paper, a mosaic: nobody's pictures but this file's.
"""

import math
import sys
from pathlib import Path

import cv2
import numpy as np

SIDE = 512  # pixels
FINE = 4  # cv2 draws in sixteenths of a pixel
PAPER, INK = (240, 228, 200), (22, 24, 44)
COLOURS = [(214, 44, 38), (24, 74, 162), (244, 188, 32), (28, 28, 34), (38, 134, 108), (234, 120, 60), (122, 58, 132),
           (246, 214, 190), (120, 176, 214)]
GLAZE = [(8, 74, 128), (12, 132, 158), (86, 190, 188), (238, 196, 84), (222, 110, 46), (168, 36, 44), (244, 232, 208),
         (40, 88, 60)]


def spot(x: float, y: float) -> tuple[int, int]:
    return round(x * 2**FINE), round(y * 2**FINE)


def kandinsky(chance: np.random.Generator) -> np.ndarray:
    """Circles in circles, triangles, arcs, fans of lines and chequers in pure colours on warm paper."""
    picture = np.full((SIDE, SIDE, 3), PAPER, np.uint8)
    colour = lambda: COLOURS[chance.integers(len(COLOURS))]  # noqa: E731
    for _ in range(26):  # washes
        x, y, r = chance.uniform(0, SIDE, 2).tolist() + [chance.uniform(30, 110)]
        wash = picture.copy()
        points = [spot(x + r * math.cos(a) * chance.uniform(0.5, 1.2), y + r * math.sin(a) * chance.uniform(0.5, 1.2))
                  for a in np.linspace(0, math.tau, chance.integers(3, 8), endpoint=False)]
        cv2.fillPoly(wash, [np.array(points, np.int32)], colour(), cv2.LINE_AA, FINE)
        picture = cv2.addWeighted(wash, 0.75, picture, 0.25, 0)
    for _ in range(34):
        x, y, r = chance.uniform(0, SIDE), chance.uniform(0, SIDE), chance.uniform(8, 58)
        for ring in np.linspace(1, 0.25, chance.integers(1, 5)):
            cv2.circle(picture, spot(x, y), spot(r * ring, 0)[0], colour(), -1, cv2.LINE_AA, FINE)
        cv2.circle(picture, spot(x, y), spot(r, 0)[0], INK, chance.integers(1, 4), cv2.LINE_AA, FINE)
    for _ in range(7):
        x, y, step = chance.uniform(0, SIDE), chance.uniform(0, SIDE), chance.uniform(8, 16)
        turn = cv2.getRotationMatrix2D((x, y), chance.uniform(0, 90), 1)
        for row in range(4):
            for column in range(4):
                square = np.float32([[0, 0], [1, 0], [1, 1], [0, 1]]) * step + (x + column * step, y + row * step)
                square = (np.c_[square, np.ones(4)] @ turn.T * 2**FINE).round().astype(np.int32)
                cv2.fillPoly(picture, [square], INK if (row + column) % 2 else colour(), cv2.LINE_AA, FINE)
    for _ in range(34):
        start, angle, length = chance.uniform(0, SIDE, 2), chance.uniform(0, math.tau), chance.uniform(60, 260)
        for line in range(chance.integers(1, 4)):
            end = start + length * np.array([math.cos(angle + 0.06 * line), math.sin(angle + 0.06 * line)])
            cv2.line(picture, spot(*start), spot(*end), INK, int(chance.integers(1, 5)), cv2.LINE_AA, FINE)
    for _ in range(16):
        axes = spot(*chance.uniform(14, 90, 2))
        first = chance.uniform(0, 360)
        cv2.ellipse(picture, spot(*chance.uniform(0, SIDE, 2)), axes, chance.uniform(0, 360), first,
                    first + chance.uniform(60, 200), INK, int(chance.integers(2, 6)), cv2.LINE_AA, FINE)
    return grained(picture, chance, 7)


def ink(chance: np.random.Generator) -> np.ndarray:
    """Brush strokes that swell and run dry, hatching and grey washes on white paper."""
    light = np.full((SIDE, SIDE), 250.0, np.float32)
    for _ in range(16):  # washes
        wash = np.zeros((SIDE, SIDE), np.float32)
        middle, radius = spot(*chance.uniform(0, SIDE, 2)), spot(chance.uniform(30, 90), 0)[0]
        cv2.circle(wash, middle, radius, 1.0, -1, cv2.LINE_AA, FINE)
        wobble = cv2.GaussianBlur(chance.standard_normal((SIDE, SIDE), np.float32), (0, 0), 14) * 900
        places = np.indices((SIDE, SIDE), np.float32)
        wash = cv2.remap(wash, places[1] + wobble, places[0] + wobble[::-1], cv2.INTER_LINEAR)
        light -= chance.uniform(25, 70) * cv2.GaussianBlur(wash, (0, 0), 3)
    light = light.clip(60)
    for _ in range(70):  # strokes
        place, angle, bend = chance.uniform(0, SIDE, 2), chance.uniform(0, math.tau), chance.normal(0, 0.02)
        wide, length = chance.uniform(2, 10), chance.integers(30, 150)
        for step in range(length):
            swell = wide * math.sin(math.pi * (step + 2) / (length + 4)) ** 0.6
            cv2.circle(light, spot(*place), spot(max(0.6, swell), 0)[0], 14.0, -1, cv2.LINE_AA, FINE)
            angle += bend + chance.normal(0, 0.03)
            place = place + 2 * np.array([math.cos(angle), math.sin(angle)])
    for _ in range(34):  # hatching
        place, angle = chance.uniform(0, SIDE, 2), chance.uniform(0, math.pi)
        along, over = np.array([math.cos(angle), math.sin(angle)]), np.array([-math.sin(angle), math.cos(angle)])
        for line in range(chance.integers(6, 16)):
            start = place + over * 5 * line + chance.normal(0, 1.5, 2)
            cv2.line(light, spot(*start), spot(*(start + along * chance.uniform(30, 70))), 30.0, 1, cv2.LINE_AA, FINE)
    picture = light[..., None] / 255 * np.array([252, 248, 238], np.float32) + (255 - light)[..., None] / 255 * INK
    return grained(picture.clip(0, 255).astype(np.uint8), chance, 5)


def mosaic(chance: np.random.Generator) -> np.ndarray:
    """Glazed stones along flowing rows, each of one colour that varies, with dark joints."""
    count, places = 330, np.indices((SIDE, SIDE)).reshape(2, -1).T
    stones = chance.uniform(0, SIDE, (count, 2))
    for _ in range(3):  # even their sizes (Lloyd 1982)
        near = nearest(stones, places)[0]
        sums = np.stack([np.bincount(near, places[:, axis], count) for axis in range(2)], 1)
        stones = sums / np.maximum(np.bincount(near, minlength=count), 1)[:, None]
    near, joint = nearest(stones, places)
    y, x = stones.T / SIDE
    field = np.sin(5 * x + 3 * np.sin(4 * y)) + np.cos(6 * y - 2 * np.sin(5 * x)) + chance.normal(0, 0.4, count)
    shade = np.digitize(field, np.quantile(field, np.linspace(0, 1, len(GLAZE) + 1)[1:-1]))
    colours = np.array(GLAZE, float)[shade] * chance.uniform(0.72, 1.18, (count, 1)) + chance.normal(0, 8, (count, 3))
    light = np.clip(joint / 5, 0, 1)[:, None]
    picture = (colours[near] * (0.88 + 0.12 * np.clip(joint / 9, 0, 1))[:, None]) * light + 26 * (1 - light)
    return grained(picture.reshape(SIDE, SIDE, 3).clip(0, 255).astype(np.uint8), chance, 4)


def nearest(stones: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The stone nearest to each place, and how much further the next one is, in pixels."""
    from scipy.spatial import cKDTree
    far, index = cKDTree(stones).query(places, 2)
    return index[:, 0], far[:, 1] - far[:, 0]


def grained(picture: np.ndarray, chance: np.random.Generator, depth: float) -> np.ndarray:
    """A picture with the grain of paper."""
    grain = cv2.GaussianBlur(chance.standard_normal((SIDE, SIDE, 1), np.float32), (0, 0), 0.8)[..., None]
    return (picture + 2 * depth * grain).clip(0, 255).astype(np.uint8)


STYLES = {"kandinsky": kandinsky, "ink": ink, "mosaic": mosaic}


def style_picture(name: str) -> np.ndarray:
    """A style's picture, (SIDE, SIDE, 3) uint8 RGB, always the same."""
    return STYLES[name](np.random.default_rng(12))


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in STYLES:
        cv2.imwrite(str(folder / f"{name}.png"), style_picture(name)[..., ::-1])


if __name__ == "__main__":
    main()
