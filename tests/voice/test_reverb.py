"""The room: its echoes come when and as loud as its lines say, each channel hears its own, and it fades in time."""

import numpy as np
import pytest

from engine.voice.reverb import DAMPING, LENGTHS, LEVEL, reverb, reverberate
from models.wavenet import RATE


def clap(channels: int, seconds: float, count: int) -> np.ndarray:
    """What comes back of a single sample on the first channel, in a room that is wholly there."""
    room, sound = reverb(), np.zeros((channels, count), np.float32)
    room.amount[0] = sound[0, 0] = 1.0
    reverberate(sound, 0, room, 1.0, seconds)
    sound[0, 0] = 0.0
    return sound


def echoes(seconds: float) -> np.ndarray:
    """How loud each line's first echo is: damped once, on its way to a thousandth after so many seconds."""
    return LEVEL * (1 - DAMPING) * 10 ** (-3 * LENGTHS / (RATE * seconds))


def test_a_clap_comes_back_from_each_line_once_and_in_turns_upside_down():
    heard = clap(1, 2.0, LENGTHS[-1] + 2)[0]
    assert not heard[:LENGTHS[0]].any()
    np.testing.assert_allclose(heard[LENGTHS], echoes(2.0) * np.tile((1, -1), 4), rtol=1e-5)
    np.testing.assert_allclose(heard[LENGTHS + 1], heard[LENGTHS] * DAMPING, rtol=1e-5, err_msg="walls take the highs")


def test_each_of_two_channels_hears_every_other_line():
    left, right = clap(2, 2.0, LENGTHS[-1] + 1)
    for heard, own, others in ((left, LENGTHS[::2], LENGTHS[1::2]), (right, LENGTHS[1::2], LENGTHS[::2])):
        np.testing.assert_allclose(np.abs(heard[own]), echoes(2.0)[np.isin(LENGTHS, own)], rtol=1e-5)
        assert np.sign(heard[own]).tolist() == [1, -1, 1, -1] and np.abs(heard[others]).max() < 1e-6


@pytest.mark.parametrize("seconds", [0.5, 3.0])
def test_what_is_low_fades_by_sixty_decibels_in_the_time_that_is_asked_for(seconds):
    heard = clap(1, seconds, int(seconds * RATE))[0].astype(float)
    low = np.fft.irfft(np.fft.rfft(heard)[:int(200 * seconds)], len(heard))
    early, late = (low[int(begin * len(low)):][:len(low) // 4].std() for begin in (0.125, 0.5))
    assert 20 * np.log10(early / late) == pytest.approx(60 * 0.375, abs=4)


def test_the_room_comes_within_some_hundredths_of_a_second_and_none_is_none():
    room, sound = reverb(), np.ones((1, 480), np.float32)
    reverberate(sound, 0, room, 0.5, 1.0)
    assert room.amount[0] == pytest.approx(0.5 * (1 - 0.998**480))
    dry = np.ones((2, 4000), np.float32)
    reverberate(dry, 0, reverb(), 0.0, 1.0)
    assert (dry == 1).all()


def test_what_lies_before_the_start_is_left_alone_and_blocks_make_no_difference():
    chance = np.random.default_rng(1).standard_normal((2, 6000)).astype(np.float32)
    whole, parts, rooms = chance.copy(), chance.copy(), (reverb(), reverb())
    reverberate(whole, 0, rooms[0], 0.7, 1.0)
    for begin in range(0, 6000, 64):
        block = np.concatenate((np.full((2, 32), 9, np.float32), parts[:, begin:begin + 64]), 1)
        reverberate(block, 32, rooms[1], 0.7, 1.0)
        assert (block[:, :32] == 9).all()
        parts[:, begin:begin + 64] = block[:, 32:]
    np.testing.assert_array_equal(parts, whole)
