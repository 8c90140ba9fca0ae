"""The picture shared with other programs: each way is one file with one protocol, and one line here.

A way is made with a size in pixels (width, height), and has send(picture, seconds), (H, W, 3) uint8 RGB of that
size, and close(). It imports what it needs when it is made; whatever it raises then or later ends the sharing, not
the show.
"""

from collections.abc import Callable
from importlib import import_module

import numpy as np

from engine.parameters import Parameters

PATH = "view/share"
NONE = "none"
WAYS = {  # name: the class in the file of that name, and what to do where it lacks something
    "ndi": ("Ndi", 'pip install -e ".[ndi]"'),
    "spout": ("Spout", 'on Windows, pip install -e ".[spout]"'),
    "syphon": ("Syphon", 'on macOS, pip install -e ".[syphon]"'),
    "virtual_camera": ("VirtualCamera", "on Linux, load v4l2loopback and let this user write to its device"),
}


class Sharing:
    """Follows view/share: hands each picture to the way that is chosen there. notices says why it was ended."""

    def __init__(self, parameters: Parameters):
        self.parameters, self.way, self.name, self.size, self.trouble = parameters, None, NONE, (0, 0), ""

    @property
    def notices(self) -> tuple[str, ...]:
        return (self.trouble,) if self.trouble else ()

    def send(self, shown: Callable[[], np.ndarray | None], seconds: float) -> None:
        """shown returns the picture (H, W, 3) uint8 RGB, or None where there is no window."""
        name = self.parameters[PATH]
        if name != self.name:
            self.close()
            self.name, self.trouble = name, ""
            if name != NONE:
                self.attempt(lambda: self.open(shown()))
        if self.way is not None:
            self.attempt(lambda: self.hand(shown(), seconds))

    def open(self, picture: np.ndarray | None) -> None:
        if picture is None:
            raise ValueError("without a window there is none")
        kind, _ = WAYS[self.name]
        self.size = picture.shape[1::-1]
        self.way = getattr(import_module(f"engine.window.sharing.{self.name}"), kind)(self.size)

    def hand(self, picture: np.ndarray, seconds: float) -> None:
        if picture.shape[1::-1] != self.size:  # the window has been made larger or smaller
            self.close()
            self.open(picture)
        self.way.send(picture, seconds)

    def attempt(self, step) -> None:
        """Do something that another's library may refuse."""
        try:
            step()
        except Exception as error:
            self.trouble = f"the picture is not shared by {self.name} ({str(error).lower():.80}): {WAYS[self.name][1]}"
            self.close()

    def close(self) -> None:
        """End it, for now or as the show ends."""
        way, self.way = self.way, None
        if way is not None:
            self.attempt(way.close)
