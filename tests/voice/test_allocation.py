"""Allocation: one key a lane, the oldest gives way, no lane sounds without one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cues import Say
from engine.voice.allocation import Allocation
from engine.voice.places import LINE
from models.generator import GATE, PITCH, TAKE


def allocated(lanes=2) -> Allocation:
    return Allocation(np.zeros((lanes, 10), np.float32), np.zeros((lanes, 2), np.float32))


def says(*voices, **rest) -> list[Say]:
    return [Say(40 + voice, voice=voice, **rest) for voice in voices]


def test_a_voice_sounds_as_long_as_it_is_said():
    allocation = allocated()
    allocation.say(says(0))
    np.testing.assert_allclose(allocation.targets[0, :8], (40, 0.7, 0.5, 0.02, 0, 1, 0, 1), rtol=1e-6)
    allocation.say(says(0, loudness=0.2))
    assert allocation.targets[0, TAKE] == 1, "the same note goes on"
    allocation.say([])
    assert allocation.targets[0, GATE] == 0 and allocation.sounding == 0
    allocation.say(says(0))
    assert allocation.targets[1, TAKE] == 1, "while the first lane still rings"


def test_the_oldest_gives_way_and_waits_for_a_free_lane():
    allocation = allocated()
    allocation.say(says(0))
    allocation.say(says(0, 1))
    allocation.say(says(0, 1, 2))
    assert [key[1] for key in allocation.keys] == [2, 1]
    for _ in range(3):
        allocation.say(says(0, 1, 2))
        assert [key[1] for key in allocation.keys] == [2, 1] and allocation.targets[:, TAKE].tolist() == [2, 1]
    allocation.say(says(0, 2))
    allocation.say(says(0, 2))
    assert [key[1] for key in allocation.keys] == [2, 0]


def test_a_new_note_is_a_new_one_after_as_many_as_a_float_can_count():
    allocation = allocated(1)
    for before, after in ((2**24 - 2, 2**24 - 1), (2**24 - 1, 0), (0, 1)):
        allocation.targets[0, TAKE] = before
        allocation.begin(("note", before), {"pitch": 40})
        assert allocation.targets[0, TAKE] == after
        allocation.end(("note", before))


def test_values_stay_in_their_ranges_and_nonsense_is_refused():
    allocation = allocated()
    wrong = [Say(float("nan"), voice=1), Say(10**400, voice=4)]
    allocation.say([Say(999, 5, -3, 9, 4, instrument=7, attack=2, vibrato=-1), *wrong])
    np.testing.assert_allclose(allocation.targets[0], (108, 1, 0, 1, 0.5, 1, 7, 1, 1, 0))
    assert allocation.refused == len(wrong) and allocation.sounding == 1
    allocation.say([Say(np.float32(50))])
    assert allocation.targets[0, PITCH] == 50


def test_a_place_is_on_the_line_or_in_the_picture_and_what_is_told_later_counts():
    allocation = allocated()
    for told, place in (({}, (0.5, LINE)), ({"pan": 0.25}, (0.25, LINE)), ({"x": 0.75, "y": 2.0}, (0.75, 1.0)),
                        ({"x": 0.1}, (0.1, LINE)), ({"pan": 0.2, "x": 0.4, "y": 0.5}, (0.4, 0.5))):
        allocation.say(says(0, **told))
        np.testing.assert_allclose(allocation.places[0], place, rtol=1e-6)
    allocation.turn(("say", 0), pan=0.9)
    np.testing.assert_allclose(allocation.places[0], (0.9, LINE), rtol=1e-6)


keys = st.integers(0, 5)


@pytest.mark.parametrize("lanes", [1, 3])
@given(acts=st.lists(st.one_of(
    st.lists(keys, unique=True), st.just("panic"),
    keys.map(lambda key: ("on", key)), keys.map(lambda key: ("off", key)))))
def test_never_two_keys_on_a_lane_nor_a_lane_without_a_key(lanes, acts):
    allocation = allocated(lanes)
    for act in acts:
        if act == "panic":
            allocation.panic()
        elif isinstance(act, list):
            allocation.say(says(*act))
        elif act[0] == "on":
            allocation.begin(("midi", 1, act[1]), {"pitch": 60})
        else:
            allocation.end(("midi", 1, act[1]))
        held = [key for key in allocation.keys if key is not None]
        assert len(held) == len(set(held)) and sorted(allocation.order) == list(range(lanes))
        assert [gate > 0 for gate in allocation.targets[:, GATE]] == [key is not None for key in allocation.keys]
    allocation.panic()
    assert not allocation.targets[:, GATE].any()
