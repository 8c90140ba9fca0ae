"""How good a detector is: its finds without doubles, which of them are right, AP50 a class."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from models.detector import Detector
from models.exposure import expose
from models.training.photographs import Picture

LEAST = 0.03  # a score up to here is no find


def letterbox(pixels: np.ndarray, size: int, multiple: int = 32) -> tuple[np.ndarray, float]:
    """A picture with its long side at `size`, grey at right and bottom up to a multiple; the scale that was used."""
    scale = size / max(pixels.shape)
    pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else 1)
    high, wide = pixels.shape[:2]
    bottom, right = -high % multiple, -wide % multiple
    return cv2.copyMakeBorder(pixels, 0, bottom, 0, right, cv2.BORDER_CONSTANT, value=(114, 114, 114)), scale


def overlaps(box: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Intersection over union of one box (4,) with boxes (N, 4), and the share of the one that lies in each."""
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    both = sides.clip(0).prod(axis=1)
    own, others = (box[2:] - box[:2]).prod(), (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return both / (own + others - both + 1e-9), both / (own + 1e-9)


def suppress(found: np.ndarray, most: float = 0.6) -> np.ndarray:
    """Drop doubles: of rows (left, top, right, bottom, class, score) of a class that overlap more, the best stays."""
    found = found[found[:, 5].argsort()[::-1]]
    corners = np.column_stack((found[:, :2], found[:, 2:4] - found[:, :2])).tolist()
    kept = cv2.dnn.NMSBoxesBatched(corners, found[:, 5].tolist(), found[:, 4].astype(int).tolist(), 0.0, most)
    return found[np.sort(np.asarray(kept, int))].reshape(-1, 6)


@torch.inference_mode()
def answer(network: Detector, pixels: np.ndarray, size: int) -> tuple[Tensor, Tensor]:
    """What the network says of a picture, shown with this long side: boxes (P, 4) as cx cy w h in the picture's pixels,
    scores (P, K)."""
    boxed, scale = letterbox(pixels, size, network.stride)
    expose(boxed[:round(scale * pixels.shape[0]), :round(scale * pixels.shape[1])])
    x = torch.from_numpy(boxed).permute(2, 0, 1)[None].float() / 255
    boxes, scores = (out[0].cpu() for out in network(x.to(next(network.parameters()).device)))
    return boxes / scale, scores


def find(network: Detector, pixels: np.ndarray) -> np.ndarray:
    """What the network finds, as judge() wants it: rows (left, top, right, bottom, class, score) in pixels."""
    boxes, scores = answer(network, pixels, network.size)
    place, label = (scores > LEAST).nonzero(as_tuple=True)
    cx, cy, w, h = boxes[place].T
    rows = torch.stack((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, label, scores[place, label]), dim=1)
    return suppress(rows.numpy())


def average_precision(hits: np.ndarray, scores: np.ndarray, count: int) -> float:
    """Area under precision over recall, precision made monotone, as in VOC 2010."""
    if not len(hits):
        return 0.0
    hits = hits[(-scores).argsort(kind="stable")]
    right = hits.cumsum()
    recall, precision = right / count, right / np.arange(1, len(hits) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(recall, prepend=0) * precision).sum())


def matched(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Which finds of one class, best first, hit a box (M, 4) that no better one has: its number, or -1."""
    hits, free = np.full(len(found), -1), np.ones(len(truth), bool)
    for index, row in enumerate(found):
        fit = np.where(free, overlaps(row[:4], truth)[0], 0)
        if len(fit) and fit.max() >= 0.5:
            hits[index] = fit.argmax()
            free[hits[index]] = False
    return hits


def judge(finds: Sequence[np.ndarray], pictures: Sequence[Picture], classes: Sequence[str]
          ) -> dict[str, tuple[float, int]]:
    """AP50 and number of objects by class that has some.

    finds are rows (left, top, right, bottom, class, score) for each picture, in its pixels; right is an overlap of
    half or more. What is found where nobody knows (rows of worth 0) is left out.
    """
    hits: dict[int, list[tuple[bool, float]]] = {label: [] for label in range(len(classes))}
    counts = [0] * len(classes)
    for found, picture in zip(finds, pictures, strict=True):
        for label in range(len(classes)):
            rows = picture.rows[picture.rows[:, 4] == label]
            truth, doubt = rows[rows[:, 5] > 0, :4], rows[rows[:, 5] == 0, :4]
            counts[label] += len(truth)
            mine = found[found[:, 4] == label]
            mine = mine[mine[:, 5].argsort()[::-1]]
            for row, hit in zip(mine, matched(mine, truth), strict=True):
                if hit >= 0 or not len(doubt) or overlaps(row[:4], doubt)[1].max() < 0.5:
                    hits[label].append((hit >= 0, row[5]))
    found = {label: np.array(hits[label], float).reshape(-1, 2).T for label in range(len(classes)) if counts[label]}
    return {classes[label]: (average_precision(*each, counts[label]), counts[label]) for label, each in found.items()}


def mean(result: dict[str, tuple[float, int]]) -> float:
    """Mean AP50 over the classes that have objects."""
    return float(np.mean([score for score, _ in result.values()]))
