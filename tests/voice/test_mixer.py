"""From lanes to the device: placed with equal power, without drift or clicks, at the volume that was asked for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.voice.mixer import BLOCK, REVERB, VOLUME, console, gains_at, mix, mixdown, mixer
from engine.voice.places import LINE, evenly, ring_of
from models.wavenet import RATE
from tests.voices import generator


def mixed(made, board, channels, blocks, between=lambda block: None) -> np.ndarray:
    """What a voice sounds like on so many channels; `between` is called before each block."""
    state, parts = mixer(made.lanes, RATE, channels), []
    for block in range(blocks):
        between(block)
        count = mix(made.machine, made.targets, board, state)
        parts.append(state.out[:count].copy())
    return np.concatenate(parts)


@settings(deadline=None)
@given(st.floats(-1, 2), st.integers(1, 64))
def test_a_place_has_the_same_power_everywhere(pan, channels):
    gains = placed(pan, LINE, channels)
    assert (gains**2).sum() == pytest.approx(1) and (gains > 0).sum() <= 2


def placed(x, y, channels, ring=()) -> np.ndarray:
    gains = np.full(channels, np.nan)
    gains_at(x, y, ring_of(channels, ring), gains)
    return gains


@settings(deadline=None)
@given(st.floats(-1, 2), st.floats(0, 2), st.integers(3, 16), st.floats(-400, 400))
def test_a_place_in_a_ring_has_the_same_power_everywhere_and_none_is_turned_round(x, y, channels, turned):
    gains = placed(x, y, channels, tuple(angle + turned for angle in evenly(channels)))
    assert (gains**2).sum() == pytest.approx(1) and (gains >= 0).all()


def test_in_a_ring_a_voice_sounds_where_it_stands():
    five = (-30.0, 30.0, 110.0, -110.0, 0.0)  # left, right, right behind, left behind, the middle
    for number, degrees in enumerate(five):
        angle = np.radians(degrees)
        gains = placed(0.5 + 0.5 * np.sin(angle), 0.5 - 0.5 * np.cos(angle), 5, five)
        np.testing.assert_allclose(gains, np.eye(5)[number], atol=1e-6)
    np.testing.assert_allclose(placed(0.5, 0.5, 5, five), np.full(5, 0.2**0.5), err_msg="in the middle all sound alike")
    np.testing.assert_allclose(placed(1.0, 0.5, 4), (0, 0.5**0.5, 0.5**0.5, 0), atol=1e-6, err_msg="between two")
    behind = placed(0.5, 1.0, 5, five)
    assert behind[2] == pytest.approx(behind[3]) == pytest.approx(0.5**0.5) and not behind[[0, 1, 4]].any()


def test_the_vectors_of_two_loudspeakers_add_up_to_the_direction():
    for degrees in range(0, 360, 7):
        angle, ring = np.radians(degrees), np.radians(evenly(6))
        gains = placed(0.5 + 0.5 * np.sin(angle), 0.5 - 0.5 * np.cos(angle), 6)
        assert np.arctan2(gains @ np.sin(ring), gains @ np.cos(ring)) % (2 * np.pi) == pytest.approx(angle, abs=1e-6)


def test_who_walks_around_and_through_the_ring_does_not_click():
    board = console(1)

    def walk(block):
        board.places[0] = ((0.1, 0.1), (0.9, 0.9), (0.5, 0.02), (0.52, 0.5))[block // 10 % 4]

    walking = tone(board, 6, 200, walk)
    still = tone(console(1), 1, 200, lambda block: None)
    assert steepest(walking) < 1.3 * steepest(still)
    assert steepest(np.diff(walking[20 * BLOCK:], axis=0)) < 3 * steepest(np.diff(still[20 * BLOCK:], axis=0))


def test_left_is_the_first_channel_and_right_the_last():
    for pan, silent in ((0.0, 1), (1.0, 0)):
        board = console(2)
        board.places[:, 0] = pan
        out = mixed(generator(), board, 2, 40)
        assert not out[:, silent].any() and np.abs(out[:, 1 - silent]).max() > 0.1
    out = mixed(generator(), console(2), 2, 40)
    np.testing.assert_array_equal(out[:, 0], out[:, 1])
    alone = mixed(generator(), console(2), 1, 40)
    np.testing.assert_allclose(out[:, 0], alone[:, 0] * 0.5**0.5, atol=1e-6)


def tone(board, channels, blocks, between) -> np.ndarray:
    """What a steady tone on one lane sounds like; `between` is called before each block."""
    state, parts = mixer(1, RATE, channels), []
    wave = np.sin(2 * np.pi * 330 * np.arange(blocks * BLOCK) / RATE).reshape(-1, BLOCK)
    for block in range(blocks):
        between(block)
        state.lanes[0] = wave[block] / 2
        parts.append(state.out[: mixdown(board, state)].copy())
    return np.concatenate(parts)


def steepest(sound) -> float:
    return np.abs(np.diff(sound, axis=0)).max()


def test_who_crosses_the_room_does_not_click():
    board = console(1)

    def cross(block):
        board.places[:, 0] = block // 10 % 2

    crossing = tone(board, 2, 200, cross)
    still = tone(console(1), 1, 200, lambda block: None)
    assert steepest(crossing) < 1.3 * steepest(still)
    assert steepest(np.diff(crossing[20 * BLOCK:], axis=0)) < 3 * steepest(np.diff(still[20 * BLOCK:], axis=0))


def test_volume_is_what_the_sound_is_multiplied_by_and_turns_without_a_step():
    whole, quarter = (mixed(generator(), console(2, volume), 1, 40) for volume in (1.0, 0.25))
    np.testing.assert_allclose(quarter, whole / 4, atol=1e-6)
    assert np.abs(whole).max() > 0.1
    board = console(1)

    def turn(block):
        board.levels[VOLUME] = block < 50

    out = tone(board, 1, 100, turn)
    before, after = out[20 * BLOCK:45 * BLOCK], out[80 * BLOCK:]
    assert steepest(out[45 * BLOCK:]) < 1.2 * steepest(before) and np.abs(after).max() < 1e-3 < np.abs(before).max()


def test_the_meter_shows_each_lane_and_falls_slowly():
    board, made = console(2), generator()
    mixed(made, board, 1, 40)
    loud = board.meter.copy()
    assert loud[0] > 0.1 and loud[1] == 0
    made.targets[0, 5] = 0
    mixed(made, board, 1, 200)
    assert 0 < board.meter[0] < loud[0]


def test_place_volume_meter_and_drift_go_as_quickly_as_is_said():
    """In a block each goes 1 - exp(-block / time) of its way."""
    board, state = console(1), mixer(1, RATE, 2)
    block, state.lanes[0], state.volume[0] = BLOCK / RATE, 0.5, 1.0
    mixdown(board, state)
    gains, drift = state.gains[0].copy(), state.drift[0, 1]
    mixdown(board, state)
    assert state.drift[0, 1] / drift == pytest.approx(np.exp(-block * 2 * np.pi * 10), rel=1e-3)
    board.places[0, 0], board.levels[VOLUME] = 0.0, 0.0
    mixdown(board, state)
    moved = (state.gains[0] - gains) / (np.array([1.0, 0.0]) - gains)
    assert moved == pytest.approx(np.full(2, 1 - np.exp(-block / 0.015)))
    assert state.volume[0] == pytest.approx(np.exp(-block / 0.01))
    state.lanes[0], board.meter[0] = 0.0, 1.0
    mixdown(board, state)
    assert board.meter[0] == pytest.approx(np.exp(-block / 0.3))


def test_the_room_sounds_on_after_the_voice_and_fades_as_long_as_it_is_asked_to():
    def tail(reverb, decay):
        made, board = generator(), console(2, reverb=reverb, decay=decay)

        def stop(block):
            made.targets[0, 5] = block < 100

        out = mixed(made, board, 2, 100 + int(3 * RATE / BLOCK), between=stop)[101 * BLOCK :]
        return [20 * np.log10(np.sqrt(np.mean(part**2)) + 1e-9)
                for part in (out[RATE // 2:RATE], out[2 * RATE:5 * RATE // 2])]

    assert mixed(generator(), console(2, reverb=0.5), 2, 40).std() > mixed(generator(), console(2), 2, 40).std()
    early, late = tail(0.5, 3.0)
    assert -60 < early < -20 and early - late == pytest.approx(60 * 1.5 / 3.0, abs=10)
    assert tail(0.0, 3.0)[1] < -100, "no room, no tail"
    assert console(1).levels[REVERB] == 0
