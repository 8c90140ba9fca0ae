"""The compiled voice: the same numbers as the networks in torch, however it is cut up, in tune, and no clicks."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models import load
from models.generator import (
    BRIGHTNESS,
    GATE,
    INSTRUMENT,
    LOUDNESS,
    PITCH,
    SEEN,
    SIZE,
    TAKE,
    TARGETS,
    Generator,
    lanes_held,
    measure,
    trace,
)
from models.training.judge_voice import cents_off, tone_over_noise
from models.voice import Voice
from models.wavenet import CONTROLS, HOP, LOUDEST, RATE
from tests.voices import network

LARGE = {"residual": 32, "skip": 64, "dilations": (1, 2, 4, 8, 16, 32, 64) * 2}


def sounding(made=None, lanes=1, seed=1, **targets) -> Generator:
    """A generator whose lanes sing a note each."""
    generator = Generator(made or network(), lanes, seed)
    generator.targets[:] = 50, 0.9, 0.5, 0.1, 0, 1, 0, 1, 0, 0
    generator.targets[:, PITCH] += 3 * np.arange(lanes)
    for name, value in targets.items():
        generator.targets[:, TARGETS.index(name)] = value
    return generator


def rendered(generator, *counts) -> np.ndarray:
    return np.concatenate([generator.render(count) for count in counts], axis=1)


def seen(generator, count) -> np.ndarray:
    """What trace sees of the first lane."""
    made = np.zeros((count, SEEN + len(CONTROLS)))
    trace(generator.machine, generator.targets, np.zeros((generator.lanes, count), np.float32), made)
    return made


def still(made: Voice) -> Voice:
    """A voice whose notes do not wander."""
    made.wander.zero_()
    return made


def test_noise_is_drawn_with_the_spread_that_the_network_says():
    """A draw's distance from its mean, in spreads, is a standard normal number: warmer hisses, cooler dulls."""
    mean, spread, drawn = seen(sounding(still(network()), 1), 8000)[:, :3].T
    distance = (drawn - mean) / np.exp(spread)
    assert abs(distance.mean()) < 0.05 and distance.std() == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("size", [None, LARGE, {"residual": 48, "skip": 48, "dilations": (1, 2, 4, 8)}, "trained"],
                         ids=["small", "large", "odd", "trained"])
