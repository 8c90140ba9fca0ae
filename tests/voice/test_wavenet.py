"""The voice's network: companding by the standard, a past it cannot see beyond, controls that reach every layer."""

import numpy as np
import pytest
import torch

from models.wavenet import CONTROLS, HOP, LEVELS, Wavenet, compress, emphasise, expand, harmonics

SMALL = {"residual": 16, "skip": 32, "dilations": (1, 2, 4, 1, 2, 4)}


def part(length=4 * HOP, seed=0):
    """What a network hears for so many samples: classes, phase, controls, instrument."""
    random = torch.Generator().manual_seed(seed)
    heard = torch.randint(0, LEVELS, (1, length), generator=random)
    phase = torch.arange(length, dtype=torch.float64)[None] * 0.004
    return heard, phase, torch.rand(1, length // HOP, len(CONTROLS), generator=random), torch.zeros(1, dtype=torch.long)


def test_companding_goes_there_and_back():
    classes = torch.arange(LEVELS, dtype=torch.uint8)
    assert torch.equal(compress(expand(classes)), classes)
    assert compress(torch.tensor([-9.0, -1.0, 1.0, 9.0])).tolist() == [0, 0, 255, 255]
    x = torch.linspace(-1, 1, 1001)
    assert (expand(compress(x)) - x).abs().max() < 0.025  # the coarsest step, at full scale, is 4.3 % of it


def test_phase_is_told_by_sines_and_cosines_of_its_harmonics():
    waves = harmonics(torch.tensor([0.125], dtype=torch.float64))[0]
    np.testing.assert_allclose(waves, [0.5**0.5, 1, 0, 0, 0.5**0.5, 0, -1, 1], atol=1e-6)


def test_emphasis_lifts_what_changes():
    still, moving = torch.ones(1, 9), torch.tensor([[1.0, -1, 1, -1, 1, -1, 1, -1, 1]])
    assert emphasise(still).shape == (1, 8)
    assert emphasise(moving).abs().min() > 5 * emphasise(still).abs().max()


def test_a_sample_is_heard_for_the_length_of_the_reach_and_no_longer():
    torch.manual_seed(1)
    network = Wavenet(**SMALL)
    assert network.reach == 15
    heard, *rest = part()
    other = heard.clone()
    other[0, 40] = (heard[0, 40] + 100) % LEVELS
    with torch.no_grad():
        moved = (network(heard, *rest) - network(other, *rest)).abs().amax(2)[0] > 0
    assert moved[40:55].all() and not moved[:40].any() and not moved[55:].any()


@pytest.mark.parametrize("column", range(len(CONTROLS)))
def test_each_control_is_heard_within_its_hop(column):
    torch.manual_seed(1)
    network = Wavenet(**SMALL)
    heard, phase, controls, instrument = part()
    other = controls.clone()
    other[0, 2, column] += 1
    with torch.no_grad():
        moved = (network(heard, phase, controls, instrument) - network(heard, phase, other, instrument)).abs().amax(2)
    moved = moved[0] > 0
    assert not moved[:2 * HOP].any() and moved[2 * HOP:3 * HOP].all()


def test_instruments_differ_and_learning_reaches_everything():
    torch.manual_seed(1)
    network = Wavenet(instruments=("bass", "glass"), **SMALL)
    heard, phase, controls, instrument = part()
    one, two = (network(heard, phase, controls, instrument + number) for number in (0, 1))
    assert (one - two).abs().max() > 1e-3
    (one.square().mean() + two.square().mean()).backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in network.parameters())
