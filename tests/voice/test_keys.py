"""Keys on the voice: every strike has its end, the pedal holds, wheels and controllers do as the specification says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.midi.velocity import attack, brightness, loudness
from engine.voice.allocation import Allocation
from engine.voice.keys import Keys
from models.generator import ATTACK, BRIGHTNESS, GATE, INSTRUMENT, LOUDNESS, PITCH, VIBRATO


def keys(lanes=4) -> tuple[Keys, Allocation]:
    allocation = Allocation(np.zeros((lanes, 10), np.float32), np.zeros((lanes, 2), np.float32))
    return Keys(allocation), allocation


def sounding(allocation) -> list[float]:
    return sorted(allocation.targets[allocation.targets[:, GATE] > 0, PITCH].tolist())


def test_the_pedal_holds_until_it_is_lifted():
    made, allocation = keys()
    made.control(64, 1.0, 1)
    made.note(60, 1.0, 1)
    made.note(60, 0.0, 1)
    made.note(62, 1.0, 2)
    made.note(62, 0.0, 2)
    assert sounding(allocation) == [60], "the pedal is that of its channel"
    made.control(64, 0.0, 1)
    assert sounding(allocation) == []


def test_a_key_struck_again_under_the_pedal_sounds_anew_and_once():
    made, allocation = keys()
    made.control(64, 1.0, 1)
    for _ in range(3):
        made.note(60, 1.0, 1)
        made.note(60, 0.0, 1)
    assert sounding(allocation) == [60] and made.count == 3
    made.control(64, 0.3, 1)
    assert sounding(allocation) == []


def test_two_strikes_of_one_key_end_one_by_one():
    made, allocation = keys()
    made.note(60, 1.0, 1)
    made.note(60, 0.5, 1)
    made.note(60, 0.0, 1)
    assert sounding(allocation) == [60]
    made.note(60, 0.0, 1)
    assert sounding(allocation) == []


@pytest.mark.parametrize("number", [120, 123])
def test_all_sound_off_and_all_notes_off_end_the_channel(number):
    made, allocation = keys()
    made.control(64, 1.0, 1)
    made.note(60, 1.0, 1)
    made.note(61, 1.0, 2)
    made.control(number, 0.0, 1)
    assert sounding(allocation) == [61]


def test_the_wheel_bends_its_channel_as_far_as_it_is_told():
    made, allocation = keys()
    made.note(60, 1.0, 1)
    made.note(70, 1.0, 2)
    made.bend(0.5, 1)
    assert sounding(allocation) == [61, 70]
    for number, value in ((101, 0), (100, 0), (6, 12)):
        made.control(number, value / 127, 1)
    assert sounding(allocation) == [66, 70]


def test_members_of_an_mpe_zone_bend_far_and_slide_alone():
    made, allocation = keys()
    for number, value in ((101, 0), (100, 6), (6, 3)):
        made.control(number, value / 127, 1)
    made.note(60, 0.8, 2)
    made.note(60, 0.8, 3)
    made.bend(0.25, 3)
    made.control(74, 1.0, 3)
    assert sounding(allocation) == [60, 72]
    assert sorted(allocation.targets[:2, BRIGHTNESS]) == pytest.approx([0.5, 1.0])


def test_velocity_is_a_curve_and_volume_and_expression_go_by_the_square():
    made, allocation = keys()
    made.note(60, 0.5, 1)
    assert allocation.targets[0, LOUDNESS] == pytest.approx(0.7) == loudness(0.5)
    assert allocation.targets[0, BRIGHTNESS] == pytest.approx(0.41) == brightness(0.5)
    made.control(7, 0.5, 1)
    made.control(11, 0.5, 1)
    lost = 48 * (0.7 - allocation.targets[0, LOUDNESS])
    assert lost == pytest.approx(40 * np.log10(4), abs=0.01), "decibels"
    made.control(11, 0.0, 1)
    assert allocation.targets[0, LOUDNESS] == 0


def test_velocity_is_the_attack_as_well_and_the_command_line_may_say_another():
    made, allocation = keys()
    made.note(60, 1.0, 1)
    made.note(62, 0.5, 1)
    assert allocation.targets[:2, ATTACK].tolist() == [attack(1.0), attack(0.5)] == [1.0, 0.25]
    slow = Keys(allocation, {"attack": 0.0})
    slow.note(64, 1.0, 2)
    assert allocation.targets[2, ATTACK] == 0


def test_the_wheel_is_vibrato_and_controller_70_leads_to_the_other_instrument():
    made, allocation = keys()
    made.note(60, 1.0, 1)
    made.note(62, 1.0, 2)
    made.control(1, 0.75, 1)
    made.control(70, 0.5, 1)
    assert allocation.targets[:2, VIBRATO].tolist() == [0.75, 0.0]
    assert allocation.targets[:2, INSTRUMENT].tolist() == [0.5, 0.0]
    made.note(64, 1.0, 1)
    assert allocation.targets[2, [VIBRATO, INSTRUMENT]].tolist() == [0.75, 0.5], "new notes have them too"


def test_pressing_a_key_is_vibrato_and_on_a_member_of_an_mpe_zone_loudness():
    made, allocation = keys()
    made.note(60, 0.5, 1)
    made.pressure(0.5, 1)
    assert allocation.targets[0, [LOUDNESS, VIBRATO]].tolist() == pytest.approx([0.7, 0.5])
    for number, value in ((101, 0), (100, 6), (6, 3)):
        made.control(number, value / 127, 1)
    made.note(60, 0.5, 2)
    made.pressure(0.8, 2)
    assert allocation.targets[1, [LOUDNESS, VIBRATO]].tolist() == pytest.approx([0.9, 0.0])


events = st.one_of(
    st.tuples(st.just("note"), st.tuples(st.integers(60, 62), st.sampled_from([0.0, 0.5, 1.0]), st.integers(1, 2))),
    st.tuples(st.just("control"), st.tuples(st.integers(0, 127), st.floats(0, 1), st.integers(1, 16))),
    st.tuples(st.just("control"), st.tuples(st.just(64), st.sampled_from([0.0, 1.0]), st.integers(1, 2))),
    st.tuples(st.just("bend"), st.tuples(st.floats(-1, 1), st.integers(1, 2))),
    st.tuples(st.just("pressure"), st.tuples(st.floats(0, 1), st.integers(1, 2))))


@given(st.lists(events, max_size=40))
def test_whatever_is_played_nothing_sounds_after_all_notes_off(acts):
    made, allocation = keys(3)
    for name, value in acts:
        made.take(name, value)
        assert len(made.strikes) <= made.count and np.isfinite(allocation.targets).all()
    for channel in (1, 2):
        made.control(123, 0.0, channel)
    assert sounding(allocation) == [] and made.strikes == []


def test_one_note_a_channel_goes_on_without_a_new_attack_and_back_to_the_key_below():
    made, allocation = keys()
    made.control(126, 0.0, 1)
    made.note(60, 1.0, 1)
    taken = allocation.targets[:, 7].copy()
    made.note(67, 1.0, 1)
    assert sounding(allocation) == [67] and (allocation.targets[:, 7] == taken).all()
    made.note(67, 0.0, 1)
    assert sounding(allocation) == [60]
    made.note(60, 0.0, 1)
    assert sounding(allocation) == []
    made.control(127, 0.0, 1)
    made.note(60, 1.0, 1)
    made.note(67, 1.0, 1)
    assert sounding(allocation) == [60, 67]
