"""What the outputs of an exported detector mean: one function a layout, told apart by shapes and, on a picture, values.

Each reads a pass's outputs as boxes (1, N, 4), centre and size in pixels of the canvas, and scores (1, N, K).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

STRIDES = (8, 16, 32)
# the last scale not in all of them; four sides of eight odds each
NANODET_STRIDES, NANODET_BINS = (*STRIDES, 64), 4 * 8
CORNERS_OF_ONE = 1.5  # boxes that reach no further are in parts of the picture, not in pixels
QUERIES = 1000  # a detector without cells answers so many at most

Arrays = Sequence[np.ndarray]
Read = Callable[[Arrays, tuple[int, int]], tuple[np.ndarray, np.ndarray]]  # outputs, canvas -> boxes, scores


@dataclass(frozen=True, slots=True)
class Layout:
    """A family of detectors by its name, and how its outputs are read; the rest is how it was trained to see."""

    name: str
    classes: int
    read: Read
    colours: str = "rgb"
    scale: str = "1"  # what white is
    normalise: str = "none"


def recognise(names: Sequence[str], outputs: Arrays, canvas: tuple[int, int], known: int) -> Layout | None:
    """The layout of outputs that a network gave for a picture; known is how many classes have names, 0 if none have."""
    shapes = [array.shape for array in outputs]
    if len(outputs) == 1 and len(shapes[0]) == 3 and shapes[0][0] == 1:
        return one(outputs[0], canvas, known)
    if ladder := by_stride(shapes, canvas):
        return Layout("NanoDet", shapes[ladder[0][1]][2], partial(nanodet, ladder=ladder), "bgr", normalise="imagenet")
    flat = [shape[1:] if len(shape) > 1 and shape[0] == 1 else shape for shape in shapes]
    boxes = [index for index, shape in enumerate(flat) if len(shape) == 2 and shape[1] == 4]
    if not boxes:
        return None
    where = next((index for index in boxes if "box" in names[index].lower()), boxes[0])
    rest = [index for index in range(len(flat)) if index != where]
    if len(rest) == 1 and len(flat[rest[0]]) == 2 and flat[rest[0]][0] == flat[where][0]:
        return two(outputs, where, rest[0], cells(canvas), known)
    rows = [index for index in rest if len(flat[index]) == 1 and flat[index] == flat[where][:1]]
    if len(rest) in (2, 3) and len(rows) == 2:
        return listed(outputs, names, where, rows, known, "SSD" if len(rest) == 3 else "boxes, labels and scores")
    return None


def cells(canvas: tuple[int, int]) -> int:
    """Places at strides 8, 16 and 32."""
    return sum((canvas[0] // stride) * (canvas[1] // stride) for stride in STRIDES)


def by_stride(shapes: Sequence[tuple[int, ...]], canvas: tuple[int, int]) -> list[tuple[int, int, int]]:
    """Stride, output of scores and output of distances for each scale of a NanoDet; none for other networks."""
    ladder = []
    for stride in NANODET_STRIDES:
        places = -(-canvas[0] // stride) * -(-canvas[1] // stride)
        here = [index for index, shape in enumerate(shapes) if len(shape) == 3 and shape[:2] == (1, places)]
        if len(here) == 2:
            ladder.append((stride, *sorted(here, key=lambda index: shapes[index][2] == NANODET_BINS)))
    told = all(shapes[sides][2] == NANODET_BINS != shapes[scores][2] for _, scores, sides in ladder)
    return ladder if told and len(shapes) == 2 * len(ladder) else []


def one(output: np.ndarray, canvas: tuple[int, int], known: int) -> Layout | None:
    """The layout of a network with a single output (1, A, B)."""
    _, rows, columns = output.shape
    places = cells(canvas)
    if rows == 3 * places and columns > 5:
        return Layout("YOLOv5", columns - 5, objectness)
    if rows == places and columns > 5 and columns - 4 != known:
        raw = np.abs(output[0, :, :2]).max() < 32  # places in cells, not in pixels
        return Layout("YOLOX", columns - 5, yolox if raw else objectness, colours="bgr", scale="255")
    if rows == places and columns > 4:
        return Layout("YOLOv8, places in rows", columns - 4, lambda outputs, canvas: split(outputs[0]))
    if columns == places and rows > 4:
        return Layout("YOLOv8 or 11", rows - 4, lambda outputs, canvas: split(outputs[0].transpose(0, 2, 1)))
    if columns == 6 and rows <= QUERIES and known != 2 and (output[..., 5] == output[..., 5].round()).all():
        count = known or max(80, int(output[..., 5].max(initial=0)) + 1)
        return Layout("YOLO with suppression inside (v10, 26)", count, lambda outputs, canvas: of_rows(
            outputs[0][0, :, :4], outputs[0][0, :, 5], outputs[0][0, :, 4], count, corners))
    if columns > 4 and rows <= QUERIES:
        return Layout("RT-DETR", columns - 4, lambda outputs, canvas: in_pixels(*split(outputs[0]), canvas))
    return None


def two(outputs: Arrays, where: int, which: int, places: int, known: int) -> Layout:
    """The layout of a network with boxes and, for each, a number a class."""
    boxes, scores = (outputs[index].reshape(1, -1, outputs[index].shape[-1]) for index in (where, which))
    columns = scores.shape[2]

    def pair(arrays: Arrays) -> tuple[np.ndarray, np.ndarray]:
        return arrays[where].reshape(1, -1, 4), arrays[which].reshape(1, -1, columns)

    if scores.min(initial=0) >= 0 and scores.max(initial=0) <= 1:
        is_corners = (boxes[..., 2:] >= boxes[..., :2]).all()
        of_one = np.abs(boxes).max(initial=0) <= CORNERS_OF_ONE

        def read(arrays: Arrays, canvas: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
            boxes, scores = pair(arrays)
            boxes = corners(boxes) if is_corners else boxes
            return in_pixels(boxes, scores, canvas) if of_one else (boxes, scores)
        return Layout("boxes and scores", columns, read)
    if columns == known + 1 if known else boxes.shape[1] <= 100:
        return Layout("DETR", columns - 1, lambda arrays, canvas: in_pixels(
            pair(arrays)[0], softmax(pair(arrays)[1])[..., :-1], canvas), normalise="imagenet")
    return Layout("RT-DETR, logits", columns, lambda arrays, canvas: in_pixels(
        pair(arrays)[0], 1 / (1 + np.exp(-pair(arrays)[1].clip(-50, 50))), canvas))


def listed(outputs: Arrays, names: Sequence[str], where: int, rows: Sequence[int], known: int, name: str) -> Layout:
    """The layout of a network that lists what it found: boxes, a class and a score each, and perhaps their number."""
    by_name = [index for index in rows if "score" in names[index].lower() or "conf" in names[index].lower()]
    whole = [index for index in rows if (outputs[index] == outputs[index].round()).all()]
    score = by_name[0] if by_name else next((index for index in rows if index not in whole), rows[-1])
    label = next(index for index in rows if index != score)
    first = int(names[label].startswith("detection_"))  # TensorFlow's object detection counts from one
    count = known or max(80, int(outputs[label].max(initial=0)) + 1 - first)
    of_one = np.abs(outputs[where]).max(initial=0) <= CORNERS_OF_ONE

    def read(arrays: Arrays, canvas: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        boxes = arrays[where].reshape(-1, 4)
        boxes = boxes[:, [1, 0, 3, 2]] if of_one else boxes  # top, left, bottom, right
        boxes, scores = of_rows(boxes, arrays[label].reshape(-1) - first, arrays[score].reshape(-1), count, corners)
        return in_pixels(boxes, scores, canvas) if of_one else (boxes, scores)
    return Layout(name, count, read)


def split(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows x y w h, then a score a class."""
    return rows[..., :4], rows[..., 4:]


