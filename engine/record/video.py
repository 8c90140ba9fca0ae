"""What the camera saw, as a video that any player shows: Motion JPEG in Matroska, each picture at its own time."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

QUALITY = 92  # of 100: a difference nobody sees, about 60 kB for 640 by 480
TICKS = 1000  # of a second, as Matroska counts


class Video:
    """A file to which pictures are added; what was added is on the disk within a second, whatever happens then.

    All pictures have the size of the first: others are fitted into it, with black beside them.
    """

    def __init__(self, path: Path, size: tuple[int, int]):
        # a cluster a second, written as it ends: a file that is cut off plays up to there
        self.container = av.open(str(path), "w", options={"cluster_time_limit": "500", "flush_packets": "1"})
        self.stream = self.container.add_stream("mjpeg", rate=30)
        self.stream.width, self.stream.height = self.size = size
        self.stream.pix_fmt = "yuvj420p"
        self.stream.time_base = self.stream.codec_context.time_base = Fraction(1, TICKS)
        self.container.start_encoding()
        self.last = -1

    def add(self, pixels: np.ndarray, seconds: float) -> None:
        """A picture (H, W, 3) uint8 RGB, so many seconds after the beginning; OSError when the disk refuses."""
        moment = max(round(seconds * TICKS), self.last + 1)
        colours = cv2.cvtColor(fitted(pixels, self.size), cv2.COLOR_RGB2BGR)
        data = cv2.imencode(".jpg", colours, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))[1].tobytes()
        packet = av.Packet(data)
        packet.stream, packet.time_base, packet.is_keyframe = self.stream, Fraction(1, TICKS), True
        packet.pts = packet.dts = self.last = moment
        self.container.mux(packet)

    def close(self) -> None:
        self.container.close()


def fitted(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A picture of this (width, height) with all of the picture in its middle."""
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return pixels
    scale = min(size[0] / width, size[1] / height)
    inner = cv2.resize(pixels, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    whole = np.zeros((size[1], size[0], 3), np.uint8)
    top, left = (size[1] - inner.shape[0]) // 2, (size[0] - inner.shape[1]) // 2
    whole[top:top + inner.shape[0], left:left + inner.shape[1]] = inner
    return whole
