"""Who is who by how they look, where boxes alone cannot say it."""

from dataclasses import replace

import numpy as np
import pytest

from engine.tracking.appearance import Looks
from engine.tracking.tracker import Tracker
from tests.tracking.test_tracker import CLASSES, RATE, box, percept

RED, BLUE = np.float32([[1.0, 0.2, 0.9, 0.1]]), np.float32([[0.9, 0.4, 1.0, 0.1]])  # much alike, as people are
MEET = 2 * RATE  # the frame in which they stand before each other


def met(
    crossed: bool, looks=(RED, BLUE), wanted=lambda index: True, found=lambda index: True, times=lambda index: 1.0
) -> tuple[str, ...]:
    """Who has in the end the id of red, who came from the left, and who that of blue, if they crossed or turned back.

    For a third of a second only one of them is found. Their boxes are the same either way. wanted and found say in
    which frames somebody looks, and anybody is found; looks are multiplied by times.
    """
    tracker, first = Tracker(CLASSES), {}
    for index in range(2 * MEET):
        away = 0.35 * abs(index / MEET - 1)
        left, right = box(0.5 - away, size=0.2, score=0.9), box(0.5 + away, size=0.2, score=0.9)
        red_left = index < MEET or not crossed
        rows, seen = [left, right], list(looks if red_left else reversed(looks))
        if abs(index - MEET) < RATE / 6:
            rows, seen = rows[:1], seen[:1]
        if not found(index):
            rows, seen = [], [RED[:0]]
        told = {"looks": np.concatenate(seen) * np.float32(times(index))} if wanted(index) else {}
        tracks = sorted(tracker(replace(percept(rows, index), **told)).tracks, key=lambda track: track.x)
        if index == MEET // 2:
            first = {track.id: name for track, name in zip(tracks, ("red", "blue"), strict=True)}
    names = [first.get(track.id) for track in tracks]
    return tuple(names if not crossed else names[::-1])


@pytest.mark.parametrize("crossed", [False, True])
def test_two_who_met_are_known_by_their_looks_whether_they_crossed_or_turned_back(crossed):
    assert met(crossed) == ("red", "blue")


@pytest.mark.parametrize("looks", [(RED, RED), (0 * RED, 0 * RED), (RED[:, :0], RED[:, :0])])
def test_those_who_look_the_same_are_followed_by_their_boxes_as_where_nobody_looks(looks):
    for crossed in (False, True):
        assert met(crossed, looks) == met(crossed, wanted=lambda index: False)


def test_looks_that_come_and_go_or_are_another_networks_end_nobody():
    wider = np.float32([[1, 0, 0, 0, 0, 0]]), np.float32([[0, 1, 0, 0, 0, 0]])
    assert None not in met(True, wanted=lambda index: index % 3)
    tracker = Tracker(CLASSES)
    for index in range(3 * RATE):
        looks = np.concatenate((RED, BLUE) if index < RATE else wider)
        scene = tracker(replace(percept([box(0.3), box(0.7)], index), looks=looks))
    assert [track.id for track in scene.tracks] == [1, 2]


def test_a_frame_in_which_nobody_is_found_takes_nobodys_looks_away():
    assert met(True, found=lambda index: index != MEET + 4) == ("red", "blue")


def test_numbers_that_are_none_spoil_nothing():
    assert met(True, times=lambda index: {20: np.inf, 21: np.nan}.get(index, 1.0)) == ("red", "blue")


def test_what_all_have_in_common_tells_nobody_apart():
    comparable = Looks()
    for _ in range(60):
        one, other = comparable(np.concatenate((RED, BLUE)), 0.1)
    assert one @ other == pytest.approx(-1, abs=0.1) and np.linalg.norm(one) == pytest.approx(1)
    assert (Looks()(np.concatenate((RED, RED)), 0.1) == 0).all(), "the first to be seen look like everybody"
