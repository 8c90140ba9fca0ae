"""How good a detector is: AP50 a class, on the photographs held out."""

from collections.abc import Sequence

import cv2
import numpy as np

from models.training.photographs import CLASSES, FACE, HAND, PERSON, Picture


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
    kept: list[np.ndarray] = []
    for row in found[found[:, 5].argsort()[::-1]]:
        same = np.array([other for other in kept if other[4] == row[4]])
        if not len(same) or overlaps(row[:4], same[:, :4])[0].max() <= most:
            kept.append(row)
    return np.array(kept).reshape(-1, 6)


def drawn(picture: Picture) -> np.ndarray:
    """Which rows people drew boxes for: persons, hands in the hand pool, all but faces and hands in COCO's pictures."""
    pool, labels = picture.name.partition("-")[0], picture.rows[:, 4].astype(int)
    drew = {"person": labels == PERSON, "hand": labels == HAND, "coco": ~np.isin(labels, (FACE, HAND))}
    return drew.get(pool, np.zeros(len(labels), bool)) & (picture.rows[:, 5] == 1)


def average_precision(hits: np.ndarray, scores: np.ndarray, count: int) -> float:
    """Area under precision over recall, precision made monotone, as in VOC 2010."""
    if not len(hits):
        return 0.0
    hits = hits[(-scores).argsort(kind="stable")]
    right = hits.cumsum()
    recall, precision = right / count, right / np.arange(1, len(hits) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(recall, prepend=0) * precision).sum())


def match(finds: Sequence[np.ndarray], pictures: Sequence[Picture], people: bool, classes: Sequence[str] = CLASSES
          ) -> dict[str, tuple[np.ndarray, np.ndarray, int]]:
    """By class that has objects: which finds are right, their scores, and the number of objects.

    finds are rows (left, top, right, bottom, class, score) for each picture, in its pixels; right is an overlap of
    half or more. What is found where nobody knows (rows of worth 0) is left out. people: count only boxes drawn by
    people, where people drew that class.
    """
    hits: dict[int, list[tuple[bool, float]]] = {label: [] for label in range(len(classes))}
    counts = [0] * len(classes)
    for found, picture in zip(finds, pictures, strict=True):
        rows, sure = picture.rows, drawn(picture) if people else picture.rows[:, 5] > 0
        everywhere = not people or picture.name.startswith("coco-")
        for label in range(len(classes)) if everywhere else set(rows[sure, 4].astype(int)):
            of_label = rows[:, 4] == label
            truth, doubt = rows[sure & of_label, :4], rows[~sure & of_label, :4]
            counts[label] += len(truth)
            taken = np.zeros(len(truth), bool)
            mine = found[found[:, 4] == label]
            for row in mine[mine[:, 5].argsort()[::-1]]:
                fit = np.where(taken, 0, overlaps(row[:4], truth)[0])
                if len(fit) and fit.max() >= 0.5:
                    taken[fit.argmax()] = True
                    hits[label].append((True, row[5]))
                elif not len(doubt) or overlaps(row[:4], doubt)[1].max() < 0.5:
                    hits[label].append((False, row[5]))
    return {classes[label]: (*np.array(hits[label], float).reshape(-1, 2).T, counts[label])
            for label in range(len(classes)) if counts[label]}


def judge(finds: Sequence[np.ndarray], pictures: Sequence[Picture], people: bool, classes: Sequence[str] = CLASSES
          ) -> dict[str, tuple[float, int]]:
    """AP50 and number of objects by class, as in match()."""
    found = match(finds, pictures, people, classes)
    return {name: (average_precision(*each), each[2]) for name, each in found.items()}


def mean(result: dict[str, tuple[float, int]]) -> float:
    """Mean AP50 over the classes that have objects."""
    return float(np.mean([score for score, _ in result.values()]))
