"""The tracker: turns each frame's boxes into objects that keep their identity.

Strong boxes may start an object, weak ones only keep one alive, as in ByteTrack (Zhang et al., ECCV 2022).
Everything is counted in elapsed time, so irregular, standing, looping and jumping clocks are all the same to it.
"""

import math
from collections.abc import Iterable

import numpy as np

from engine.osc.profiles.profile import word  # a class is called in the table as it is in /count/<class>
from engine.parameters import Parameters
from engine.tracking.appearance import BOX, Looks, remember
from engine.tracking.assignment import match, parted
from engine.tracking.motion import START
from engine.tracking.objects import (
    BEFORE,
    MOST,
    OBJECT,
    believable,
    expect,
    fresh,
    leaving,
    numbers,
    see,
    wait,
    welcome,
)
from engine.tracking.parts import own, wholes
from engine.values import Percept, Scene, Tracks
from models.nms import FLOOR  # nothing less certain comes from the eyes

FRAME = 1 / 30  # seconds taken for a frame whose clock stood still or ran back
SHORTEST, LONGEST = 0.004, 5.0  # seconds a frame may take
THRESHOLD = 0.4  # on which the scale of the detector's scores is calibrated


def declare(parameters: Parameters, classes: Iterable[str] = ()) -> None:
    """What of finding and following may be turned, for a detector of these classes."""
    believed = "the least score that something new is believed with"
    parameters.number("detector/threshold", THRESHOLD, FLOOR, 0.95, believed)
    for name in classes:
        parameters.switch(class_path(name), True, f"whether each {name} counts, for everybody")
    parameters.number("tracker/smoothing", 0.5, 0.0, 1.0, "how calm boxes are: 0 raw, 1 slow")
    parameters.number("tracker/memory", 0.6, 0.1, 10.0, "how long an object may be unseen before it leaves", "s", "log")


def class_path(name: str) -> str:
    return f"detector/classes/{word(name)}"


class Tracker:
    """Gives every object an identity that survives misses, crossings and short hiding.

    Called with a Percept, returns its Scene. classes are the names by class index; what declare says is read from the
    table in every frame. A box scoring at least the threshold may start an object, at least half of it continues one.
    Where boxes do not say who is who, their looks do, as far as the percept has any.
    An object enters 0.05 s after it was first seen; it leaves when it was unseen for as long as the memory is, half as
    long when it was going out of the picture, 2.5 times as long when it was old and certain, up to five times when it
    is behind another or was rarely seen, and at once in a stale frame or when its class no longer counts. Its slot is
    free from the next frame on.
    """

    def __init__(self, classes: tuple[str, ...], parameters: Parameters | None = None):
        """Without a table everything stays as it is declared."""
        self._parameters = parameters or alone(classes)
        self._classes, self._paths = classes, [class_path(name) for name in classes]
        self._wholes, self._time = wholes(classes), math.nan
        self._last = 0  # the newest id
        self._comparable = Looks()
        self._known, self._votes, self._looks = np.zeros(0, OBJECT), np.zeros((0, len(classes))), np.zeros((0, 0))

    def __call__(self, percept: Percept) -> Scene:
        frame, table = percept.frame, self._parameters
        enter, memory = float(table["detector/threshold"]), float(table["tracker/memory"])
        counts = np.array([table[path] for path in self._paths], bool)
        seconds = self._pass(frame.time)
        found = believable(self._found(percept, seconds), enter, counts)
        guess = expect(self._known, self._votes, seconds)
        found = parted(guess, self._known, found)
        rows, columns = match(guess, self._known, self._looks, found, enter)
        smoothing = float(table["tracker/smoothing"])
        remember(self._looks, self._known, rows, found, columns)
        see(self._known, self._votes, rows, found, columns, seconds, enter, smoothing, memory)
        wait(self._known, found, columns, memory)
        before, self._last = self._last, welcome(self._known, rows, found, columns, enter, self._last)
        gone = self._part(leaving(self._known, counts, memory) | frame.stale)
        own(self._known, self._wholes)
        tracks = Tracks.of(numbers(self._known), self._classes)
        self._start(found[fresh(found, columns, enter, MOST - len(self._known))])
        return Scene(
            time=frame.time,
            index=frame.index,
            tracks=tracks,
            born=Tracks(track for track in tracks if track.id > before),
            gone=gone,
            layers=percept.layers,
            classes=percept.classes,
            embedding=percept.embedding,
            stale=frame.stale,
        )

    def _found(self, percept: Percept, seconds: float) -> np.ndarray:
        """Rows x y w h score class and how it looks, of what was found."""
        if percept.frame.stale:
            return np.zeros((0, BOX + self._looks.shape[1]))
        boxes = np.array(percept.detections, float).reshape(-1, BOX)
        told = len(percept.looks) == len(boxes)
        looks = self._comparable(percept.looks.astype(float) if told else np.zeros((len(boxes), 0)), seconds)
        if looks.shape[1] != self._looks.shape[1]:  # another network looks from here on
            self._looks = np.zeros((len(self._known), looks.shape[1]))
        return np.hstack((boxes, looks))

    def _pass(self, time: float) -> float:
        """How many seconds have passed since the last frame."""
        seconds = time - self._time
        self._time = time
        return min(max(seconds, SHORTEST), LONGEST) if seconds > 0 else FRAME

    def _part(self, leaving: np.ndarray) -> Tracks:
        """Let these go; those of them that had entered."""
        if not leaving.any():
            return Tracks()
        gone = Tracks.of(numbers(self._known[leaving]), self._classes)
        self._known, self._votes, self._looks = (all[~leaving] for all in (self._known, self._votes, self._looks))
        return gone

    def _start(self, found: np.ndarray) -> None:
        """Take these boxes for something new."""
        if not len(found):
            return
        new, votes = np.zeros(len(found), OBJECT), np.zeros((len(found), len(self._classes)))
        new["box"] = new["shown"] = found[:, :4]
        new["unsure"], new["watched"], new["hold"] = START, BEFORE, 1.0
        new["score"], new["label"] = found[:, 4:BOX].T
        votes[np.arange(len(new)), new["label"]] = new["score"]
        self._known, self._votes = np.concatenate([self._known, new]), np.concatenate([self._votes, votes])
        self._looks = np.concatenate([self._looks, np.zeros((len(new), self._looks.shape[1]))])


def alone(classes: tuple[str, ...]) -> Parameters:
    """A table for a tracker without a show."""
    table = Parameters()
    declare(table, classes)
    return table
