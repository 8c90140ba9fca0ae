"""Two trackers to be measured against, written from their papers; both count in frames and know no time.

SORT: Bewley, Ge, Ott, Ramos, Upcroft: Simple online and realtime tracking, ICIP 2016. ByteTrack: Zhang et al.:
ByteTrack: Multi-object tracking by associating every detection box, ECCV 2022. Both are called with rows
x y w h score class (boxes in 0..1) and return ids (N,) and boxes (N, 4) of those seen in this frame.
"""

from collections.abc import Iterable

import numpy as np
from scipy.optimize import linear_sum_assignment

from engine.tracking.boxes import overlap

PIXELS = 640  # a picture's width and height here: the papers' variances are in pixels


class Kalman:
    """A track that moves with constant velocity: its mean and covariance, and what the tracker keeps about it."""

    def __init__(self, measured: np.ndarray, moving: int, covariance: np.ndarray):
        size = len(measured)
        self.mean = np.concatenate((measured, np.zeros(moving)))
        self.covariance = np.diag(covariance)
        self.step = np.eye(size + moving)
        self.step[:moving, size:] = np.eye(moving)
        self.id, self.hits, self.missed = 0, 1, 0

    def predict(self, noise: np.ndarray) -> None:
        self.mean = self.step @ self.mean
        self.covariance = self.step @ self.covariance @ self.step.T + np.diag(noise)

    def update(self, measured: np.ndarray, noise: np.ndarray) -> None:
        size = len(measured)
        gain = np.linalg.solve(self.covariance[:size, :size] + np.diag(noise), self.covariance[:size]).T
        self.mean = self.mean + gain @ (measured - self.mean[:size])
        self.covariance = self.covariance - gain @ self.covariance[:size]
        self.hits, self.missed = self.hits + 1, 0


def pairs(tracks: list, boxes: np.ndarray, least: float, weight: np.ndarray | float = 1.0) -> list[tuple[int, int]]:
    """Which track is which box: the best assignment by overlap, without pairs that overlap less than this."""
    if not tracks or not len(boxes):
        return []
    shared = overlap(np.array([box_of(track) for track in tracks]), boxes.astype(float)) * weight
    rows, columns = linear_sum_assignment(-shared)
    good = shared[rows, columns] >= least
    return list(zip(rows[good].tolist(), columns[good].tolist(), strict=True))


def box_of(track: Kalman) -> np.ndarray:
    return track.box(track.mean)


def rest(count: int, taken: Iterable[int]) -> list[int]:
    return sorted(set(range(count)) - set(taken))


class SortTrack(Kalman):
    """State: centre, area and aspect of a box, and the speed of the first three."""

    MEASURED = np.array([1.0, 1.0, 10.0, 10.0])
    MOVED = np.array([1.0, 1.0, 1.0, 1.0, 0.01, 0.01, 0.0001])

    def __init__(self, box: np.ndarray):
        super().__init__(self.state(box), 3, np.array([10.0, 10.0, 10.0, 10.0, 1e4, 1e4, 1e4]))

    @staticmethod
    def state(box: np.ndarray) -> np.ndarray:
        x, y, w, h = box * PIXELS
        return np.array((x, y, w * h, w / h))

    @staticmethod
    def box(mean: np.ndarray) -> np.ndarray:
        x, y, area, aspect = mean[:4]
        w = np.sqrt(max(area * aspect, 1.0))
        return np.array((x, y, w, max(area, 1.0) / w)) / PIXELS