@pytest.mark.parametrize("lanes", [1, 4])
def test_noise_and_tone_are_those_of_the_networks_in_torch(size, lanes):
    made = still(load("voice") if size == "trained" else network() if size is None else Voice(**size).eval())
    count, generator = 4000, sounding(made, lanes)
    half = count // 2 + 7
    one = seen(generator, half)
    generator.targets[:, :5] += 0.1, -0.2, 0.2, 0.3, 0.4  # the controls glide
    found = np.concatenate((one, seen(generator, count - half)))
    controls = torch.from_numpy(found[::HOP, SEEN:]).float()
    phase, nobody = torch.from_numpy(found[:, 3]), torch.zeros(1, dtype=torch.long)
    heard = torch.cat((torch.zeros(1), torch.from_numpy(found[:-1, 2]).float()))[None]
    with torch.no_grad():
        mean, spread = made.noise(heard, phase[None], controls[None], nobody)
        tone = made.tone(phase, made.clear(*made.partials.strengths(controls, nobody.expand(len(controls))))[0])
    np.testing.assert_allclose(found[:, 0], mean[0], atol=1e-4)
    np.testing.assert_allclose(found[:, 1], spread[0], atol=1e-4)
    np.testing.assert_allclose(found[:, 4], tone, atol=2e-3 * tone.abs().max())
    assert (np.ptp(found[::HOP, SEEN:SEEN + 5], axis=0) > 0).all() and tone.abs().max() > 0.05


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
    one, same, other = (rendered(sounding(seed=seed), 2000) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 1e-3


def test_phase_keeps_exactly_to_the_pitch():
    cycles = np.unwrap(seen(sounding(still(network()), pitch=69), RATE)[:, 3] * 2 * np.pi) / (2 * np.pi)
    assert cycles[-1] - cycles[0] == pytest.approx(440 * (RATE - 1) / RATE, abs=1e-6)


def test_vibrato_swings_around_the_pitch():
    phase = seen(sounding(still(network()), pitch=69, vibrato=1.0), 2 * RATE)[RATE:, 3]
    steps = np.diff(np.unwrap(phase * 2 * np.pi)) / (2 * np.pi) * RATE
    cents = 1200 * np.log2(steps / 440)
    assert 25 < cents.max() < 40 and -40 < cents.min() < -25 and abs(np.median(cents)) < 8


def test_a_resting_lane_is_silent_and_a_released_one_comes_to_rest():
    generator = sounding(lanes=2)
    generator.targets[1, GATE] = 0
    assert np.abs(generator.render(4000)[0]).max() > 0.01
    assert not generator.render(100)[1].any()
    generator.targets[0, GATE] = 0
    ringing = np.abs(generator.render(2 * RATE)[0])
    assert ringing[:HOP].max() > 0 and not ringing[RATE * 3 // 2:].any()


def test_nothing_steps_at_gates_steals_and_leaps():
    generator = sounding(load("voice"))
    held = generator.render(RATE)[0, RATE // 2:]
    parts = [held]
    for column, value in ((LOUDNESS, 0.5), (LOUDNESS, 0.9), (TAKE, 2), (PITCH, 62), (GATE, 0), (TAKE, 3), (GATE, 1),
                          (PITCH, 38), (SIZE, 0.4), (BRIGHTNESS, 1), (TAKE, 4), (LOUDNESS, 0)):
        generator.targets[0, column] = value
        parts.append(generator.render(3000)[0])
    out = np.concatenate(parts)
    assert np.abs(np.diff(out)).max() < 2 * np.abs(np.diff(held)).max()
    assert not generator.render(RATE)[0, -500:].any()


def test_a_new_note_begins_from_silence_when_one_is_stolen():
    generator = sounding(load("voice"))
    before = generator.render(RATE)[0]
    generator.targets[0, TAKE] = 2
    stolen = generator.render(400)[0]
    assert np.abs(stolen[160:300]).max() < np.abs(before[-4000:]).max() / 20


def test_loudness_is_in_decibels():
    levels = []
    for loudness in (1.0, 0.75, 0.5):
        out = sounding(still(network()), loudness=loudness, roughness=0).render(RATE)[0, RATE // 2:]
        levels.append(10 * np.log10(np.mean(out ** 2)))
    np.testing.assert_allclose(np.diff(levels), -12, atol=1.5)  # and the timbre follows


def test_a_harder_attack_is_there_sooner():
    soft, hard = (np.abs(sounding(load("voice"), attack=attack, roughness=0).render(RATE // 2)[0])
                  for attack in (0.0, 1.0))
    reached = [np.flatnonzero(wave > 0.5 * wave[RATE // 4:].max())[0] for wave in (soft, hard)]
    assert reached[1] < reached[0] / 2


@pytest.mark.parametrize("pitch,roughness", [(33, 0.5), (33, 1.0), (57, 1.0), (84, 0.3)])
def test_pitch_is_kept_at_every_roughness_and_beyond_what_was_learned(pitch, roughness):
    wave = sounding(load("voice"), pitch=pitch, roughness=roughness).render(2 * RATE)[0, RATE // 2:]
    assert abs(cents_off(wave, pitch)) < 30


@pytest.mark.parametrize("pitch", [91, 96, 103])
def test_high_notes_are_no_octave_low(pitch):
    wave = sounding(load("voice"), pitch=pitch, roughness=0).render(2 * RATE)[0, RATE // 2:]
    power = np.abs(np.fft.rfft(wave * np.hanning(len(wave)))) ** 2
    place = np.fft.rfftfreq(len(wave), 1 / RATE) / (440 * 2 ** ((pitch - 69) / 12))
    near, half = (np.abs(place + shift - np.round(place + shift)) < 0.03 for shift in (0, 0.5))
    assert power[near & (place > 0.5)].sum() > 0.9 * power.sum() and power[half].sum() < 0.01 * power.sum()


def test_what_is_no_number_goes_away_by_itself():
    generator = sounding()
    generator.render(500)
    generator.machine.noise.rings[:] = np.nan
    generator.machine.noise.heard[:] = np.nan
    generator.render(HOP)
    assert np.isfinite(generator.render(2000)).all()


@pytest.mark.parametrize("column", range(len(TARGETS)))
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_target_that_is_no_number_leaves_the_sound_as_it_was(column, value):
    generator = sounding()
    generator.render(2000)
    kept = generator.targets.copy()
    generator.targets[0, column] = value
    assert np.isfinite(generator.render(1000)).all()
    generator.targets[:] = kept
    after = generator.render(RATE)[0]
    assert np.isfinite(after).all() and np.abs(after).max() > 0.01


def test_a_machine_that_is_slow_gets_fewer_lanes():
    assert lanes_held(network(), 2, wanted=1e-6) == 2 and lanes_held(network(), 3, wanted=1e9) == 1
    assert measure(network(), 1) > 0


def test_brightness_is_told_as_a_difference_from_what_is_usual():
    for brightness, told in ((0.5, 0.0), (1.0, 0.3), (0.25, -0.15)):
        row = seen(sounding(brightness=brightness), HOP)[0, SEEN:]
        assert row[2] == pytest.approx(told, abs=1e-6)


def test_the_loudest_voice_is_at_its_level():
    wave = sounding(load("voice"), loudness=1.0, roughness=0.0).render(2 * RATE)[0, RATE // 2:]
    assert 20 * np.log10(wave.std() / LOUDEST) == pytest.approx(0, abs=4)


def test_an_instrument_between_two_is_the_mean_of_what_tells_them_apart():
    torch.manual_seed(3)
    two = Voice(("one", "other"), (20.0, 30.0), (60.0, 80.0), (0.2, 0.4), residual=16, skip=32,
                dilations=(1, 2, 4)).eval()
    mean = Voice(("mean",), (25.0,), (70.0,), (0.3,), residual=16, skip=32, dilations=(1, 2, 4)).eval()
    with torch.no_grad():
        for part in (two.partials, two.noise):
            part.instrument.weight *= 10
    known = two.state_dict()
    mean.load_state_dict(known | {name: weight.mean(0, keepdim=True) for name, weight in known.items()
                                  if name.endswith("instrument.weight")})
    np.testing.assert_allclose(rendered(sounding(two, instrument=0.5), 3000), rendered(sounding(mean), 3000), atol=1e-5)
    assert np.abs(rendered(sounding(two, instrument=1.0), 3000) - rendered(sounding(two), 3000)).max() > 1e-3


def test_the_two_instruments_differ_and_both_are_in_tune():
    both = (sounding(load("voice"), pitch=45, roughness=0, instrument=instrument) for instrument in (0.0, 1.0))
    bowed, scraped = (rendered(one, 2 * RATE)[0, RATE // 2:] for one in both)
    assert tone_over_noise(bowed, 45) > 25 and tone_over_noise(scraped, 45) < 12
    assert abs(cents_off(bowed, 45)) < 5 and abs(cents_off(scraped, 45)) < 10
    assert abs(20 * np.log10(bowed.std() / scraped.std())) < 14


def test_going_from_one_instrument_to_the_other_does_not_click():
    generator = sounding(load("voice"), pitch=40, roughness=0)
    generator.render(RATE)
    held = [np.abs(np.diff(generator.render(RATE // 2)[0])).max()]
    generator.targets[0, INSTRUMENT] = 1.0
    generator.render(RATE // 2)
    held.append(np.abs(np.diff(generator.render(RATE // 2)[0])).max())
    parts = []
    for number in range(12):
        generator.targets[0, INSTRUMENT] = number % 2
        parts.append(generator.render(2000)[0])
    assert np.abs(np.diff(np.concatenate(parts))).max() < 1.3 * max(held)
