"""Lanes go before the ring runs dry, and come again when there was room for a while."""

from engine.voice.lane_count import AGAIN, LONGEST, PATIENCE, LaneCount


def test_a_lane_goes_while_the_ring_still_plays_and_one_more_if_that_was_not_enough():
    count = LaneCount(4, 4)
    assert count.adjust(0.0, 0.29, 4) == 3
    assert count.adjust(AGAIN / 2, 0.1, 3) == 3, "the ring needs time to fill"
    assert count.adjust(AGAIN, 0.1, 3) == 2
    for step in range(2, 10):
        count.adjust(step * AGAIN, 0.0, 1)
    assert count.lanes == 1, "one always may"


def test_lanes_that_do_not_sound_are_not_what_is_too_much():
    assert LaneCount(8, 8).adjust(0.0, 0.1, 3) == 2


def test_a_lane_comes_again_after_patience_that_grows_with_each_failure():
    count, now = LaneCount(2, 4), 0.0
    assert count.adjust(now, 0.9, 2) == count.adjust(PATIENCE - 0.1, 0.9, 2) == 2
    assert count.adjust(PATIENCE, 0.9, 2) == 3
    assert count.adjust(PATIENCE + 1, 0.2, 3) == 2
    assert count.adjust(PATIENCE + 2, 0.9, 2) == count.adjust(2 * PATIENCE + 3, 0.9, 2) == 2
    assert count.adjust(3 * PATIENCE + 2, 0.9, 2) == 3
    for _ in range(20):
        now, count.lanes = now + 1000.0, 4
        count.adjust(now, 0.0, 3)
    assert count.patience == LONGEST


def test_nothing_is_learnt_from_lanes_that_nobody_uses():
    count = LaneCount(2, 4)
    assert [count.adjust(now, 0.9, 1) for now in (0.0, 50.0, 100.0)] == [2, 2, 2]
