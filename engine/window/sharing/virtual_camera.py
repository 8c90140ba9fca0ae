"""A camera that other programs open, as v4l2loopback makes them on Linux."""

import re
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

DEVICES = Path("/sys/devices/virtual/video4linux")  # where v4l2loopback's stand


class VirtualCamera:
    """Writes to the first loopback device; OSError where there is none or it is taken."""

    def __init__(self, size: tuple[int, int]):
        numbers = sorted(int(re.sub(r"\D", "", device.name)) for device in DEVICES.glob("video*"))
        if not numbers:
            raise OSError("there is no loopback device")
        self.container = av.open(f"/dev/video{numbers[0]}", "w", format="v4l2")
        self.stream = self.container.add_stream("rawvideo", rate=60)
        self.stream.width, self.stream.height = (side // 2 * 2 for side in size)  # four pixels share a colour
        self.stream.pix_fmt = "yuv420p"
        self.stream.time_base = Fraction(1, 1000)

    def send(self, picture: np.ndarray, seconds: float) -> None:
        frame = av.VideoFrame.from_ndarray(picture[: self.stream.height, : self.stream.width], "rgb24")
        frame.pts, frame.time_base = round(seconds * 1000), self.stream.time_base
        self.container.mux(self.stream.encode(frame))

    def close(self) -> None:
        self.container.close()
