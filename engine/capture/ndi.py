"""NDI: what OBS, Resolume, TouchDesigner or a phone sends over the network, by the name of its source."""

import time
from collections.abc import Callable
from importlib.util import find_spec

import cv2

from engine.capture.decoder import NEXT, OPENING
from engine.capture.readers import USUAL_RATE, Picture, large_enough, on_ground, reduced
from engine.choosing import choose, matching
from engine.errors import UserError
from engine.libraries import load

LOOK = 0.005  # seconds from one look for a picture to the next
ANSWER, LISTENING = 0.1, 1.0  # seconds between looks at who sends, and in which all that do have answered


class Ndi:
    """A reader of the NDI source with this name, or part of a name.

    It looks for pictures and never waits for one: while cyndilib waits no other thread runs. UserError where there is
    no such source, and once it is gone. name becomes the whole of it. wait takes seconds.
    """

    paced, end, rate, notice = False, 0.0, USUAL_RATE, ""

    def __init__(self, name: str, wait: Callable[[float], object] = time.sleep):
        from cyndilib.finder import Finder
        from cyndilib.receiver import Receiver
        from cyndilib.video_frame import VideoFrameSync
        from cyndilib.wrapper.ndi_recv import RecvColorFormat

        finder = Finder()
        there = dict(enumerate(senders(finder, OPENING, name, wait)))
        self.name = there[choose(name, there, "NDI source")]
        self.wait, self.frame = wait, VideoFrameSync()
        self.receiver = Receiver(color_format=RecvColorFormat.RGBX_RGBA)
        self.receiver.frame_sync.set_video_frame(self.frame)
        self.before = self.stamps()
        self.receiver.set_source(finder.get_source(self.name))
        self.until(self.receiver.is_connected, OPENING)

    def until(self, true: Callable[[], bool], seconds: float) -> None:
        """Look until it is true."""
        for _ in range(round(seconds / LOOK)):
            if true():
                return
            self.wait(LOOK)
        raise UserError("it brings no pictures")

    def read(self) -> Picture:
        self.until(self.is_new, NEXT)
        self.before = self.stamps()
        width, height = self.frame.get_resolution()
        lines = self.frame.get_array().reshape(height, self.frame.get_line_stride())
        pixels = lines[:, : 4 * width].reshape(height, width, 4)
        through = self.frame.get_fourcc().name == "RGBA"
        pixels = on_ground(pixels) if through else cv2.cvtColor(pixels, cv2.COLOR_RGBA2RGB)
        return Picture(reduced(large_enough(pixels, self.name)))

    def is_new(self) -> bool:
        """Whether a picture has come that is not the one before."""
        if not self.receiver.is_connected():
            raise UserError("its sender has gone")
        self.receiver.frame_sync.capture_video()
        return self.frame.xres > 0 and self.stamps() != self.before

    def stamps(self) -> tuple[float, float]:
        """When the picture at hand was made, and when it was sent."""
        return self.frame.get_timecode_posix(), self.frame.get_timestamp_posix()

    def close(self) -> None:
        self.receiver.disconnect()


def senders(finder, seconds: float, wanted: str = "", wait: Callable[[float], object] = time.sleep) -> list[str]:
    """The names of the sources that answer in so many seconds, or until the one wanted has, and perhaps its likes.

    The finder is asked and never opened: whoever waits in cyndilib 0.1.3 for its thread, and is told as the wait ends,
    lets go of the same lock twice, and the program dies.
    """
    names: list[str] = []
    for looks in range(1, 1 + round(seconds / ANSWER)):
        wait(ANSWER)
        names = finder.update_sources()
        if wanted in names or looks * ANSWER >= LISTENING and matching(wanted, dict(enumerate(names))):
            break
    return names


def installed() -> bool:
    """Whether NDI can be received here."""
    return find_spec("cyndilib") is not None


def ndi_sources() -> list[str]:
    """The sources in this network, each as an address for `open_source`; none without cyndilib, NotLoaded where it is
    broken."""
    if not installed():
        return []
    return [f"ndi://{name}" for name in senders(load("cyndilib.finder").Finder(), LISTENING)]
