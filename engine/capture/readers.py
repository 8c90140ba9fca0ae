"""Readers give one picture after another: `read() -> Picture or None, rate, paced, end, notice, close()`.

`rate` is in pictures a second, as far as there is one. A paced reader could be read faster than it is to be shown:
whoever plays it waits until each picture's moment, and from the last one on until `end`, when it is through and plays
again. The others (cameras, live streams) take their own time. notice is what the performer should know, or "".
"""

import os
import warnings
from collections.abc import Callable
from typing import NamedTuple

import av
import cv2
import numpy as np

from engine.errors import UserError

LONGEST = 1280  # pixels of the longer side: larger pictures are reduced, for the networks see 320
SMALLEST = 16  # pixels of the shorter side: there is nothing to see in less
GROUND = np.uint16(128)  # brightness behind what is transparent
USUAL_RATE = 30.0


class Picture(NamedTuple):
    """What a reader gives: pixels (H, W, 3) uint8 RGB, and the moment to show them, in seconds from the beginning."""

    pixels: np.ndarray
    moment: float = 0.0


class Drawn:
    """A reader of pictures that are a function of time: the demo, the test card, a crowd, a slide show."""

    paced, end, notice = True, float("inf"), ""

    def __init__(self, picture: Callable[[float], np.ndarray], rate: float = USUAL_RATE):
        self.picture = picture
        self.rate = rate
        self.count = 0

    def read(self) -> Picture:
        moment = self.count / self.rate
        self.count += 1
        return Picture(self.picture(moment), moment)

    def close(self) -> None:
        pass


def on_ground(pixels: np.ndarray) -> np.ndarray:
    """A picture (H, W, 4) with alpha before a middle grey, on which both black and white drawings are seen."""
    alpha = pixels[..., 3:].astype(np.uint16)
    return ((pixels[..., :3] * alpha + GROUND * (255 - alpha) + 127) // 255).astype(np.uint8)


def reduced(pixels: np.ndarray) -> np.ndarray:
    """The picture with no side above 1280 pixels."""
    scale = LONGEST / max(pixels.shape)
    return pixels if scale >= 1 else cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def large_enough(pixels: np.ndarray, path: str) -> np.ndarray:
    """The same picture; UserError if there is nothing to see in it."""
    height, width = pixels.shape[:2]
    if min(height, width) < SMALLEST:
        raise UserError(f"{path} has {width} by {height} pixels to show; at least {SMALLEST} by {SMALLEST} are needed")
    return pixels


def hush() -> None:
    """Keep what OpenCV, FFmpeg and Pillow have to say about damaged pictures off the performer's terminal."""
    av.logging.set_level(av.logging.PANIC)
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    warnings.filterwarnings("ignore", module=r"PIL\.")
