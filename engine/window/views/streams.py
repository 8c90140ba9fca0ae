"""Streams of light through a network: from the picture into the first layer, from layer to layer, to the words."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from engine.window.colours import palette
from engine.window.views.view import ViewParameters

FLOWS = 4  # streams that end in each map
SAME = 0.25  # two maps that overlap less have no stream between them
WEAKEST = 0.02  # a stream that is weaker is not drawn
ALONG = np.linspace(0, 1, 25)[:, None]
CURVE = np.hstack([(1 - ALONG) ** 3, 3 * (1 - ALONG) ** 2 * ALONG, 3 * (1 - ALONG) * ALONG**2, ALONG**3])  # Bézier's


@dataclass(frozen=True, slots=True)
class Column:
    """A layer on the screen: where each of its shown maps is (left, top, width, height), and how strong."""

    name: str
    rects: list[tuple[int, int, int, int]]
    strength: np.ndarray
    cells: np.ndarray  # (maps, cells), each of length 1


def streams(size: tuple[int, int], camera: tuple[int, int, int, int], columns: list[Column], words: np.ndarray,
            parameters: ViewParameters) -> tuple[np.ndarray, int]:
    """Lines of light: from the picture into the first layer, between maps that glow in the same places, to words.

    camera is where the picture is (left, top, width, height), words (n, 3) where each word begins, x and y, and its
    probability. They are drawn at half the size, for light is soft, and only where they can be; returns them and their
    left edge.
    """
    x, y, wide, high = camera
    count = len(columns[0].rects)
    sources = np.column_stack((np.full(count, x + wide), y + high * (np.arange(count) + 0.5) / count))
    flows = [streaming(sources, entries(columns[0]), columns[0].strength, 0, 150)]
    for before, after in pairwise(columns):
        same = after.cells @ before.cells.T
        into, out = np.arange(len(same))[:, None], np.argsort(-same)[:, :FLOWS]
        level = (same[into, out] - SAME) / (1 - SAME) * (after.strength[into] * before.strength[out]) ** 0.5 * 1.4
        flows.append(streaming(leaves(before)[out], entries(after)[into], level, 60, 170))
    level = columns[-1].strength[:, None] * words[:, 2] * 1.6
    flows.append(streaming(leaves(columns[-1])[:, None], words[:, :2], level, 60, 170))
    margin = size[1] // 30
    left = max(0, x + wide - margin)
    right = min(size[0], int(words[0, 0]) + margin) if len(words) else size[0]
    light = np.zeros((size[1] // 4 * 2, max(1, (right - left) // 4) * 2, 3), np.uint8)
    draw_streams(light, np.concatenate(flows) - [left, 0, left, 0, 0, 0], palette(parameters.palette))
    soft, around = cv2.resize(light, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), 2 * (size[1] // 196) + 1
    soft = cv2.blur(cv2.blur(soft, (around, around)), (around, around))  # twice is round as a Gaussian, and quick
    light = cv2.addWeighted(light, 0.8, cv2.resize(soft, light.shape[1::-1]), 1.1, 0)
    return cv2.resize(light, (right - left, size[1])), left


def entries(column: Column) -> np.ndarray:
    """Where streams arrive at the maps of a layer, (n, 2): the middles of their left edges."""
    return np.array([(left, top + tall / 2) for left, top, _, tall in column.rects])


def leaves(column: Column) -> np.ndarray:
    """Where streams leave them: the middles of their right edges."""
    return np.array([(left + broad, top + tall / 2) for left, top, broad, tall in column.rects])


def streaming(starts: np.ndarray, stops: np.ndarray, level: np.ndarray, dark: float, span: float) -> np.ndarray:
    """Streams as rows: start x and y, stop x and y, level 0..1, and which of a palette's colours; none too weak."""
    level = np.asarray(level)[..., None].clip(0, 1)
    ends = (np.broadcast_to(part, (*level.shape[:-1], 2)) for part in (starts, stops))
    rows = np.concatenate((*ends, level, dark + span * level), -1).reshape(-1, 6)
    return rows[rows[:, 4] > WEAKEST]


def draw_streams(light: np.ndarray, rows: np.ndarray, inks: np.ndarray) -> None:
    """Curves on a picture of half the size, that leave and arrive level; rows as streaming() has them."""
    start, stop = rows[:, :2], rows[:, 2:4]
    middle = (start[:, :1] + stop[:, :1]) / 2
    ends = np.stack((start, np.hstack((middle, start[:, 1:])), np.hstack((middle, stop[:, 1:])), stop), 1)
    curves = np.rint(CURVE @ ends * 8).astype(np.int32)  # sixteenths of a pixel
    lines = np.rint(rows[:, 4] * len(light) / 130).clip(1).astype(int).tolist()
    for curve, line, colour in zip(curves, lines, inks[np.rint(rows[:, 5]).astype(int)].tolist(), strict=True):
        cv2.polylines(light, [curve], False, colour, line, cv2.LINE_AA, 4)
