"""From lanes to the device: resampled as well as a good resampler does it, without drift, never over full scale."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.voice.mixer import BLOCK, KNEE, TAPS, limit, mix, mixer
from models.wavenet import RATE
from tests.voices import Tone


def mixed(tone, rate, blocks, volume=1.0) -> np.ndarray:
    machine, targets = tone
    state, parts = mixer(1, rate, volume), []
    for _ in range(blocks):
        count = mix(machine, targets, state)
        parts.append(state.out[:count].copy())
    return np.concatenate(parts)


@pytest.mark.parametrize("rate", [48_000, 44_100, 24_000, 96_000, 22_050])
def test_a_steady_level_comes_out_at_the_devices_rate_without_its_drift(rate):
    out = mixed(Tone(), rate, 300)
    assert len(out) == pytest.approx(300 * BLOCK * rate / RATE, abs=1)
    assert abs(out[-rate // 10:]).max() < 1e-3, "what never changes is drift"
    assert np.abs(np.diff(out)).max() < 0.02


def resampled(wave, rate) -> np.ndarray:
    """A wave through the mixer's resampler alone."""
    state, parts = mixer(1, rate), []
    for block in wave.reshape(-1, BLOCK):
        recent, memory = state.recent, state.memory
        recent[:TAPS] = recent[BLOCK:]
        recent[TAPS:] = block
        place, row = memory[2], []
        while place < BLOCK:
            first, phase = int(place), (place - int(place)) * (len(state.table) - 1)
            part = phase - int(phase)
            taps = state.table[int(phase)] * (1 - part) + state.table[int(phase) + 1] * part
            row.append(recent[first + 1:first + 1 + TAPS] @ taps)
            place += memory[3]
        memory[2] = place - BLOCK
        parts += row
    return np.array(parts)


@pytest.mark.parametrize("rate", [48_000, 44_100, 96_000])
def test_tones_pass_and_their_images_do_not(rate):
    time = np.arange(100 * BLOCK) / RATE
    for frequency in (100, 1000, 8000):
        out = resampled(np.sin(2 * np.pi * frequency * time).astype(np.float32), rate)[rate // 20:]
        window = np.blackman(len(out))
        power = np.abs(np.fft.rfft(out * window)) ** 2
        peak = np.argmax(power)
        assert peak * rate / len(out) == pytest.approx(frequency, abs=rate / len(out))
        rest = np.concatenate((power[:peak - 8], power[peak + 9:]))
        assert 10 * np.log10(rest.max() / power[peak]) < -70
        assert np.sqrt(np.mean(out ** 2)) == pytest.approx(0.5**0.5, rel=2e-3)


@settings(deadline=None)
@given(st.floats(-1e6, 1e6))
def test_the_limiter_is_transparent_below_its_knee_and_never_over_full_scale(x):
    y = limit(x)
    assert y == x if abs(x) <= KNEE else KNEE <= abs(y) <= 1 and y * x > 0
    assert limit(-x) == -y and abs(limit(x * 1.01)) >= abs(y)
