"""Readers give one picture after another: `read() -> Picture or None, rate, paced, end, close()`.

`rate` is in pictures a second, as far as there is one. A paced reader could be read faster than it is to be shown:
whoever plays it waits until each picture's moment, and from the last one on until `end`, when it is through and plays
again. The others (cameras, live streams) take their own time.
"""

import os
import warnings
from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from engine.errors import UserError

LONGEST = 1280  # pixels of the longer side: larger pictures are reduced, for the networks see 320
SMALLEST = 16  # pixels of the shorter side: there is nothing to see in less
PATIENCE = 5000  # milliseconds for a network stream to open, and for its next picture
USUAL_RATE = 30.0


class Picture(NamedTuple):
    """What a reader gives: pixels (H, W, 3) uint8 RGB, and the moment to show them, in seconds from the beginning."""

    pixels: np.ndarray
    moment: float = 0.0


class Drawn:
    """A reader of pictures that are a function of time: the demo, the test card, a crowd, a slide show."""

    paced, end = True, float("inf")

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


class Captured:
    """A reader of what OpenCV has opened: a video, a stream or a camera. None means that no more comes."""

    def __init__(self, capture: cv2.VideoCapture, paced: bool):
        rate = capture.get(cv2.CAP_PROP_FPS)
        self.rate = rate if 1 <= rate <= 240 else USUAL_RATE  # streams and cameras may say anything, or nothing
        self.paced = paced
        self.capture = capture
        self.count = 0

    @property
    def end(self) -> float:
        return self.count / self.rate

    def read(self) -> Picture | None:
        try:
            good, pixels = self.capture.read()
        except cv2.error:
            return None
        self.count += good
        return Picture(rgb(pixels), (self.count - 1) / self.rate) if good else None

    def close(self) -> None:
        self.capture.release()


def film(path: str) -> Captured:
    """A reader for a video file; UserError says what the file is instead of a video."""
    try:
        with open(path, "rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise UserError(f"{path} cannot be opened: {error.strerror.lower()}") from error
    if not start:
        raise UserError(f"{path} is empty; a video or a picture was wanted")
    if start.isascii() and b"\0" not in start:  # some builds of FFmpeg would play it as text
        raise UserError(f"{path} is text; a video or a picture was wanted")
    capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG)
    if not capture.isOpened():
        raise UserError(f"{path} is not a video that can be read, or it is damaged")
    return Captured(capture, paced=True)


def stream(address: str) -> Captured:
    """A reader for a network stream; waits at most 5 s for it to open and for each picture."""
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, PATIENCE, cv2.CAP_PROP_READ_TIMEOUT_MSEC, PATIENCE]
    one_thread = [cv2.CAP_PROP_N_THREADS, 1]  # each further decoding thread would hold back one more picture
    capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits + one_thread)
    if not capture.isOpened():
        raise UserError("it does not answer, or not with pictures")
    return Captured(capture, paced=capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0)  # a file on a server, not a live stream


def rgb(pixels: np.ndarray) -> np.ndarray:
    """OpenCV's blue-green-red picture as contiguous RGB with no side above 1280."""
    scale = LONGEST / max(pixels.shape)
    if scale < 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def large_enough(pixels: np.ndarray, path: str) -> np.ndarray:
    """The same picture; UserError if there is nothing to see in it."""
    height, width = pixels.shape[:2]
    if min(height, width) < SMALLEST:
        raise UserError(f"{path} has {width} by {height} pixels to show; at least {SMALLEST} by {SMALLEST} are needed")
    return pixels


def hush() -> None:
    """Keep what OpenCV, FFmpeg and Pillow have to say about damaged pictures off the performer's terminal."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    warnings.filterwarnings("ignore", module=r"PIL\.")
