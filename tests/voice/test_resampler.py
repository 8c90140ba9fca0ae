"""The resampler beside scipy's: tones pass, their images do not, at any ratio."""

import numpy as np
import pytest
from scipy.signal import resample_poly

from engine.voice.mixer import BLOCK
from engine.voice.resampler import TAPS, resample, sinc
from models.wavenet import RATE


def resampled(wave: np.ndarray, rate: float) -> np.ndarray:
    """A wave (n,) through the compiled resampler, block by block."""
    recent, clock = np.zeros((1, TAPS + BLOCK), np.float32), np.array([0.0, RATE / rate])
    table, out, parts = sinc(min(1.0, rate / RATE)), np.zeros((BLOCK * 9, 1), np.float32), []
    for block in wave.reshape(-1, BLOCK).astype(np.float32):
        recent[:, :TAPS] = recent[:, BLOCK:]
        recent[:, TAPS:] = block
        parts.append(out[: resample(recent, table, clock, out), 0].copy())
    return np.concatenate(parts)


def late(rate: float) -> float:
    """How many samples of the device the sound is late by."""
    return TAPS / 2 * rate / RATE


@pytest.mark.parametrize("rate,up,down", [(48_000, 2, 1), (96_000, 4, 1), (44_100, 147, 80), (24_000, 1, 1)])
def test_noise_comes_out_as_scipys_polyphase_filter_has_it(rate, up, down):
    noise = np.random.default_rng(1).normal(size=100 * BLOCK)
    spectrum = np.fft.rfft(noise)
    spectrum[int(0.7 * len(spectrum)):] = 0  # below both filters' edges they agree
    noise = np.fft.irfft(spectrum)
    ours, theirs = resampled(noise, rate), resample_poly(noise, 16 * up, down)  # so fine that lines between are enough
    there = np.interp(16 * (np.arange(len(ours)) - late(rate)), np.arange(len(theirs)), theirs)
    inner = slice(500, -500)
    assert np.sqrt(np.mean((ours - there)[inner] ** 2) / np.mean(there[inner] ** 2)) < 5e-3


@pytest.mark.parametrize("rate", [48_000, 44_100, 96_000, 22_050])
def test_tones_pass_in_time_and_their_images_do_not(rate):
    time = np.arange(100 * BLOCK) / RATE
    for frequency in (100, 1000, 8000):
        out = resampled(np.sin(2 * np.pi * frequency * time), rate)
        there = np.sin(2 * np.pi * frequency * (np.arange(len(out)) - late(rate)) / rate)
        inner = slice(rate // 20, -rate // 20)
        assert np.sqrt(np.mean((out[inner] - there[inner]) ** 2) / 0.5) < 10 ** (-60 / 20)


@pytest.mark.parametrize("rate", [48_000, 44_100, 192_000, 8_000])
def test_no_sample_is_lost_or_made_up(rate):
    assert len(resampled(np.zeros(300 * BLOCK), rate)) == pytest.approx(300 * BLOCK * rate / RATE, abs=1)
