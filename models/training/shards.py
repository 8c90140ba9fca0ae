"""Photographs to learn from, out of shards as gather.py writes them, and what people boxed completely in each pool."""

import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from models.training.photographs import CLASSES, FACE, HAND, Picture
from models.training.sources import OF_VOC

HELD_OUT = {"cocomini": "COCO", "cocotiny": "COCO", "coco": "coco128", "handraw": "handraw", "highway": "highway",
            "bodyhead": "bodyhead"}  # pools that nothing is learned from, and what they are judged as
HANDS = ("hand", "dog", "cat", "bird")  # what public detectors take for an animal there is a hand
OF_COCO = tuple(name for name in CLASSES if name not in ("face", "hand"))
COMPLETE = {"person": ("person",), "hand": HANDS, "hands6": HANDS, "maskwear": ("face",), "handraw": ("hand",),
            "coco": OF_COCO, "cocomini": OF_COCO, "cocotiny": OF_COCO, "bodyhead": ("person",),
            "highway": ("car", "motorcycle", "person"), "voc12": OF_VOC.values(),
            "dogcat3": ("dog", "cat"), "bottle": ("bottle",)}
COMPLETE = {pool: tuple(map(CLASSES.index, names)) for pool, names in COMPLETE.items()}
SIDE, JUDGED = 416, 640  # pixels of a photograph's long side in a shard, at most: to learn from, to judge by
SURE = 0.7  # a face that a public detector is so sure of is one; less sure ones are neither rewarded nor punished


@lru_cache(maxsize=256)
def opened(shard: Path, process: int) -> zipfile.ZipFile:
    """A shard, opened once in each process: two that share an open file move each other's place in it."""
    return zipfile.ZipFile(shard)


@dataclass(frozen=True, slots=True)
class Sample:
    """A photograph in a shard: its pool, its labels (N, 6) as class cx cy w h score in shares of its sides."""

    shard: Path
    name: str
    pool: str
    labels: np.ndarray

    def content(self) -> bytes:
        """The photograph's file."""
        return opened(self.shard, os.getpid()).read(self.name)

    def picture(self, flags: int = cv2.IMREAD_COLOR) -> Picture:
        """Decoded; its rows in pixels: of classes that people boxed completely only theirs, of others what public
        detectors say as well, worth as much as those are sure. What nobody is sure of has the worth 0."""
        pixels = cv2.imdecode(np.frombuffer(self.content(), np.uint8), flags)[:, :, ::-1]
        (high, wide), complete = pixels.shape[:2], COMPLETE.get(self.pool, ())
        label, cx, cy, w, h, score = self.labels.T
        rows = np.column_stack((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, label, score))
        rows[:, :4] *= (wide, high, wide, high)
        rows[label == FACE, 5] = score[label == FACE] >= SURE
        keep = (score == 1) | (score == 0) | ~np.isin(label, (*complete, HAND))
        return Picture(self.name, np.ascontiguousarray(pixels), rows[keep].astype(np.float32))


def read_shard(path: Path) -> list[Sample]:
    """Everything that a shard holds; its name is that of a pool, a dash and a number."""
    with zipfile.ZipFile(path) as archive:
        return [Sample(path, name, path.stem.rpartition("-")[0],
                       np.array(archive.read(f"labels/{Path(name).stem}.txt").split(), np.float32).reshape(-1, 6))
                for name in sorted(archive.namelist()) if name.startswith("images/")]


def read_shards(folder: Path) -> list[Sample]:
    """Everything that the shards in a folder hold."""
    return [sample for path in sorted(folder.glob("*.zip")) for sample in read_shard(path)]


def count(samples: Sequence[Sample]) -> np.ndarray:
    """(N, K): whether a photograph holds a class, as far as is known."""
    holds = np.zeros((len(samples), len(CLASSES)), bool)
    for index, sample in enumerate(samples):
        holds[index, sample.labels[sample.labels[:, 5] > 0.45, 0].astype(int)] = True
    return holds


def weigh(samples: Sequence[Sample], share: float = 0.05) -> np.ndarray:
    """How often to show each: classes that fewer than `share` hold come up more (as in LVIS, Gupta et al. 2019)."""
    holds = count(samples)
    often = np.maximum(1, (share * len(samples) / np.maximum(1, holds.sum(axis=0))) ** 0.75)
    weights = np.maximum(0.5, (holds * often).max(axis=1))
    return weights / weights.sum()


def value(samples: Sequence[Sample], usual: float = 1000) -> np.ndarray:
    """What a mistake about each class costs (K,): up to twice as much about those that few photographs hold."""
    return ((usual / np.maximum(1, count(samples).sum(axis=0))) ** 0.4).clip(1, 2)