class Sort:
    """Kalman filter and Hungarian assignment by overlap; an object that is not found in one frame is lost."""

    SURE, OVERLAP, PROBATION, LOST = 0.5, 0.3, 3, 1

    def __init__(self) -> None:
        self.tracks: list[SortTrack] = []
        self.frames = self.newest = 0

    def __call__(self, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        boxes = found[found[:, 4] > self.SURE, :4]
        self.frames += 1
        for track in self.tracks:
            if track.mean[2] + track.mean[6] <= 0:
                track.mean[6] = 0
            track.predict(SortTrack.MOVED)
            if track.missed:
                track.hits = 0
            track.missed += 1
        matched = pairs(self.tracks, boxes, self.OVERLAP)
        for row, column in matched:
            self.tracks[row].update(SortTrack.state(boxes[column]), SortTrack.MEASURED)
        for column in rest(len(boxes), (column for _, column in matched)):
            self.newest += 1
            track = SortTrack(boxes[column])
            track.id = self.newest
            self.tracks.append(track)
        self.tracks = [track for track in self.tracks if track.missed <= self.LOST]
        shown = [track for track in self.tracks
                 if track.missed == 0 and (track.hits >= self.PROBATION or self.frames <= self.PROBATION)]
        return ids_and_boxes(shown)


class ByteTrackTrack(Kalman):
    """State: centre, aspect and height of a box, and the speed of all four; noise is in shares of the height."""

    PLACE, SPEED = 1 / 20, 1 / 160

    def __init__(self, box: np.ndarray):
        height = box[3] * PIXELS
        spread = np.array([2 * self.PLACE * height] * 4 + [10 * self.SPEED * height] * 4)
        spread[[2, 6]] = 1e-2, 1e-5
        super().__init__(self.state(box), 4, spread**2)

    @staticmethod
    def state(box: np.ndarray) -> np.ndarray:
        x, y, w, h = box * PIXELS
        return np.array((x, y, w / h, h))

    @staticmethod
    def box(mean: np.ndarray) -> np.ndarray:
        x, y, aspect, height = mean[:4]
        height = max(height, 1.0)
        return np.array((x, y, max(aspect, 0.01) * height, height)) / PIXELS

    def moved(self) -> np.ndarray:
        spread = np.array([self.PLACE * self.mean[3]] * 4 + [self.SPEED * self.mean[3]] * 4)
        spread[[2, 6]] = 1e-2, 1e-5
        return spread**2

    def measured(self) -> np.ndarray:
        spread = np.array([self.PLACE * self.mean[3]] * 4)
        spread[2] = 1e-1
        return spread**2


class ByteTrack:
    """First the sure boxes are matched, then the others to what is left; lost tracks are kept for a second."""

    SURE, LEAST, START = 0.6, 0.1, 0.7
    FIRST, SECOND, NEW = 0.2, 0.5, 0.3  # least overlap of the two matches, and of a track that was seen once
    KEPT = 1.0  # seconds

    def __init__(self, rate: float) -> None:
        self.tracks: list[ByteTrackTrack] = []
        self.frames = self.newest = 0
        self.kept = round(rate * self.KEPT)

    def __call__(self, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.frames += 1
        sure = found[found[:, 4] > self.SURE]
        unsure = found[(found[:, 4] > self.LEAST) & (found[:, 4] <= self.SURE)]
        for track in self.tracks:
            if track.missed:
                track.mean[7] = 0
            track.predict(track.moved())
            track.missed += 1
        known = [track for track in self.tracks if track.id]
        matched = pairs(known, sure[:, :4], self.FIRST, sure[:, 4])
        left = [known[row] for row in rest(len(known), (row for row, _ in matched)) if known[row].missed == 1]
        again = pairs(left, unsure[:, :4], self.SECOND)
        seen = [(known[row], sure[column]) for row, column in matched]
        seen += [(left[row], unsure[column]) for row, column in again]
        alone = sure[rest(len(sure), (column for _, column in matched))]
        young = [track for track in self.tracks if not track.id]
        confirmed = pairs(young, alone[:, :4], self.NEW, alone[:, 4])
        seen += [(young[row], alone[column]) for row, column in confirmed]
        for track, row in seen:
            track.update(ByteTrackTrack.state(row[:4]), track.measured())
            if not track.id:
                self.newest += 1
                track.id = self.newest
        for column in rest(len(alone), (column for _, column in confirmed)):
            if alone[column, 4] > self.START:
                track = ByteTrackTrack(alone[column, :4])
                if self.frames == 1:
                    self.newest += 1
                    track.id = self.newest
                self.tracks.append(track)
        self.tracks = [track for track in self.tracks if track.missed <= (self.kept if track.id else 0)]
        return ids_and_boxes([track for track in self.tracks if track.id and track.missed == 0])


def ids_and_boxes(tracks: list) -> tuple[np.ndarray, np.ndarray]:
    return (np.array([track.id for track in tracks], int),
            np.array([box_of(track) for track in tracks]).reshape(-1, 4))
