"""Spout, to programs on the same Windows machine."""

import cv2
import numpy as np

RGBA = 0x1908  # OpenGL's number for it


class Spout:
    """A sender named Neocog; ImportError without SpoutGL, OSError where it refuses."""

    def __init__(self, size: tuple[int, int]):
        import SpoutGL

        self.sender = SpoutGL.SpoutSender()
        self.sender.setSenderName("Neocog")

    def send(self, picture: np.ndarray, seconds: float) -> None:
        height, width = picture.shape[:2]
        if not self.sender.sendImage(cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA), width, height, RGBA, False, 0):
            raise OSError("spout takes no picture")

    def close(self) -> None:
        self.sender.releaseSender()