def objectness(outputs: Arrays, canvas: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Rows x y w h, whether something is there, then which class if so."""
    rows = outputs[0]
    return rows[..., :4], rows[..., 4:5] * rows[..., 5:]


def yolox(outputs: Arrays, canvas: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The same, its boxes still in cells: offsets from each cell's corner, and logarithms of sizes."""
    places, strides = [], []
    for stride in STRIDES:
        ys, xs = np.mgrid[:canvas[0] // stride, :canvas[1] // stride]
        places.append(np.stack((xs, ys), 2).reshape(-1, 2))
        strides.append(np.full((len(places[-1]), 1), stride))
    places, strides = np.concatenate(places), np.concatenate(strides)
    boxes, scores = objectness(outputs, canvas)
    sizes = np.exp(boxes[..., 2:].clip(max=10)) * strides
    return np.concatenate(((boxes[..., :2] + places) * strides, sizes), 2), scores


def nanodet(outputs: Arrays, canvas: tuple[int, int], ladder: Sequence[tuple[int, int, int]]
            ) -> tuple[np.ndarray, np.ndarray]:
    """For each scale scores, and how far it is to the left, top, right and bottom: odds of 0, 1 … strides for each.

    From a cell's middle (NanoDet, 2020; the odds as in generalized focal loss, Li et al. 2020, arXiv:2006.04388).
    """
    boxes, scores = [], []
    for stride, which, where in ladder:
        ys, xs = np.mgrid[:-(-canvas[0] // stride), :-(-canvas[1] // stride)]
        middle = np.stack((xs, ys), 2).reshape(-1, 2) * stride + (stride - 1) / 2
        odds = softmax(outputs[where].reshape(-1, 4, NANODET_BINS // 4))
        far = odds @ np.arange(NANODET_BINS // 4, dtype=np.float32) * stride
        boxes.append(corners(np.concatenate((middle - far[:, :2], middle + far[:, 2:]), 1)))
        scores.append(outputs[which][0])
    return np.concatenate(boxes)[None], np.concatenate(scores)[None]


def corners(boxes: np.ndarray) -> np.ndarray:
    """Left, top, right, bottom as centre and size."""
    low, high = boxes[..., :2], boxes[..., 2:]
    return np.concatenate(((low + high) / 2, high - low), -1)


def of_rows(boxes: np.ndarray, labels: np.ndarray, scores: np.ndarray, count: int, read: Callable
            ) -> tuple[np.ndarray, np.ndarray]:
    """Boxes with one class each as rows of scores, the other classes' being 0; classes beyond count are dropped."""
    table, labels = np.zeros((1, len(boxes), count), np.float32), labels.astype(int)
    inside = np.flatnonzero((labels >= 0) & (labels < count))
    table[0, inside, labels[inside]] = scores[inside]
    return read(boxes)[None], table


def in_pixels(boxes: np.ndarray, scores: np.ndarray, canvas: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Boxes in parts of the canvas as pixels."""
    return boxes * np.array([canvas[1], canvas[0]] * 2, np.float32), scores


def softmax(logits: np.ndarray) -> np.ndarray:
    parts = np.exp(logits - logits.max(-1, keepdims=True))
    return parts / parts.sum(-1, keepdims=True)
