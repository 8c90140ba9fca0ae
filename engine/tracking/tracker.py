"""The tracker: turns each frame's boxes into objects that keep their identity.

Strong boxes may start an object, weak ones only keep one alive, as in ByteTrack (Zhang et al., ECCV 2022).
Everything is counted in elapsed time, so irregular, standing, looping and jumping clocks are all the same to it.
"""

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.parameters import Parameters
from engine.tracking.assignment import match, overlap
from engine.tracking.one_euro import SPEED_CUTOFF, follow, share
from engine.tracking.parts import WHOLE, owners
from engine.values import Percept, Scene, Tracks

FRAME = 1 / 30  # seconds taken for a frame whose clock stood still or ran back
SHORTEST, LONGEST = 0.004, 5.0  # seconds a frame may take
MOST = 64  # boxes looked at and objects (so slots, too) known at a time; the weakest boxes are dropped
ENTER_TIME = 0.05  # seconds between first sight and entering: 67 ms at 30 frames a second
ENTER_HOLD = 0.1  # seconds unseen after which a thing that has not entered is forgotten
HOLD = 0.6  # seconds unseen after which an object leaves
EDGE_HOLD = 0.3  # the same when it was going out of the picture
LONG_HOLD, LONG_AGE, LONG_SCORE = 1.5, 2.0, 0.6  # and when it was not, but this old and this certain
EDGE, OUTWARD = 0.02, 0.05  # nearer to the edge than this, and faster towards it (a second), is going out
GLIDE = 0.5  # seconds in which the speed of a hidden object falls to a third
DOUBLE, DOUBLE_ANY = 0.5, 0.8  # overlap from which a box is the same thing again, in its class and in any class
MEMORY = 1.0  # seconds a vote for a class counts
MAJORITY = 1.5  # times more votes than the present class has, for the class to change


SMOOTHING = {"tracker/smoothing": 0.5}  # what it is turned to where there is no show


def declare(parameters: Parameters) -> None:
    parameters.number("tracker/smoothing", SMOOTHING["tracker/smoothing"], 0.0, 1.0, "how calm boxes are: 0 raw, 1 slow")


