"""The judge itself: films that are what they say, a detector that errs the same each time, baselines that can track."""

import numpy as np
import pytest

from engine.capture.simulator import Truth
from tests.tracking import films
from tests.tracking.baselines import ByteTrack, Sort
from tests.tracking.judge import FILMS, RATES, TUNING, judged, played, row, times
from tests.tracking.pictures import HEIGHT, WIDTH, stand


def test_a_labelled_street_is_what_its_file_says_and_people_walk_evenly_between_frames():
    truth = films.street("TUD-Campus").truth(0.0)
    assert truth.id.tolist() == [1, 2, 3, 4, 5, 6]
    x, y, w, h = truth.boxes[0] * films.STREET_SIZE
    assert (x - w / 2, y - h / 2, w, h) == pytest.approx((399, 182, 121, 229))
    at = [films.street("TUD-Stadtmitte").truth(frame / films.STREET_RATE).boxes[0] for frame in (10, 10.5, 11)]
    assert at[1] == pytest.approx((at[0] + at[2]) / 2)


@pytest.mark.parametrize("film", FILMS)
def test_a_film_is_the_same_every_time_and_shows_somebody(film):
    one, two = (played(FILMS[film][0](3), 10, 0.0, 3)[:40] for _ in range(2))
    assert all(np.array_equal(a[2], b[2]) for a, b in zip(one, two, strict=True))
    assert all(len(truth.id) for _, truth, _ in one[10:])


def test_frames_are_dropped_in_the_share_that_is_said_and_some_together():
    film = films.crowd(1, 1)
    kept = list(times(film, *RATES["30, dropping"], np.random.default_rng(1)))
    assert 1 - len(kept) / (film.seconds * 30) == pytest.approx(0.4, abs=0.05)
    assert max(np.diff(kept)) > 0.2


def test_who_is_found_in_a_fifth_of_the_frames_is():
    film = films.at_the_edge(1)
    there = [bool(np.any(abs(found[:, 0] - truth.boxes[0, 0]) < 0.03)) for _, truth, found in played(film, 30, 0.0, 1)]
    assert np.mean(there) == pytest.approx(0.2 * 0.97, abs=0.06)


def test_the_merged_two_are_one_box_for_a_second():
    found = played(films.merged(2), 30, 0.0, 2)
    sure = [np.count_nonzero(boxes[:, 4] > 0.7) for t, _, boxes in found if 2.1 < t < 2.9]
    assert np.median(sure) == 1


@pytest.mark.parametrize("baseline", [lambda: Sort(), lambda: ByteTrack(30)])
def test_a_baseline_keeps_the_ids_of_those_that_nothing_hides(baseline):
    tracker = baseline()
    film = films.staged(3.0, lambda t: (0.1 + 0.1 * t, 0.8), lambda t: (0.7, 0.7))
    truths = [(index / 30, film.truth(index / 30)) for index in range(90)]
    told = judged(lambda t, found: tracker(found), [(t, truth, exact(truth)) for t, truth in truths])
    assert set(told.mot_events["Type"]) <= {"MATCH", "RAW", "MISS"}
    assert (told.mot_events["Type"] == "MISS").sum() <= 4


def exact(truth: Truth) -> np.ndarray:
    """Boxes as a detector without a fault finds them."""
    return np.column_stack((truth.boxes, np.full(len(truth.id), 0.9), np.zeros(len(truth.id))))


def test_nothing_is_judged_that_was_tuned_on():
    assert "TUD-Campus" not in FILMS and "TUD-Stadtmitte" not in TUNING
    for film in FILMS.keys() & TUNING.keys():
        assert not set(FILMS[film][1]) & set(TUNING[film][1])


def test_the_table_has_a_score_for_each_tracker():
    scores = row("two turn back", "30", most=1)
    assert list(scores) == ["ours", "SORT", "ByteTrack"]
    assert all(0 < idf1 <= 100 and mota <= 100 for idf1, mota, _, _ in scores.values())


def test_a_cut_out_person_fills_its_box_and_what_is_transparent_shows_the_room():
    picture, person = np.full((HEIGHT, WIDTH, 3), 50.0), np.zeros((40, 20, 4), np.uint8)
    person[:, :10] = 200, 100, 0, 255
    stand(picture, person, np.array((0.5, 0.5, 0.1, 0.4)))
    assert picture[240, 290].tolist() == [200, 100, 0] and picture[240, 350].tolist() == [50, 50, 50]
    assert (picture != 50).any(2).sum() == pytest.approx(32 * 192, rel=0.05)
    for x in (-0.2, 0.0, 0.99, 1.3):
        stand(picture, person, np.array((x, 0.9, 0.1, 0.4)))
