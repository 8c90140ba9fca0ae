"""Syphon, to programs on the same Mac."""

import cv2
import numpy as np


class Syphon:
    """A server named Neocog; ImportError without syphon-python."""

    def __init__(self, size: tuple[int, int]):
        from syphon import SyphonMetalServer
        from syphon.utils.numpy import copy_image_to_mtl_texture
        from syphon.utils.raw import create_mtl_texture

        self.server, self.copy = SyphonMetalServer("Neocog"), copy_image_to_mtl_texture
        self.texture = create_mtl_texture(self.server.device, *size)

    def send(self, picture: np.ndarray, seconds: float) -> None:
        self.copy(cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA), self.texture)
        self.server.publish_frame_texture(self.texture)

    def close(self) -> None:
        self.server.stop()
