"""The voice's noise: a past it cannot see beyond, controls that reach every layer, and the tone beside it."""

import numpy as np
import pytest
import torch

from models.partials import HIGHEST, PARTIALS, Partials
from models.voice import Voice
from models.wavenet import CONTROLS, HOP, LIMIT, RATE, Wavenet, emphasise, harmonics

SMALL = {"residual": 16, "skip": 32, "dilations": (1, 2, 4, 1, 2, 4)}


def part(length=4 * HOP, seed=0):
    """What a network hears for so many samples: samples, phase, controls, instrument."""
    random = torch.Generator().manual_seed(seed)
    heard = torch.randn(1, length, generator=random)
    phase = torch.arange(length, dtype=torch.float64)[None] * 0.004
    return heard, phase, torch.rand(1, length // HOP, len(CONTROLS), generator=random), torch.zeros(1, dtype=torch.long)


def told(network, *what) -> torch.Tensor:
    with torch.no_grad():
        return torch.stack(network(*what), dim=-1)


def test_phase_is_told_by_sines_and_cosines_of_its_harmonics():
    waves = harmonics(torch.tensor([0.125], dtype=torch.float64))[0]
    np.testing.assert_allclose(waves, [0.5**0.5, 1, 0, 0, 0.5**0.5, 0, -1, 1], atol=1e-6)


def test_emphasis_lifts_what_changes_and_stays_within_its_limit():
    still, moving = 0.05 * torch.ones(1, 9), 0.05 * torch.tensor([[1.0, -1, 1, -1, 1, -1, 1, -1, 1]])
    assert emphasise(still).shape == (1, 8)
    assert emphasise(moving).abs().min() > 5 * emphasise(still).abs().max()
    assert emphasise(1000 * moving).abs().max() == LIMIT


def test_a_sample_is_heard_for_the_length_of_the_reach_and_no_longer():
    torch.manual_seed(1)
    network = Wavenet(**SMALL)
    assert network.reach == 15
    heard, *rest = part()
    other = heard.clone()
    other[0, 40] += 50
    moved = (told(network, heard, *rest) - told(network, other, *rest)).abs().amax(2)[0] > 0
    assert moved[40:55].all() and not moved[:40].any() and not moved[55:].any()


@pytest.mark.parametrize("column", range(len(CONTROLS)))
def test_each_control_is_heard_within_its_hop(column):
    torch.manual_seed(1)
    network = Wavenet(**SMALL)
    heard, phase, controls, instrument = part()
    other = controls.clone()
    other[0, 2, column] += 1
    moved = (told(network, heard, phase, controls, instrument) - told(network, heard, phase, other, instrument))
    moved = moved.abs().amax(2)[0] > 0
    assert not moved[:2 * HOP].any() and moved[2 * HOP:3 * HOP].all()


def test_instruments_differ_and_learning_reaches_everything():
    torch.manual_seed(1)
    network = Wavenet(2, **SMALL)
    heard, phase, controls, instrument = part()
    one, two = (torch.stack(network(heard, phase, controls, instrument + number)) for number in (0, 1))
    assert (one - two).abs().max() > 1e-4
    (one.square().mean() + two.square().mean()).backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in network.parameters())


def row(pitch=45.0, size=0.0) -> torch.Tensor:
    controls = torch.zeros(1, len(CONTROLS))
    controls[0, 0], controls[0, 4] = pitch, size
    return controls


def test_a_size_moves_the_body_and_leaves_the_pitch():
    torch.manual_seed(1)
    partials, nobody = Partials(), torch.zeros(1, dtype=torch.long)
    with torch.no_grad():
        low, noise = partials.strengths(row(40), nobody)
        small, other = partials.strengths(row(46, size=0.5), nobody)
    there = 440 * 2 ** ((46 - 69) / 12) * np.arange(1, PARTIALS + 1) < HIGHEST - 500
    np.testing.assert_allclose(small[0, there], low[0, there], atol=1e-3)
    assert float(noise) == pytest.approx(float(other), abs=1e-4)


def test_partials_end_below_half_the_rate():
    with torch.no_grad():
        strengths, _ = Partials().strengths(row(100), torch.zeros(1, dtype=torch.long))
    above = 440 * 2 ** ((100 - 69) / 12) * np.arange(1, PARTIALS + 1) > HIGHEST
    assert HIGHEST < RATE / 2 and (strengths[0, above] < -90).all()


def test_the_tone_is_the_sum_of_its_partials():
    voice, hops = Voice(**SMALL), 40
    strengths = torch.full((hops, PARTIALS), -200.0)
    strengths[:, 2] = -6.0206
    phase = torch.arange(hops * HOP, dtype=torch.float64) * 100 / RATE
    with torch.no_grad():
        wave = voice.tone(phase, strengths).numpy()
    assert wave[HOP:].max() == pytest.approx(2 ** 0.5 / 2, rel=1e-2)
    power = np.abs(np.fft.rfft(wave[-960:])) ** 2
    assert power.argmax() == 300 * 960 // RATE and power[12] > 0.999 * power.sum()
