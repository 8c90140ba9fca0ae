"""The haze between the partials: it is measured there, and the voice's noise is lowered to what recordings have."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.training.floor import OCTAVES, drawn, floor, recorded, settle
from models.training.voice import measured_rows, tonal
from models.wavenet import LOUDEST, RATE
from tests.voice.test_recordings import prepared, tone
from tests.voices import network


def hiss(count=4 * RATE) -> np.ndarray:
    return np.random.default_rng(1).standard_normal(count)


def test_the_floor_is_the_noise_of_each_octave_whatever_the_tone_does():
    share = [10 * np.log10((high - low) / (RATE / 2)) for low, high in zip(OCTAVES[:-1], OCTAVES[1:], strict=True)]
    assert floor(hiss(), RATE, 110.0) == pytest.approx(share, abs=0.5)
    loud = 100 * tone(seconds=4, noise=0.0)
    assert floor(hiss() + loud, RATE, 110.0) == pytest.approx(share, abs=0.5)
    assert floor(hiss(), RATE, 55.0) == pytest.approx(share, abs=0.5)
    assert np.isnan(floor(hiss(), RATE, 9000.0)).any(), "under a quarter of such a tone there is no octave"


def foretold(voice, recording) -> float:
    told, _, _, instrument = measured_rows([recording])
    with torch.no_grad():
        return float(voice.partials(told, instrument)[2].mean())


def test_noise_is_lowered_to_the_floor_of_the_recording_and_to_nothing_lower():
    voice, recording = network(), prepared({"noise": 0.05})[0]
    own = drawn(voice, 45, 0)
    for less in (0.0, 12.0):
        settle(voice, [recording], [own - less])
        assert foretold(voice, recording) == pytest.approx(recording.noisiness[100:-100].mean() - less, abs=1.0)
    settled = foretold(voice, recording)
    settle(voice, [recording], [own - 12.0])
    assert foretold(voice, recording) == pytest.approx(settled, abs=0.5), "once more changes nothing"
    settle(voice, [recording], [own + 12.0])
    measured = recording.noisiness[100:-100].mean()
    assert foretold(voice, recording) == pytest.approx(measured, abs=1.0), "nothing is raised"


def test_an_instrument_of_noises_keeps_its_noise():
    voice, (one, other) = network(), prepared({}, {"seed": 3})
    noise = prepared({"noise": 3.0})[0]
    assert tonal([one, other, replace(noise, instrument=1)]) == {0}
    before = foretold(voice, noise)
    settle(voice, [noise], [None])
    assert foretold(voice, noise) == pytest.approx(before)


def test_what_clings_to_partials_is_not_taken_for_noise_between_them():
    steady, noisy = prepared({"noise": 0.05})[0], prepared({"noise": 0.05, "seed": 4})[0]
    time = np.arange(len(steady.waves[0])) / (2 * RATE)
    flutter = sum(np.sin(2 * np.pi * (110 * number + 7) * time) for number in range(8, 60))
    clinging = replace(noisy, waves=(noisy.waves[0] + (0.5 * LOUDEST * flutter / flutter.std()).astype(np.float32),))
    assert recorded(clinging) == pytest.approx(recorded(noisy), abs=1.0)
