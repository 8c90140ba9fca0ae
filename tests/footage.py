"""What the tests of sources share: small videos and pictures, readers that follow a script, time that waits."""

import time
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from engine.capture.readers import Picture
from engine.values import Frame
from tests.parts import PATIENCE

BLACK = np.zeros((32, 32, 3), np.uint8)


def write_film(path: Path, levels: list[int], size=(64, 48), rate=25) -> str:
    """A video of evenly grey pictures."""
    code = {".mp4": "mp4v", ".avi": "MJPG"}[path.suffix]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*code), rate, size)
    for level in levels:
        writer.write(np.full((size[1], size[0], 3), level, np.uint8))
    writer.release()
    return str(path)


def write_picture(path: Path, colour: tuple[int, int, int], size=(64, 48)) -> str:
    Image.new("RGB", size, colour).save(path)
    return str(path)


def level(frame: Frame) -> int:
    """How bright a picture is, to the next ten."""
    return int(round(frame.pixels.mean(), -1))


def wait_for(source, wanted, than=-1) -> Frame:
    """The first frame after `than` that is as wanted."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        frame = source.newer(than, 0.05)
        if frame is not None:
            than = frame.index
            if wanted(frame):
                return frame
    raise AssertionError(f"no such frame; {source.notice}")


class Scripted:
    """A reader through which a test decides what comes: pictures, None for the end, or a call."""

    rate, paced, notice = 30.0, False, ""

    def __init__(self, *script):
        self.script = iter(script)
        self.closed = False

    def read(self):
        step = next(self.script, None)
        pixels = step() if callable(step) else step
        return None if pixels is None else Picture(pixels)

    def close(self):
        self.closed = True


class VirtualTime:
    """A clock that only waiting moves."""

    def __init__(self):
        self.now = 100.0
        self.waits = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
