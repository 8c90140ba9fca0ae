"""Smoothing, ranges and envelopes in virtual time: the same at any frame rate, and each track has its own."""

from math import exp, inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Envelope, Range, Smooth, curve
from engine.errors import UserError
from engine.signals.memory import MOST, begin, present
from tests.scenes import scene, track


@pytest.fixture(autouse=True)
def clock():
    """Begins anew, so that no test sees another's time."""
    present.__init__()


def play(call, values, rate=32, tracks=()):
    """What a call gives for these values, one a frame."""
    told = []
    for index, value in enumerate(values):
        begin(scene(index / rate, index, tracks=tracks))
        told.append(call(value))
    return told


@pytest.mark.parametrize("rate", [8, 32, 128])
def test_smooth_goes_two_thirds_of_the_way_in_its_time_at_any_rate(rate):
    told = play(Smooth(0.5), [0.0] + [1.0] * rate, rate)
    assert told[0] == 0 and told[rate // 2] == pytest.approx(1 - exp(-1)) and told[rate] == pytest.approx(1 - exp(-2))


def test_smooth_begins_at_its_first_value_and_takes_a_knob():
    assert play(Smooth(0.5), [0.7]) == [0.7]
    calm = Smooth(10)
    assert play(lambda value: calm(value, seconds=0), [0.0, 1.0, 0.25]) == [0.0, 1.0, 0.25]
    assert play(Smooth(0), [0.0, 1.0, 0.25]) == [0.0, 1.0, 0.25]


def test_called_twice_in_a_frame_or_with_a_clock_that_jumps_back_it_stays():
    calm = Smooth(0.5)
    for time in (5.0, 5.0, 1.0):
        begin(scene(time))
        assert calm(0.0 if time == 5 and not calm.entries else 1.0) == 0
    begin(scene(1.5))
    assert calm(1.0) == pytest.approx(1 - exp(-1))


def test_each_track_has_its_own_and_is_forgotten_when_it_goes():
    calm, one, two = Smooth(0.5), track(id=1), track(id=2)
    begin(scene(0, tracks=[one, two]))
    assert [calm(0.1, one), calm(0.9, two), calm(0.5, "room")] == [0.1, 0.9, 0.5]
    begin(scene(0.5, tracks=[one], gone=[two]))
    assert calm(0.9, two) == 0.9 and calm(0.1, one) == pytest.approx(0.1)
    begin(scene(1.0, tracks=[one]))
    calm(0.3, track(id=3))
    assert len(calm.entries) == 3 and calm(0.5, "room") == 0.5
    assert calm(0.2, two) == 0.2


def test_memory_is_bounded_and_keeps_what_is_used():
    calm = Smooth(0.5)
    begin(scene())
    calm(0.5, "kept")
    for number in range(3 * MOST):
        calm(0.5, number)
        calm(0.7, "kept")
    assert len(calm.entries) == MOST and "kept" in calm.entries and 0 not in calm.entries


def test_what_is_not_finite_changes_nothing():
    for shape in (Smooth(0.1), Envelope(0.1, 0.1), Range(10)):
        told = play(shape, [0.2, 0.4, nan, inf, -inf, 0.4])
        assert np.isfinite(told).all() and all(0 <= value <= 1 for value in told)


def test_an_envelope_rises_and_falls_in_its_own_times():
    told = play(Envelope(0.125, 0.5), [0.0] + [1.0] * 16 + [0.0] * 16)
    assert told[4] == pytest.approx(1 - exp(-1))
    assert told[32] == pytest.approx(told[16] * exp(-1))


def test_a_range_learns_high_and_low_and_forgets_them():
    level = Range(20)
    told = play(level, [5 + np.sin(index / 10) for index in range(600)])
    assert min(told[200:]) < 0.02 and max(told[200:]) > 0.98
    small = [5 + 0.1 * np.sin(index / 10) for index in range(32 * 100)]
    told = play(lambda value: level(value), small)
    assert max(told[:200]) - min(told[:200]) < 0.15 and max(told[-200:]) - min(told[-200:]) > 0.9


def test_one_odd_frame_is_no_extreme_and_calibrate_begins_anew():
    values = [0.5 + 0.1 * np.sin(index / 10) for index in range(640)]
    values[320] = 50.0
    level = Range(inf)
    told = play(level, values)
    assert told[319] < 1 and told[320] == 1 and max(told[321:]) - min(told[321:]) < 0.05
    level.calibrate()
    told = play(level, values[:300])
    assert max(told[100:]) > 0.98 and min(told[100:]) < 0.02
    assert play(Range(), [3.0, 3.0, 3.0]) == [0, 0, 0]


@given(st.lists(st.floats(-1e6, 1e6), max_size=40), st.floats(1, 100))
def test_a_range_stays_in_its_range(values, seconds):
    assert all(0 <= value <= 1 for value in play(Range(seconds), values))


def test_a_curve_is_bent_both_ways():
    assert [curve(0.5, bend) for bend in (0, 1, -1)] == pytest.approx([0.5, 0.25, 0.5**0.5])
    assert [curve(value, 1) for value in (-1, 0, 1, 7)] == [0, 0, 1, 1]


@pytest.mark.parametrize("make", [lambda: Smooth(-1), lambda: Smooth("long"), lambda: Envelope(0, nan),
                                  lambda: Range(0)])
def test_what_is_no_time_is_refused(make):
    with pytest.raises(UserError, match="wants seconds from"):
        make()
