"""A short show of a crowd for the tests of recording: the calls that its ports get, in virtual time."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from engine.capture.simulator import Crowd, SimulatedEyes
from engine.cues import Control, Note, Osc, Say
from engine.draw import DrawCircle, DrawLine, DrawText
from engine.tracking.tracker import Tracker
from engine.values import EngineStatus, Frame

RATE = 30


def show(seconds: float, began: float = 7.0) -> Iterator[tuple]:
    """(name of the port's method, its arguments) for each frame and each tick; the source hangs for 2.5 s after 2 s."""
    crowd = Crowd(5, 2)
    eyes = SimulatedEyes(crowd)
    tracker = Tracker(eyes.classes)
    now = began
    for index in range(int(seconds * RATE)):
        now = began + index / RATE + (2.5 if index > 2 * RATE else 0.0)
        if index == 2 * RATE + 1:
            yield from (("tick", now - 2.5 + ticks / 100) for ticks in range(4, 250))
        frame = Frame(crowd.picture(index / RATE), index, now - 0.0123, moment=index / RATE)
        scene = tracker(eyes(frame))
        cues = (Osc("/tide", np.float32(np.sin(now)), index, "hi"), Note(60, 0.5), Control(7, 0.25), Say(60.3, voice=2),
                DrawCircle(0.5, 0.5, 0.1), DrawLine(((0, 0), (1, 0.5)), closed=True), DrawText("hi", 0.5, 0.5))
        status = replace(EngineStatus(), fps=29.97 + index / 1000, latency=0.0171 / (1 + index), dropped=index // 9)
        yield "see", frame
        yield "send", scene, cues, status, now
        yield "tick", now + 0.004


def recorded(calls) -> Iterator[tuple]:
    """The journal's entries for these calls."""
    for name, *arguments in calls:
        if name == "send":
            scene, cues, status, now = arguments
            yield name, now, scene, cues, status
        elif name != "see":
            yield name, *arguments
