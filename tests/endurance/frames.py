"""A show of many frames in its own time: python -m tests.endurance.frames COUNT prints what memory became of them.

Tracker, patch, three targets of three profiles and the log are the show's own; boxes are made up, and there are no
layers, so that a million frames take minutes. Seven people come and go, three or four at a time.
"""

import gc
import os
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np

from engine.settings import ControlSettings, OscSettings, Settings, TargetSettings, WindowSettings
from engine.values import Frame
from tests.endurance.show import Outcome, resident
from tests.osc.programs import free_port
from tests.virtual_show import Scripted, opened

RATE = 60.0  # frames a second, in the show's own time
GROWTH = 20.0  # MB that the last nine tenths may bring
DARK = np.zeros((48, 64, 3), np.uint8)
PATCH = Path("patches/choir.py")


class Frames:
    """A source of so many frames of one dark picture."""

    name, rate, offline, stale, dropped, notice = "frames", RATE, True, False, 0, ""

    def __init__(self, count: int):
        self.count, self.index, self.memory = count, 0, 0.0

    ended = property(lambda self: self.index == self.count)

    def newer(self, than: int, timeout: float) -> Frame:
        if self.index == self.count // 10:
            gc.collect()
            self.memory = resident()
        self.index += 1
        return Frame(DARK, self.index - 1, self.index / RATE, source=self.name)

    def close(self) -> None:
        pass


def walkers(index: int) -> list[tuple]:
    """Boxes of who is there in a frame: each walks through the picture in ten seconds."""
    places = [(index / RATE / 10 + person / 3.5) % 2 for person in range(7)]
    return [(place, 0.2 + 0.1 * person, 0.1, 0.3, 0.9, 0) for person, place in enumerate(places) if place < 1]


def play(count: int) -> tuple[float, float]:
    """Frames a second that were played, and megabytes that came after the first tenth of them."""
    targets = tuple(TargetSettings(f"{profile}@127.0.0.1:{free_port()}") for profile in ("neocog", "split", "tuio"))
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        settings = Settings(source="test-card", frames=count, log=str(Path(folder, "log")),
                            window=WindowSettings(headless=True), osc=OscSettings("127.0.0.1:0", targets),
                            control=ControlSettings("none"))
        with opened(Scripted(("person",), walkers), PATCH, settings) as (rig, _, show):
            rig.source = source = Frames(count)
            began = time.monotonic()
            show()
            gc.collect()
            return count / (time.monotonic() - began), resident() - source.memory


def attempt_frames(count: int) -> Outcome:
    """Play so many in a program of its own."""
    done = subprocess.run([sys.executable, "-m", "tests.endurance.frames", str(count)], text=True, capture_output=True)
    if done.returncode:
        return Outcome(False, done.stderr.strip()[-200:])
    rate, grown = map(float, done.stdout.split())
    return Outcome(grown < GROWTH, "" if grown < GROWTH else "memory grows", after=rate, memory=grown)


if __name__ == "__main__":
    print(*play(int(sys.argv[1])))
