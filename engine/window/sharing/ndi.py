"""NDI, over the network: TouchDesigner, Resolume, OBS and Max see a source named Neocog."""

from fractions import Fraction

import cv2
import numpy as np

RATE = Fraction(60)  # what receivers are told; pictures are sent as they come


class Ndi:
    """A sender on this machine; ImportError without cyndilib."""

    def __init__(self, size: tuple[int, int]):
        from cyndilib.sender import Sender
        from cyndilib.video_frame import VideoSendFrame
        from cyndilib.wrapper.ndi_structs import FourCC

        self.frame = VideoSendFrame()
        self.frame.set_resolution(*size)
        self.frame.set_frame_rate(RATE)
        self.frame.set_fourcc(FourCC.RGBX)
        self.sender = Sender("Neocog", clock_video=False)  # it is not to wait for its clock: the show has its own
        self.sender.set_video_frame(self.frame)
        self.sender.open()

    def send(self, picture: np.ndarray, seconds: float) -> None:
        self.sender.write_video(cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA).ravel())

    def close(self) -> None:
        self.sender.close()
