"""NDI, over the network: TouchDesigner, Resolume, OBS and Max see a source named Neocog, a second show is Neocog 2."""

from contextlib import suppress
from fractions import Fraction

import cv2
import numpy as np

RATE = Fraction(60)  # what receivers are told; pictures are sent as they come
NAMES = ("Neocog", *(f"Neocog {number}" for number in range(2, 10)))


class Ndi:
    """A sender on this machine, under the first of the names that is free; ImportError without cyndilib."""

    def __init__(self, size: tuple[int, int]):
        self.sender = first_free(size)

    def send(self, picture: np.ndarray, seconds: float) -> None:
        self.sender.write_video(cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA).ravel())

    def close(self) -> None:
        self.sender.close()


def first_free(size: tuple[int, int]):
    """An open sender of pictures of this size; MemoryError is what cyndilib raises for a name that is taken."""
    for name in NAMES:
        with suppress(MemoryError):
            return opened(name, size)
    raise ValueError(f"{NAMES[0]} to {NAMES[-1]} are taken on this machine, or NDI makes no sender")


def opened(name: str, size: tuple[int, int]):
    from cyndilib.audio_frame import AudioSendFrame
    from cyndilib.sender import Sender
    from cyndilib.video_frame import VideoSendFrame
    from cyndilib.wrapper.ndi_structs import FourCC

    frame = VideoSendFrame()
    frame.set_resolution(*size)
    frame.set_frame_rate(RATE)
    frame.set_fourcc(FourCC.RGBX)
    sender = Sender(name, clock_video=False)  # it is not to wait for its clock: the show has its own
    sender.set_video_frame(frame)
    sender.set_audio_frame(AudioSendFrame())  # for no sound: without, cyndilib 0.1.3 dies where the name is taken
    sender.open()
    return sender
