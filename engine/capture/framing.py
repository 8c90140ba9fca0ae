"""Framing: the pictures of a camera or a stream, cropped, turned and mirrored as it hangs in the room."""

import numpy as np

from engine.capture.readers import Picture
from engine.settings import CameraSettings


class Framed:
    """A reader that gives another one's pictures as [camera] in the rig wants them."""

    def __init__(self, reader, camera: CameraSettings):
        self.reader, self.camera = reader, camera
        self.rate, self.paced = reader.rate, reader.paced

    @property
    def end(self) -> float:
        return self.reader.end

    @property
    def notice(self) -> str:
        return self.reader.notice

    def read(self) -> Picture | None:
        picture = self.reader.read()
        return picture and Picture(framed(picture.pixels, self.camera), picture.moment)

    def close(self) -> None:
        self.reader.close()


def framed(pixels: np.ndarray, camera: CameraSettings) -> np.ndarray:
    """A picture (H, W, 3), first cropped, then turned clockwise, then mirrored."""
    height, width = pixels.shape[:2]
    left, top, wide, high = camera.crop
    across = slice(round(left * width), max(round((left + wide) * width), round(left * width) + 1))
    down = slice(round(top * height), max(round((top + high) * height), round(top * height) + 1))
    pixels = np.rot90(pixels[down, across], -camera.rotate // 90)
    return np.ascontiguousarray(pixels[:, ::-1] if camera.mirror else pixels)
