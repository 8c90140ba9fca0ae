"""The tracker: turns each frame's boxes into objects that keep their identity.

Strong boxes may start an object, weak ones only keep one alive, as in ByteTrack (Zhang et al., ECCV 2022).
Everything is counted in elapsed time, so irregular, standing, looping and jumping clocks are all the same to it.
"""

import itertools
import math
from collections.abc import Iterable

import numpy as np

from engine.osc.profiles.profile import word  # a class is called in the table as it is in /count/<class>
from engine.parameters import Parameters
from engine.tracking.assignment import match, overlap, parted, shared_area
from engine.tracking.motion import GLIDE, correct, course, further, start, velocity
from engine.tracking.one_euro import follow
from engine.tracking.parts import WHOLE, owners
from engine.values import Percept, Scene, Tracks
from engine.vision.nms import FLOOR  # nothing less certain comes from the eyes

FRAME = 1 / 30  # seconds taken for a frame whose clock stood still or ran back
SHORTEST, LONGEST = 0.004, 5.0  # seconds a frame may take
MOST = 128  # boxes looked at and objects (so slots, too) known at a time; the weakest boxes are dropped
ENTER_TIME = 0.05  # seconds between first sight and entering: 67 ms at 30 frames a second
CERTAIN, DOUBT = 0.7, 3.0  # that is for scores from here on; for one at the threshold it is so many times as long
ENTER_HOLD = 0.1  # seconds unseen after which a thing that has not entered is forgotten
EDGE_HOLD = 0.5  # part of the tracker's memory for which an object may be unseen that was going out of the picture
LONG_HOLD, LONG_AGE, LONG_SCORE = 2.5, 2.0, 0.6  # and that was not, but this old and this certain
COVERED = 0.4  # share of an object that lies in a box found, from which it is behind that one
COVERED_HOLD, OUT = 5.0, 0.5  # and that is behind another: that long at most, and so long after coming out
RARE, LATELY = 10.0, 0.1  # and that is rarely seen: so many times the time it is missed for, of a mean of the latest
EDGE, OUTWARD = 0.02, 0.05  # nearer to the edge than this, and faster towards it (a second), is going out
DOUBLE, DOUBLE_ANY = 0.5, 0.8  # overlap from which a box is the same thing again, in its class and in any class
VOTE = 1.0  # seconds a vote for a class counts
MAJORITY = 1.5  # times more votes than the present class has, for the class to change
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
    An object enters 0.05 s after it was first seen; it leaves when it was unseen for as long as the memory is, half as
    long when it was going out of the picture, 2.5 times as long when it was old and certain, up to five times when it
    is behind another or was rarely seen, and at once in a stale frame or when its class no longer counts. Its slot is
    free from the next frame on.
    """

    def __init__(self, classes: tuple[str, ...], parameters: Parameters | None = None):
        """Without a table everything stays as it is declared."""
        self._parameters = parameters or alone(classes)
        self._classes, self._paths = classes, [class_path(name) for name in classes]
        self._time = math.nan
        self._ids = itertools.count(1)
        fields = [
            ("id", int),  # 0 until it enters
            ("slot", int),
            ("label", int),
            ("votes", float, (len(classes),)),
            ("score", float),
            ("shown", float, (4,)),  # the last box found, smoothed
            ("box", float, (4,)),  # where it was then, as far as boxes can be believed
            ("speed", float, (4,)),  # of that box, a second
            ("course", float, (2,)),  # mean of its latest speeds
            ("weight", float),  # of what this mean was made of, 0 to 1
            ("unsure", float, (3, 4)),  # variances of both
            ("age", float),  # seconds since it entered; until then, since first sight
            ("sure", float),  # seconds since first sight, as far as it was seen with certainty
            ("unseen", float),  # seconds since last sight
            ("covered", bool),  # unseen behind another
            ("bare", float),  # seconds of those unseen in which it was not
            ("travel", float),  # seconds' worth of its velocity that it went on, unseen
            ("missed", float),  # seconds that it mostly is unseen beyond a frame
            ("hold", float),  # times the memory that it may stay unseen
            ("part_of", int),  # id of the person whose face it is, or 0
        ]
        self._known = np.zeros(0, fields)

    def __call__(self, percept: Percept) -> Scene:
        frame, table = percept.frame, self._parameters
        self._enter = table["detector/threshold"]
        self._counts = np.array([table[path] for path in self._paths], bool)
        seconds = self._pass(frame.time)
        found = self._believable(percept.detections if not frame.stale else ())
        known = self._known
        guess = _glide(known, "box", known["travel"])
        found = parted(guess[known["id"] > 0], found)
        rows, columns = match(guess, known["label"], known["unseen"], found, self._enter)
        self._see(rows, found[columns], seconds)
        self._wait(found[columns, :4])
        born = self._welcome(rows, found[columns, 4])
        hold = np.where(known["id"] > 0, known["hold"] * table["tracker/memory"], ENTER_HOLD)
        leaving = (known["unseen"] > hold) | ~self._counts[known["label"]] | frame.stale
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
        self._travel = self._known["travel"].copy()  # in the last frame
        self._known["travel"] += further(self._known["bare"], seconds, self._known["covered"])
        self._known["bare"] += seconds * ~self._known["covered"]
        self._known["votes"] *= math.exp(-seconds / VOTE)
        return seconds

    def _believable(self, detections: np.ndarray) -> np.ndarray:
        """The rows that can be true, best first, with their boxes inside 0..1."""
        rows = np.array(detections, float).reshape(-1, 6)
        rows = rows[np.isfinite(rows).all(1)]
        rows = rows[(rows[:, 4] >= self._enter / 2) & (rows[:, 5] >= 0) & (rows[:, 5] < len(self._classes))]
        rows = rows[self._counts[rows[:, 5].astype(int)]]
        rows = rows[np.argsort(-rows[:, 4], kind="stable")[:MOST]]
        rows[:, :5] = rows[:, :5].clip((0, 0, 0.001, 0.001, 0), 1)
        rows[:, 5] = np.floor(rows[:, 5])
        return rows

    def _see(self, rows: np.ndarray, found: np.ndarray, seconds: float) -> None:
        """Move the objects in these rows to the boxes they were found in."""
        known = self._known[rows]
        boxes, labels = found[:, :4], found[:, 5].astype(int)
        unseen = known["unseen"][:, None]
        shown = _glide(known, "shown", self._travel[rows])
        before = known["box"][:, :2].copy()
        known["box"], known["speed"], known["unsure"] = correct(
            known["box"], known["speed"], known["unsure"], boxes, known["unseen"])
        known["shown"] = follow(boxes, shown, known["speed"], unseen, self._parameters["tracker/smoothing"])
        known["course"], known["weight"] = course(
            known["course"], known["weight"], known["box"][:, :2] - before, known["unseen"])
        doubt = (CERTAIN - found[:, 4]) / max(CERTAIN - self._enter, 0.01)
        known["sure"] += known["unseen"] / (1 + (DOUBT - 1) * doubt.clip(0, 1))
        known["bare"] = known["travel"] = 0
        known["covered"] = False
        known["score"] = found[:, 4]
        known["missed"] += LATELY * (known["unseen"] - seconds - known["missed"])
        known["unseen"] = 0
        each = np.arange(len(rows))
        known["votes"][each, labels] += found[:, 4]
        best = known["votes"].argmax(1)
        change = known["votes"][each, best] > MAJORITY * known["votes"][each, known["label"]]
        known["label"] = np.where(change, best, known["label"])
        centre, half, way = boxes[:, :2], boxes[:, 2:] / 2, known["speed"][:, :2]
        outward = ((centre - half < EDGE) & (way < -OUTWARD)) | ((centre + half > 1 - EDGE) & (way > OUTWARD))
        certain = (known["age"] > LONG_AGE) & (known["score"] > LONG_SCORE)
        rare = (RARE * known["missed"] / self._parameters["tracker/memory"]).clip(max=COVERED_HOLD)
        known["hold"] = np.maximum(rare, np.where(outward.any(1), EDGE_HOLD, np.where(certain, LONG_HOLD, 1.0)))
        self._known[rows] = known

    def _wait(self, boxes: np.ndarray) -> None:
        """Wait for those that are behind others, whose boxes these are, until a moment after they should come out."""
        known = self._known
        known["covered"] = False
        hidden = np.flatnonzero((known["unseen"] > 0) & (known["id"] > 0))
        if not len(hidden) or not len(boxes):
            return
        guess = _glide(known[hidden], "box", known["travel"][hidden])
        covered = hidden[shared_area(guess, boxes).max(1) > COVERED * guess[:, 2:].prod(1)]
        longer = known["unseen"][covered] / self._parameters["tracker/memory"] + OUT
        known["covered"][covered] = True
        known["hold"][covered] = np.maximum(known["hold"][covered], longer.clip(max=COVERED_HOLD))

    def _welcome(self, rows: np.ndarray, scores: np.ndarray) -> set[int]:
        """Let enter what has been seen long enough; their new ids."""
        known = self._known
        ready = (known["id"][rows] == 0) & (known["sure"][rows] >= ENTER_TIME) & (scores >= self._enter)
        taken = set(known["slot"][known["id"] > 0].tolist())
        for row in rows[ready]:
            slot = next(slot for slot in itertools.count() if slot not in taken)
            taken.add(slot)
            known["id"][row], known["slot"][row] = next(self._ids), slot
            known["age"][row], known["hold"][row] = 0, 1
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
        new["box"] = new["shown"] = found[:, :4]
        new["unsure"] = start(len(new))
        new["score"] = found[:, 4]
        new["label"] = found[:, 5]
        new["votes"][np.arange(len(new)), new["label"]] = new["score"]
        self._known = np.concatenate([self._known, new])

    def _tracks(self, known: np.ndarray) -> Tracks:
        """Those that have entered, oldest first; a hidden one glides on, and its score fades."""
        known = known[known["id"] > 0]
        known = known[np.argsort(known["id"])]
        fade = np.exp(-known["unseen"] / GLIDE)
        boxes = _glide(known, "shown", known["travel"])
        speeds = _velocity(known) * np.exp(-known["bare"] / GLIDE)[:, None]
        numbers = np.column_stack(
            (known["id"], known["slot"], known["label"], known["score"] * fade, boxes, speeds, known["age"],
             known["part_of"], known["unseen"]))
        return Tracks.of(numbers, self._classes)


def alone(classes: tuple[str, ...]) -> Parameters:
    """A table for a tracker without a show."""
    table = Parameters()
    declare(table, classes)
    return table


def _velocity(known: np.ndarray) -> np.ndarray:
    return velocity(known["speed"][:, :2], known["course"], known["unseen"])


def _glide(known: np.ndarray, name: str, seconds: np.ndarray) -> np.ndarray:
    """Where the boxes of this name are after so many seconds' worth of their velocity, inside the picture."""
    boxes = known[name].copy()
    boxes[:, :2] += _velocity(known) * seconds[:, None]
    return boxes.clip(0, 1)
