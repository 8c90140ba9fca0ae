"""Ranged layer statistics: they use the whole of 0..1, stay calm on a still noisy picture, and begin anew cleanly."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.signals.ranges import LayerRanges
from engine.values import Layer, Ranged
from tests.scenes import scene


def play(stage, rows, rate=30, start=0.0, names=("conv3",), stale=False):
    """The ranged statistics of one layer whose seven statistics are these rows."""
    told = []
    for index, row in enumerate(rows):
        layers = {name: Layer(*row, ()) for name in names}
        now = stage(replace(scene(start + index / rate, index, stale=stale), layers=layers))
        told.append(now.layers["conv3"].ranged)
    return told


def rows(seconds, rate=30, **columns):
    """Rows in which the statistics named follow a function of time, and the others stand still."""
    names = list(Ranged.__slots__)
    return [[columns[name](index / rate) if name in columns else 0.5 for name in names]
            for index in range(int(seconds * rate))]


def noisy(level, size, seed=1):
    chance = np.random.default_rng(seed)
    return lambda time: level + size * chance.standard_normal()


def test_a_statistic_that_uses_two_percent_of_its_range_fills_the_fader():
    told = play(LayerRanges(), rows(60, sparsity=lambda time: 0.67 + 0.0075 * np.sin(time)))[600:]
    used = [ranged.sparsity for ranged in told]
    assert min(used) < 0.05 and max(used) > 0.95 and np.std(used) > 0.25
    assert {ranged.mean for ranged in told} == {0.0}


@pytest.mark.parametrize("rate", [10, 30, 60])
def test_a_still_noisy_picture_is_calm_and_its_change_is_nothing(rate):
    told = play(LayerRanges(), rows(40, rate, mean=noisy(0.4, 0.002), change=noisy(0.06, 0.004, 2)), rate)[5 * rate:]
    for name in ("mean", "change"):
        values = [getattr(ranged, name) for ranged in told]
        assert np.std(values) < 0.06 and np.mean(values) < 0.12, name


def test_movement_stands_out_of_the_noise():
    still, moving = noisy(0.06, 0.004), noisy(0.3, 0.03)
    told = play(LayerRanges(), rows(40, change=lambda time: (moving if 20 < time < 22 else still)(time)))
    before, during, after = told[300:590], told[620:655], told[720:]
    assert np.mean([ranged.change for ranged in before]) < 0.12
    assert np.mean([ranged.change for ranged in during]) > 0.7
    assert np.mean([ranged.change for ranged in after]) < 0.1


def test_high_water_is_forgotten_and_one_flash_is_no_high_water():
    def swell(time):
        return 0.5 + (0.2 if time < 10 else 0.02) * np.sin(2 * time)

    told = [ranged.mean for ranged in play(LayerRanges(), rows(240, mean=swell))]
    assert max(told[330:600]) - min(told[330:600]) < 0.25 < 0.8 < max(told[-300:]) - min(told[-300:])
    flash = [0.5 + 0.02 * np.sin(2 * index / 30) if index != 900 else 9.0 for index in range(1200)]
    told = [ranged.mean for ranged in play(LayerRanges(), [[value] + [0.5] * 6 for value in flash])]
    assert told[900] == 1 and max(told[960:]) < 0.35


def test_other_layers_begin_anew_and_a_stale_frame_teaches_nothing():
    stage = LayerRanges()
    play(stage, rows(10, mean=lambda time: 0.5 + 0.1 * np.sin(time)))
    stale = play(stage, [[9.0] + [0.5] * 6] * 30, start=10.0, stale=True)
    assert {ranged.mean for ranged in stale} == {1.0} and stage.high[0, 0] < 0.61
    fresh = play(stage, rows(1, mean=lambda time: 5 + time), start=11.0, names=("conv3", "conv9"))
    assert fresh[0] == Ranged() and fresh[-1].mean > 0.8
    assert stage(replace(scene(), layers={})).layers == {}


def test_a_long_pause_forgets_little():
    stage = LayerRanges()
    play(stage, rows(20, mean=lambda time: 0.5 + 0.1 * np.sin(time)))
    back = play(stage, [[0.5] * 7] * 2, start=7200.0)
    assert 0.3 < back[0].mean < 0.7


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-10, 100)), max_size=30))
def test_whatever_comes_it_stays_in_0_to_1(steps):
    stage, time = LayerRanges(), 0.0
    for value, step in steps:
        time += step
        ranged = stage(replace(scene(time), layers={"a": Layer(*[value] * 7, ())})).layers["a"].ranged
        assert all(0 <= getattr(ranged, name) <= 1 for name in Ranged.__slots__)


def test_noise_is_learned_from_a_whole_second_on_and_from_no_pause():
    stage = LayerRanges()
    play(stage, rows(0.9, mean=noisy(0.4, 0.002)))
    assert np.isinf(stage.noise).all()
    play(stage, rows(1, mean=noisy(0.4, 0.002)), start=0.9)
    learned = stage.noise.copy()
    assert 0 < learned[0, 0] < 0.01
    play(stage, [[0.45] + [0.5] * 6], start=3.0)
    assert np.array_equal(stage.noise, learned)
