"""The judge: how well identities hold, beside SORT and ByteTrack; `python -m tests.tracking.judge` prints the table.

IDF1 (Ristani et al. 2016) and MOTA (Bernardin, Stiefelhagen 2008) in per cent, identity switches and fragments, as
motmetrics counts them: a box is right that shares half of its union with the truth. All three trackers are given
the same boxes, and shown is what was found: by the two others in the same frame, by ours lately. The tracker's
constants were tuned on TUNING (`... judge tuning` prints it), on nothing that stands in FILMS; only the first of them,
long ago, and assignment.OFTEN, by a look, on TUD-Stadtmitte too.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import motmetrics
import numpy as np

from engine.capture.simulator import Truth
from engine.tracking.boxes import overlap
from engine.tracking.tracker import Tracker
from engine.values import COLUMNS, Frame, Percept
from tests.tracking import films
from tests.tracking.baselines import ByteTrack, Sort
from tests.tracking.detector_noise import NoisyDetector

PIXELS = np.zeros((1, 1, 3), np.uint8)
LATELY = 0.2  # seconds unseen after which where somebody is has become a guess, which track.unseen says
UNSEEN = list(COLUMNS).index("unseen")
Called = Callable[[float, np.ndarray], tuple[np.ndarray, np.ndarray]]  # (time, rows) -> ids, boxes
Score = tuple[float, float, int, int]  # IDF1, MOTA, switches, fragments


class Ours:
    """Neocog's tracker, called as the others are; what stands behind a box and its class is how it looks."""

    def __init__(self) -> None:
        self.tracker = Tracker(("person",))

    def __call__(self, t: float, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        tracks = self.tracker(Percept(Frame(PIXELS, 0, t), found[:, :6], {}, (), np.zeros(0), {}, found[:, 6:])).tracks
        shown = tracks.numbers[tracks.numbers[:, UNSEEN] <= LATELY]
        return shown[:, 0].astype(int), shown[:, 4:8]


TRACKERS: dict[str, Callable[[float], Called]] = {
    "ours": lambda rate: Ours(),
    "SORT": lambda rate: lambda t, found, sort=Sort(): sort(found),
    "ByteTrack": lambda rate: lambda t, found, byte=ByteTrack(rate): byte(found),
}
Set = dict[str, tuple[Callable[[int], films.Film], range]]  # what to call with a seed, and with which
TUNING: Set = {
    "TUD-Campus": (lambda seed: films.street("TUD-Campus"), range(3)),
    "crowd of 6": (partial(films.crowd, 6), range(2)),
    "a slow walker": (films.slow_walker, range(10)),
    "merged for a second": (films.merged, range(10)),
    "at the edge": (films.at_the_edge, range(200, 220)),
}
FILMS: Set = {
    "TUD-Stadtmitte": (lambda seed: films.street("TUD-Stadtmitte"), range(100, 105)),
    "crowd of 6": (partial(films.crowd, 6), range(100, 102)),
    "crowd of 12": (partial(films.crowd, 12), range(100, 101)),
    "a slow walker": (films.slow_walker, range(100, 110)),
    "two turn back": (films.turn_back, range(100, 110)),
    "merged for a second": (films.merged, range(100, 110)),
    "at the edge": (films.at_the_edge, range(100, 105)),
    "three cross": (films.three_cross, range(100, 110)),
    "a runner": (films.runner, range(100, 110)),
}
RATES = {  # frames a second, share that is lost
    "10": (10, 0.0),
    "30": (30, 0.0),
    "60": (60, 0.0),
    "30, dropping": (30, 0.4),
}
LOST = 4  # frames are lost in a row, on the average


def times(film: films.Film, rate: int, dropped: float, chance: np.random.Generator) -> Iterator[float]:
    """The times of a film's frames; of those that are dropped, some come together."""
    lost = False
    for index in range(int(film.seconds * rate)):
        lost = chance.random() < (1 - 1 / LOST if lost else dropped / (1 - dropped) / LOST)
        if not lost:
            yield index / rate


def played(film: films.Film, rate: int, dropped: float, seed: int) -> list[tuple[float, Truth, np.ndarray]]:
    """The frames of a film: time, truth, boxes found."""
    detector = NoisyDetector(seed, film.found)
    blurred = film.blurred or film.truth
    shown = times(film, rate, dropped, np.random.default_rng(seed))
    return [(t, film.truth(t), detector(blurred(t), t)) for t in shown]


def judged(tracker: Called, frames: list[tuple[float, Truth, np.ndarray]]) -> motmetrics.MOTAccumulator:
    """What a tracker gets right of these frames, frame by frame."""
    told = motmetrics.MOTAccumulator()
    for index, (t, truth, found) in enumerate(frames):
        ids, boxes = tracker(t, found)
        apart = 1 - overlap(truth.boxes, boxes)
        apart[apart > 0.5] = np.nan
        told.update(truth.id, ids, apart, frameid=index)
    return told


def row(film: str, rate: str, of: Set = FILMS, most: int | None = None) -> dict[str, Score]:
    """IDF1, MOTA, switches and fragments of each tracker in a film at a rate, over its seeds, or so many of them."""
    make, seeds = of[film]
    return scored([played(make(seed), *RATES[rate], seed) for seed in seeds[:most]], RATES[rate][0])


def scored(shots: list[list], rate: int, trackers: dict[str, Callable[[float], Called]] = TRACKERS) -> dict[str, Score]:
    """IDF1, MOTA, switches and fragments of each tracker over all of these films' frames."""
    host, scores = motmetrics.metrics.create(), {}
    for name, tracker in trackers.items():
        accumulators = [judged(tracker(rate), frames) for frames in shots]
        table = host.compute_many(accumulators, metrics=["idf1", "mota", "num_switches", "num_fragmentations"],
                                  generate_overall=True)
        idf1, mota, switches, fragments = table.loc["OVERALL"]
        scores[name] = 100 * idf1, 100 * mota, int(switches), int(fragments)
    return scores


def heading(trackers: Iterable[str]) -> None:
    print(f"| {'film':19} | {'rate':12} |", *(f"{name + ': IDF1 MOTA sw. frag.':>32} |" for name in trackers))
    print("|---|---|" + "---|" * len(tuple(trackers)))


def line(film: str, rate: str, scores: dict[str, Score]) -> None:
    cells = ("{:5.1f} {:5.1f} {:4} {:4}".format(*score) for score in scores.values())
    print(f"| {film:19} | {rate:12} |", *(f"{cell:>32} |" for cell in cells), flush=True)


def main() -> None:
    tuning = sys.argv[1:2] == ["tuning"]
    of = TUNING if tuning else FILMS
    heading(TRACKERS)
    for film in sys.argv[1 + tuning:] or of:
        for rate in RATES:
            line(film, rate, row(film, rate, of))


if __name__ == "__main__":
    main()
