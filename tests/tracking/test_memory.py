"""How long the tracker remembers, against its numbers worked out by hand: they are what a performer feels."""

from math import ceil, exp, log

import pytest

from tests.tracking.test_tracker import CAT, CLASSES, RATE, Tracker, box, play


def test_a_class_changes_when_the_new_one_has_half_as_many_votes_again_as_are_remembered():
    """Votes fall to 1/e in a second: after one second of a person a cat must be seen for log(1 + 1.5 (1 - 1/e)) s."""
    scenes = play(Tracker(CLASSES), [[box(0.5)]] * RATE + [[box(0.5, label=CAT)]] * RATE)
    first = next(scene.index for scene in scenes if scene.tracks and scene.tracks[0].label == CAT)
    frames = RATE * log(1 + 1.5 * (1 - exp(-1)))
    assert first - RATE + 1 == int(frames) + 1


def test_the_speed_of_a_hidden_object_falls_to_a_third_in_half_a_second():
    path = [box(0.2 + 0.3 * index / RATE) for index in range(RATE)]
    scenes = play(Tracker(CLASSES), [[found] for found in path] + [[]] * 16)
    last = scenes[RATE - 1].tracks[0]
    for hidden in (4, 8, 16):
        track, seconds = scenes[RATE - 1 + hidden].tracks[0], hidden / RATE
        assert track.x - last.x == pytest.approx(0.3 * 0.5 * (1 - exp(-seconds / 0.5)), abs=2e-4)
        assert track.vx == pytest.approx(0.3 * exp(-seconds / 0.5), abs=2e-4)
        assert track.score == pytest.approx(0.75 * exp(-seconds / 0.5))


def test_nobody_is_remembered_longer_than_the_hold():
    for sights, hold in ((8, 0.6), (80, 1.5)):
        found = box(0.5, score=0.9)
        scenes = play(Tracker(CLASSES), [[found]] * sights + [[]] * 2 * RATE)
        gone = next(scene.index for scene in scenes if scene.gone)
        assert gone - (sights - 1) == int(hold * RATE) + 1


@pytest.mark.parametrize(("score", "seconds"), [(0.9, 0.05), (0.7, 0.05), (0.55, 0.1), (0.4, 0.15)])
def test_the_less_certain_a_thing_is_the_longer_it_must_be_seen_before_it_enters(score, seconds):
    scenes = play(Tracker(CLASSES), [[box(0.5, score=score)]] * RATE)
    assert next(scene.index for scene in scenes if scene.born) == ceil(seconds * RATE)
