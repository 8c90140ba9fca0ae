"""The compiled voice: the same numbers as the network in torch, however it is cut up, and no clicks."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.fast import BRIGHTNESS, GATE, LOUDNESS, PITCH, SIZE, TAKE, Generator, choose, measure, trace
from models.wavenet import HOP, LEVELS, RATE, Wavenet

SMALL = {"residual": 16, "skip": 32, "dilations": (1, 2, 4, 8)}
LARGE = {"residual": 32, "skip": 64, "dilations": (1, 2, 4, 8, 16, 32, 64) * 2}


def network(seed=0, **size) -> Wavenet:
    """A network whose weights are as large as trained ones."""
    torch.manual_seed(seed)
    made = Wavenet(**(size or SMALL)).eval()
    with torch.no_grad():
        for layer in (made.out, made.mix, made.skips):
            layer.weight.mul_(4)
    return made


def sounding(made=None, lanes=1, seed=1, **targets) -> Generator:
    """A generator whose lanes sing a note each."""
    generator = Generator(made or network(), lanes, seed)
    generator.targets[:] = 50, 0.9, 0.5, 0.1, 0, 1, 0, 1
    generator.targets[:, PITCH] += 3 * np.arange(lanes)
    for name, value in targets.items():
        generator.targets[:, int(name)] = value
    return generator


def rendered(generator, *counts) -> np.ndarray:
    return np.concatenate([generator.render(count) for count in counts], axis=1)


@pytest.mark.parametrize("size", [SMALL, LARGE, {**SMALL, "residual": 48, "skip": 48}], ids=["small", "large", "odd"])
@pytest.mark.parametrize("lanes", [1, 4])
def test_logits_are_those_of_the_network_in_torch(size, lanes):
    made, count = network(**size), 4000
    generator, out, seen = sounding(made, lanes), np.empty((lanes, count), np.float32), np.zeros((count, LEVELS + 9))
    half = count // 2 + 7
    trace(generator.machine, generator.targets, out[:, :half].copy(), seen[:half])
    generator.targets[:, :5] += 0.1, -0.2, 0.2, 0.3, 0.4  # the controls glide
    trace(generator.machine, generator.targets, out[:, half:].copy(), seen[half:])
    classes = torch.from_numpy(seen[:, LEVELS]).long()
    heard = torch.cat((torch.tensor([LEVELS // 2]), classes[:-1]))[None]
    with torch.no_grad():
        wanted = made(heard, torch.from_numpy(seen[:, LEVELS + 1])[None],
                      torch.from_numpy(seen[::HOP, LEVELS + 2:]).float()[None], torch.zeros(1, dtype=torch.long))[0]
    assert wanted.abs().max() > 3
    np.testing.assert_allclose(seen[:, :LEVELS], wanted, atol=1e-4)
    np.testing.assert_array_less(np.ptp(seen[::HOP, LEVELS + 2:LEVELS + 5], axis=0) * 0, np.ptp(
        seen[::HOP, LEVELS + 2:LEVELS + 5], axis=0))


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(1, 200), min_size=1, max_size=12))
def test_any_split_gives_the_same_samples(counts):
    whole = rendered(sounding(lanes=3), sum(counts))
    np.testing.assert_array_equal(rendered(sounding(lanes=3), *counts), whole)


def test_a_lane_does_not_hear_its_neighbours():
    both, alone = sounding(lanes=2), sounding(lanes=2)
    alone.targets[1, GATE] = 0
    np.testing.assert_array_equal(both.render(2000)[0], alone.render(2000)[0])


def test_the_seed_is_the_performance():
    one, same, other = (rendered(sounding(seed=seed), 1000) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 0.01


def test_phase_keeps_exactly_to_the_pitch():
    generator = sounding()
    generator.targets[0, PITCH] = 69
    seen = np.zeros((RATE, LEVELS + 9))
    trace(generator.machine, generator.targets, np.empty((1, RATE), np.float32), seen)
    cycles = np.unwrap(seen[:, LEVELS + 1] * 2 * np.pi) / (2 * np.pi)
    assert cycles[-1] - cycles[0] == pytest.approx(440 * (RATE - 1) / RATE, abs=1e-6)


def test_a_resting_lane_is_silent_and_a_released_one_comes_to_rest():
    generator = sounding(lanes=2)
    generator.targets[1, GATE] = 0
    assert np.abs(generator.render(4000)[0]).max() > 0.01
    assert not generator.render(100)[1].any()
    generator.targets[0, GATE] = 0
    ringing = np.abs(generator.render(RATE)[0])
    assert ringing[:HOP].max() > 0 and not ringing[RATE * 3 // 4:].any()


def constant() -> Wavenet:
    """A network that says the same class for ever, so that a lane's level is its gain and nothing else."""
    made = network()
    with torch.no_grad():
        made.out.weight.zero_()
        made.out.bias[:] = -50
        made.out.bias[160] = 50
    return made


def test_gain_moves_without_steps_also_when_a_lane_is_stolen():
    generator = sounding(constant())
    parts = [generator.render(3000)]
    for column, value in ((LOUDNESS, 0.5), (LOUDNESS, 1.0), (TAKE, 2), (GATE, 0), (TAKE, 3), (GATE, 1), (LOUDNESS, 0)):
        generator.targets[0, column] = value
        parts.append(generator.render(3000))
    out = np.concatenate(parts, axis=1)[0]
    assert np.abs(np.diff(out)).max() < out.max() / 40
    assert out[9000:9400].min() < out.max() / 100, "a new note begins from silence"
    assert not out[-500:].any()


def test_loudness_is_in_decibels():
    levels = []
    for loudness in (1.0, 0.75, 0.5):
        generator = sounding(constant())
        generator.targets[0, LOUDNESS] = loudness
        levels.append(20 * np.log10(generator.render(6000)[0, -1]))
    np.testing.assert_allclose(np.diff(levels), -12, atol=0.02)


def test_what_is_no_number_goes_away_by_itself():
    generator = sounding()
    generator.render(500)
    generator.machine.rings[:] = np.nan
    generator.machine.state[0, 15] = np.nan  # its wave
    generator.render(HOP)
    assert np.isfinite(generator.render(2000)).all()


def test_the_largest_voice_that_is_quick_enough_is_chosen():
    small, large = network(), network(**LARGE)
    assert choose([large, small], 2, wanted=1e-6).network is large
    slow = choose([large, small], 3, wanted=1e9)
    assert slow.network is small and slow.lanes == 1
    assert measure(small, 1) > 0


@pytest.mark.parametrize("pitch, size, brightness, told", [
    (45, 0, 0.5, 0.4), (57, 0, 0.5, 0.28), (57, 1, 0.5, 0.4), (45, 0, 0.75, 0.5), (45, 0, 0.25, 0.3), (108, 0, 0.5, 0)])
def test_a_middling_brightness_is_that_of_the_instrument_at_the_pitch(pitch, size, brightness, told):
    generator = sounding(Wavenet(**SMALL, natural=(0.4, -0.01)))
    generator.targets[0, [PITCH, SIZE, BRIGHTNESS]] = pitch, size, brightness
    seen = np.zeros((HOP, LEVELS + 9))
    trace(generator.machine, generator.targets, np.zeros((1, HOP), np.float32), seen)
    np.testing.assert_allclose(seen[:, LEVELS + 2 + BRIGHTNESS], told, atol=1e-6)
