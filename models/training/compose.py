"""Makes training pictures for the detector: one photograph or a mosaic of four, at other scales, colours, light."""

from collections.abc import Sequence

import cv2
import numpy as np

from models.training.photographs import CLASSES, Picture, belief

CAT, CUP = CLASSES.index("cat"), CLASSES.index("cup")
FAVOURED = {CAT: 10, CUP: 2}  # people show these to a camera first, and the photographs hold few of them


def weigh(pictures: Sequence[Picture], classes: int, share: float = 0.06) -> np.ndarray:
    """How often to show each picture: classes rarer than `share` come up more (as in LVIS, Gupta et al. 2019)."""
    holds = np.zeros((len(pictures), classes))
    for index, picture in enumerate(pictures):
        sure = picture.rows[picture.rows[:, 5] > 0.75]
        holds[index, sure[:, 4].astype(int)] = 1
    often = np.maximum(1, np.sqrt(share * len(pictures) / np.maximum(1, holds.sum(axis=0))))
    weights = np.maximum(0.6, (holds * often).max(axis=1))
    return weights / weights.sum()


def favour(pictures: Sequence[Picture]) -> np.ndarray:
    """weigh() for our photographs: COCO's and true cats come up three times as often."""
    weights = weigh(pictures, len(CLASSES))
    weights *= [3 if picture.name.startswith("coco-") else 1 for picture in pictures]
    weights *= [3 if ((picture.rows[:, 4] == CAT) & (picture.rows[:, 5] == 1)).any() else 1 for picture in pictures]
    return weights / weights.sum()


def background(random: np.random.Generator, size: int) -> np.ndarray:
    """Letterbox grey half of the time, else any plain colour."""
    colour = 114 if random.random() < 0.5 else random.integers(0, 256, 3)
    return np.full((size, size, 3), colour, np.uint8)


def place(random: np.random.Generator, canvas: np.ndarray, region: tuple[int, int, int, int], picture: Picture,
          zoom: tuple[float, float], told: int) -> np.ndarray:
    """Paste a picture into a region (left, top, right, bottom) of the canvas at a random scale; its rows there.

    told, if it is not 0, is the worth of one more row, that of the region itself.
    """
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
        return np.zeros((0, 6), np.float32)
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
    rows = rows[(seen > 0.1) & (sides.min(axis=1) > 1)]
    return np.concatenate((rows, np.array([[x0, y0, x1, y1, 0, told]], np.float32))) if told else rows


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


class Composer:
    """Draws from photographs by their weights, and from tiles if there are any.

    __call__(random, size, mosaic) gives pixels (S, S, 3) uint8 and rows, and with `tutored` a row more for each region
    in which a tutor may be believed.
    """

    def __init__(self, photographs: Sequence[Picture], weights: np.ndarray,
                 ours: Sequence[Picture] = (), others: Sequence[Picture] = (), tutored: bool = False):
        self.photographs, self.weights, self.others, self.tutored = photographs, weights, others, tutored
        self.ours = {}  # tiles by class, so that every class is as frequent as the next
        for picture in ours:
            self.ours.setdefault(int(picture.rows[0, 4]), []).append(picture)

    def draw(self, random: np.random.Generator, tiles: float) -> tuple[Picture, tuple[float, float]]:
        """A picture and how far it may be zoomed; `tiles` is how often a tile is drawn."""
        if not self.ours or random.random() >= tiles:
            return self.photographs[random.choice(len(self.photographs), p=self.weights)], (0.6, 2.2)
        if random.random() < 0.3:
            return self.others[random.integers(len(self.others))], (0.3, 1.2)
        label = random.choice([label for label in self.ours for _ in range(FAVOURED.get(label, 1))])
        return self.ours[label][random.integers(len(self.ours[label]))], (0.4, 1.6)

    def __call__(self, random: np.random.Generator, size: int, mosaic: bool) -> tuple[np.ndarray, np.ndarray]:
        canvas, regions, tiles = background(random, size), [(0, 0, size, size)], 0.35
        if mosaic:
            x, y = (int(size * random.uniform(0.3, 0.7)) for _ in range(2))
            regions, tiles = [(0, 0, x, y), (x, 0, size, y), (0, y, x, size), (x, y, size, size)], 0.3
        rows = [np.zeros((0, 6), np.float32)]
        for region in regions:
            picture, zoom = self.draw(random, tiles)
            told = belief(picture.name) if self.tutored else 0
            rows.append(place(random, canvas, region, picture, zoom, told))
        rows = np.concatenate(rows)
        if random.random() < 0.5:
            canvas = canvas[:, ::-1]
            rows[:, [0, 2]] = size - rows[:, [2, 0]]
        return light(random, np.ascontiguousarray(canvas)), rows