class Tracker:
    """Gives every object an identity that survives misses, crossings and short hiding.

    Called with a Percept, returns its Scene. classes are the names by class index; smoothing (0..1) may be turned at
    any time. A box scoring at least `enter` may start an object, at least `keep` continues one. An object enters
    0.05 s after it was first seen; it leaves after 0.3 s unseen when it was going out of the picture, after 1.5 s when
    it was old and certain, else after 0.6 s, and at once in a stale frame. Its slot is free from the next frame on.
    """

    def __init__(self, classes: tuple[str, ...], parameters: Mapping[str, Any] | None = None, enter: float = 0.4,
                 keep: float = 0.2):
        self._parameters = parameters or SMOOTHING
        self._classes = classes
        self._enter = enter
        self._keep = keep
        self._time = math.nan
        self._ids = itertools.count(1)
        fields = [
            ("id", int),  # 0 until it enters
            ("slot", int),
            ("label", int),
            ("votes", float, (len(classes),)),
            ("score", float),
            ("seen", float, (4,)),  # the last box found
            ("shown", float, (4,)),  # the same, smoothed
            ("speed", float, (4,)),  # of that box, a second
            ("sights", int),
            ("age", float),  # seconds since it entered; until then, since first sight
            ("unseen", float),  # seconds since last sight
            ("hold", float),  # seconds it may stay unseen
            ("part_of", int),  # id of the person whose face it is, or 0
        ]
        self._known = np.zeros(0, fields)

    def __call__(self, percept: Percept) -> Scene:
        frame = percept.frame
        seconds = self._pass(frame.time)
        found = self._believable(percept.detections if not frame.stale else ())
        known = self._known
        guess = _glide(known["seen"], known["speed"], known["unseen"])
        rows, columns = match(guess, known["label"], known["unseen"], found, self._enter)
        self._see(rows, found[columns], seconds)
        born = self._welcome(rows, found[columns, 4])
        leaving = (self._known["unseen"] > self._known["hold"]) | frame.stale
        gone = self._tracks(self._known[leaving])
        self._known = self._known[~leaving]
        self._own()
        tracks = self._tracks(self._known)
        self._start(found, columns)
        return Scene(
            time=frame.time,
            index=frame.index,
            tracks=tracks,
            born=Tracks(track for track in tracks if track.id in born),
            gone=gone,
            layers=percept.layers,
            classes=percept.classes,
            embedding=percept.embedding,
            stale=frame.stale,
        )

    def _pass(self, time: float) -> float:
        """Let the seconds since the last frame pass; how many they are."""
        seconds = time - self._time
        seconds = min(max(seconds, SHORTEST), LONGEST) if seconds > 0 else FRAME
        self._time = time
        self._known["age"] += seconds
        self._known["unseen"] += seconds
        self._known["votes"] *= math.exp(-seconds / MEMORY)
        return seconds

    def _believable(self, detections: np.ndarray) -> np.ndarray:
        """The rows that can be true, best first, with their boxes inside 0..1."""
        rows = np.array(detections, float).reshape(-1, 6)
        rows = rows[np.isfinite(rows).all(1)]
        rows = rows[(rows[:, 4] >= self._keep) & (rows[:, 5] >= 0) & (rows[:, 5] < len(self._classes))]
        rows = rows[np.argsort(-rows[:, 4], kind="stable")[:MOST]]
        rows[:, :5] = rows[:, :5].clip((0, 0, 0.001, 0.001, 0), 1)
        rows[:, 5] = np.floor(rows[:, 5])
        return rows

    def _see(self, rows: np.ndarray, found: np.ndarray, seconds: float) -> None:
        """Move the objects in these rows to the boxes they were found in."""
        known = self._known[rows]
        boxes, labels = found[:, :4], found[:, 5].astype(int)
        unseen = known["unseen"][:, None]
        speed = (boxes - known["seen"]) / unseen
        shown = _glide(known["shown"], known["speed"], known["unseen"] - seconds)  # in the last frame
        # A young object's speed is the mean of the few there are: the filter alone would start from standing.
        part = np.maximum(share(SPEED_CUTOFF, unseen), 1 / known["sights"][:, None])
        known["speed"] += part * (speed - known["speed"])
        known["shown"] = follow(boxes, shown, known["speed"], unseen, self._parameters["tracker/smoothing"])
        known["seen"] = boxes
        known["score"] = found[:, 4]
        known["sights"] += 1
        known["unseen"] = 0
        each = np.arange(len(rows))
        known["votes"][each, labels] += found[:, 4]
        best = known["votes"].argmax(1)
        change = known["votes"][each, best] > MAJORITY * known["votes"][each, known["label"]]
        known["label"] = np.where(change, best, known["label"])
        centre, half, way = boxes[:, :2], boxes[:, 2:] / 2, known["speed"][:, :2]
        outward = ((centre - half < EDGE) & (way < -OUTWARD)) | ((centre + half > 1 - EDGE) & (way > OUTWARD))
        certain = (known["age"] > LONG_AGE) & (known["score"] > LONG_SCORE)
        known["hold"] = np.where(outward.any(1), EDGE_HOLD, np.where(certain, LONG_HOLD, HOLD))
        known["hold"][known["id"] == 0] = ENTER_HOLD
        self._known[rows] = known

    def _welcome(self, rows: np.ndarray, scores: np.ndarray) -> set[int]:
        """Let enter what has been seen long enough; their new ids."""
        known = self._known
        ready = (known["id"][rows] == 0) & (known["age"][rows] >= ENTER_TIME) & (scores >= self._enter)
        taken = set(known["slot"][known["id"] > 0].tolist())
        for row in rows[ready]:
            slot = next(slot for slot in itertools.count() if slot not in taken)
            taken.add(slot)
            known["id"][row], known["slot"][row] = next(self._ids), slot
            known["age"][row], known["hold"][row] = 0, HOLD
        return set(known["id"][rows[ready]].tolist())

    def _own(self) -> None:
        """Find out whose parts the objects are; one that is hidden stays what it was."""
        known, entered = self._known, self._known["id"] > 0
        names = [self._classes[label] for label in known["label"][entered].tolist()]
        if any(name in WHOLE for name in names):
            boxes, ids, before, unseen = (known[field][entered] for field in ("shown", "id", "part_of", "unseen"))
            known["part_of"][entered] = np.where(unseen > 0, before, owners(boxes, ids, names, before))

    def _start(self, found: np.ndarray, columns: np.ndarray) -> None:
        """Take every strong box that was not matched, and is not the same thing again, for something new."""
        matched = columns.tolist()
        alone = set(np.flatnonzero(found[:, 4] >= self._enter).tolist()) - set(matched)
        if not alone:
            return
        alike = found[:, None, 5] == found[:, 5]
        double = overlap(found[:, :4], found[:, :4]) > np.where(alike, DOUBLE, DOUBLE_ANY)
        fresh = []
        for column in sorted(alone):
            if not double[column, matched + fresh].any():
                fresh.append(column)
        found = found[fresh[: MOST - len(self._known)]]
        new = np.zeros(len(found), self._known.dtype)
        new["seen"] = new["shown"] = found[:, :4]
        new["score"] = found[:, 4]
        new["label"] = found[:, 5]
        new["votes"][np.arange(len(new)), new["label"]] = new["score"]
        new["sights"], new["hold"] = 1, ENTER_HOLD
        self._known = np.concatenate([self._known, new])

    def _tracks(self, known: np.ndarray) -> Tracks:
        """Those that have entered, oldest first; a hidden one glides on, and its score fades."""
        known = known[known["id"] > 0]
        known = known[np.argsort(known["id"])]
        fade = np.exp(-known["unseen"] / GLIDE)
        boxes, speeds = _glide(known["shown"], known["speed"], known["unseen"]), known["speed"][:, :2] * fade[:, None]
        numbers = np.column_stack(
            (known["id"], known["slot"], known["label"], known["score"] * fade, boxes, speeds, known["age"],
             known["part_of"]))
        return Tracks.of(numbers, self._classes)


def _glide(boxes: np.ndarray, speed: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Where hidden boxes are after so many seconds: on their way, ever slower, inside the picture."""
    boxes = boxes.copy()
    boxes[:, :2] += speed[:, :2] * (GLIDE * (1 - np.exp(-seconds / GLIDE)))[:, None]
    return boxes.clip(0, 1)
