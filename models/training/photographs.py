"""The shipped detector's classes, and a picture with what is known about it."""

import zlib
from dataclasses import dataclass

import numpy as np

CLASSES = ("person", "face", "hand", "chair", "couch", "bed", "potted plant", "cup", "bottle", "wine glass", "vase",
           "tv", "laptop", "book", "cell phone", "clock", "dog", "cat", "bird", "car", "motorcycle", "airplane",
           "umbrella", "suitcase")
PERSON, FACE, HAND = (CLASSES.index(name) for name in ("person", "face", "hand"))


@dataclass(frozen=True, slots=True)
class Picture:
    """pixels (H, W, 3) uint8 RGB; rows (N, 6) float32: left, top, right, bottom in pixels, class, worth.

    Worth is how sure a label is, 0..1; 0 means "don't know": in that box the class is neither rewarded nor punished.
    """

    name: str
    pixels: np.ndarray
    rows: np.ndarray


def held_out(name: str) -> bool:
    """One picture in ten, by its name, is for testing only."""
    return zlib.crc32(name.encode()) % 10 == 0
