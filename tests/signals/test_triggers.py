"""Triggers and timers in virtual time."""

import numpy as np
import pytest

from engine import After, Every, Trigger, scale
from engine.errors import UserError
from engine.signals.memory import begin, present
from engine.signals.scales import SCALES
from tests.scenes import scene, track


@pytest.fixture(autouse=True)
def clock():
    present.__init__()


def fired(call, values, rate=32):
    """The frames in which it was true."""
    frames = []
    for index, value in enumerate(values):
        begin(scene(index / rate, index))
        if call(value):
            frames.append(index)
    return frames


def test_a_trigger_fires_once_until_it_has_fallen():
    values = [0.5, 0.61, 0.59, 0.7, 0.41, 0.62, 0.4, 0.6, 0.0, 0.9]
    assert fired(Trigger(0.6, 0.4), values) == [1, 7, 9]
    assert fired(Trigger(0.6, 0.6), values) == [1, 3, 5, 7, 9]


def test_a_trigger_holds_off_and_tells_whether_it_is_up():
    hit = Trigger(0.6, 0.4, hold=0.25)
    assert fired(hit, [0, 1] * 12) == [1, 9, 17] and hit.up()
    assert fired(hit, [0]) == [] and not hit.up()


def test_each_track_has_a_trigger_of_its_own():
    hit, one, two = Trigger(0.6, 0.4), track(id=1), track(id=2)
    begin(scene(tracks=[one, two]))
    assert [hit(1, one), hit(0, two), hit(1, two), hit(1, one)] == [True, False, True, False]


@pytest.mark.parametrize("rate", [8, 32, 128])
def test_after_waits_for_as_long_as_it_says_and_starts_anew(rate):
    stays = After(2)
    values = [False] * rate + [True] * rate + [False] + [True] * 4 * rate
    assert fired(stays, values, rate) == [2 * rate + 2 * rate]
    plain = After(1)
    assert fired(lambda _: plain(), range(5 * rate), rate) == [rate]


@pytest.mark.parametrize("rate", [7, 30, 60])
def test_every_keeps_its_beat_at_any_rate(rate):
    beat = Every(0.5)
    frames = fired(lambda _: beat(), range(20 * rate), rate)
    assert len(frames) == 39
    assert all(0 <= frame / rate - 0.5 * (count + 1) < 1 / rate + 1e-6 for count, frame in enumerate(frames))


def test_beats_that_no_frame_came_for_are_left_out():
    beat = Every(1)
    told = []
    for time in (0, 0.9, 1.0, 5.7, 5.9, 6.0):
        begin(scene(time))
        told.append(beat())
    assert told == [False, False, True, True, False, True]


def test_scales():
    assert [scale("dorian", degree) for degree in range(8)] == [0, 2, 3, 5, 7, 9, 10, 12]
    assert scale("dorian", 2, 60) == 63 and scale("pentatonic", -1, 60) == 57 and scale("major", 1.4) == 2
    told = {name: "".join(map(str, np.diff([*steps, 12]))) for name, steps in SCALES.items()}
    assert told == {
        "chromatic": "111111111111", "major": "2212221", "minor": "2122122", "harmonic minor": "2122131",
        "dorian": "2122212",
        "phrygian": "1222122", "lydian": "2221221", "mixolydian": "2212212", "locrian": "1221222",
        "pentatonic": "22323",
        "minor pentatonic": "32232", "blues": "321132", "whole tone": "222222", "octatonic": "21212121",
        "hirajoshi": "21414",
        "in sen": "14232",
    }  # fmt: skip
    assert all(steps[0] == 0 and list(steps) == sorted(set(steps)) and steps[-1] < 12 for steps in SCALES.values())
    with pytest.raises(UserError, match="no scale 'doric': choose from chromatic, major"):
        scale("doric", 1)


@pytest.mark.parametrize("make", [lambda: Trigger(0.4, 0.6), lambda: Trigger(1, 0, -1), lambda: After(-1),
                                  lambda: Every(0)])
def test_what_cannot_be_is_refused(make):
    with pytest.raises(UserError):
        make()
