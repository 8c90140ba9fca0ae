"""The limiter: nothing below its ceiling is touched, nothing above it comes out, and it bends nothing."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.voice.limiter import AHEAD, CEILING, limit, limiter


def limited(sound: np.ndarray, block=256) -> np.ndarray:
    """Sound (n, channels) through a limiter, without its delay."""
    state, out = limiter(sound.shape[1], 48_000), np.concatenate((sound, np.zeros((AHEAD - 1, sound.shape[1]))))
    out = out.astype(np.float32)
    for first in range(0, len(out), block):
        part = out[first:first + block]
        limit(part, len(part), state)
    return out[AHEAD - 1:]


def test_what_is_below_the_ceiling_passes_as_it_is():
    sound = np.random.default_rng(1).uniform(-CEILING, CEILING, (5000, 2)).astype(np.float32)
    np.testing.assert_array_equal(limited(sound), sound)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 999), st.floats(-50, 50, width=32)), max_size=20), st.integers(1, 300))
def test_nothing_comes_out_above_the_ceiling_and_both_sides_are_turned_down_alike(peaks, block):
    sound = np.full((1000, 2), 0.1, np.float32)
    for place, height in peaks:
        sound[place, 0] = height
    out = limited(sound, block)
    assert np.abs(out).max() <= CEILING * (1 + 1e-6)
    np.testing.assert_allclose(out[:, 0] * sound[:, 1], out[:, 1] * sound[:, 0], atol=1e-5)


def test_four_voices_at_full_loudness_keep_their_spectrum():
    time = np.arange(48_000) / 48_000
    out = limited(2 * np.sin(2 * np.pi * 200 * time)[:, None])[24_000:, 0]
    power = np.abs(np.fft.rfft(out * np.hanning(len(out)))) ** 2
    assert power[200 // 2 + 3:].sum() < 1e-5 * power.sum(), "a bent sine has overtones"
    assert np.abs(out).max() > 0.9


def test_the_gain_comes_back_slowly_and_falls_without_a_step():
    sound = np.full((20_000, 1), 0.5, np.float32)
    sound[5000:5100] = 5.0
    out = limited(sound)
    ahead = 5000 - AHEAD + 1
    assert (out[:ahead, 0] == 0.5).all() and np.abs(np.diff(out[ahead:5000, 0])).max() <= 0.5 / AHEAD
    assert out[5200, 0] < 0.2 and out[-1, 0] > 0.3 and np.abs(np.diff(out[5101:, 0])).max() < 1e-3
