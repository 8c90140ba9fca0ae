"""Layer statistics against their definitions, written out with numpy."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.statistics import ROW, STRONGEST, Statistics, layer


def slow(maps: np.ndarray) -> tuple[float, ...]:
    """mean, peak, sparsity, entropy, cx, cy of (C, H, W), one definition a line."""
    channels, height, width = maps.shape
    means = maps.mean((1, 2))
    share = means / means.sum()
    entropy = -sum(part * np.log(part) for part in share if part > 0) / np.log(max(channels, 2))
    where = maps.sum(0) / maps.sum()
    cx = (where.sum(0) * (np.arange(width) + 0.5) / width).sum()
    cy = (where.sum(1) * (np.arange(height) + 0.5) / height).sum()
    return maps.mean(), maps.max(), (maps <= 0).mean(), entropy, cx, cy


@given(st.integers(1, 40), st.integers(1, 24), st.integers(1, 24), st.integers(0, 1000))
@settings(deadline=None, max_examples=50)
def test_statistics_are_what_they_say(channels, height, width, seed):
    chance = np.random.default_rng(seed)
    first, second = chance.uniform(0.01, 1, (2, channels + 1, height, width)).astype(np.float32)
    second[0, chance.random((height, width)) < 0.5] = 0
    statistics = Statistics()
    statistics({"tap": torch.from_numpy(first)[None]})
    found = layer(statistics({"tap": torch.from_numpy(second)[None]})[0].tolist())
    assert (found.mean, found.peak, found.sparsity, found.entropy, found.cx, found.cy) == pytest.approx(slow(second), abs=1e-4)
    assert found.change == pytest.approx(np.abs(second - first).sum() / (first.sum() + second.sum()), abs=1e-4)
    means = second.mean((1, 2))
    order = np.argsort(-means)[:STRONGEST]
    assert [index for index, _ in found.units] == order.tolist()
    assert [strength for _, strength in found.units] == pytest.approx(means[order].tolist())


def test_layers_of_different_sizes_do_not_mix():
    big, small = torch.rand(1, 64, 12, 16), torch.rand(1, 16, 3, 4)
    both = Statistics()({"big": big, "small": small})
    assert both.shape == (2, ROW)
    assert torch.allclose(both[1], Statistics()({"small": small})[0])


def test_still_silent_and_broken_maps():
    maps = torch.rand(1, 8, 6, 6)
    statistics = Statistics()
    assert layer(statistics({"tap": maps})[0].tolist()).change == 0  # the first frame has nothing to differ from
    assert layer(statistics({"tap": maps})[0].tolist()).change == 0
    silent = layer(statistics({"tap": maps * 0})[0].tolist())
    assert (silent.mean, silent.peak, silent.sparsity, silent.entropy, silent.cx, silent.cy) == (0, 0, 1, 0, 0.5, 0.5)
    assert silent.change == pytest.approx(1)
    broken = layer(statistics({"tap": maps * torch.nan})[0].tolist())
    assert broken.mean == broken.peak == broken.change == 0


def test_half_precision_and_memory_order_change_little():
    maps = torch.rand(1, 32, 18, 24)
    exact = layer(Statistics()({"tap": maps})[0].tolist())
    half = layer(Statistics()({"tap": maps.bfloat16().contiguous(memory_format=torch.channels_last)})[0].tolist())
    assert (half.mean, half.entropy, half.cx, half.cy) == pytest.approx((exact.mean, exact.entropy, exact.cx, exact.cy), abs=2e-3)


def test_maps_of_many_pixels_are_felt_in_cells():
    maps = torch.zeros(1, 2, 30, 50)  # cells of three pixels a side, those at the edge smaller
    maps[0, 0, 27:, 48:] = 1.0
    maps[0, 1, 0, 0] = 1.0
    corner, point = layer(Statistics()({"tap": maps[:, :1]})[0].tolist()), layer(Statistics()({"tap": maps[:, 1:]})[0].tolist())
    assert (corner.mean, corner.sparsity) == pytest.approx((6 / 1500, 1 - 6 / 1500))
    assert (corner.cx, corner.cy) == pytest.approx((49 / 50, 28.5 / 30))
    assert (point.mean, point.cx, point.cy) == pytest.approx((1 / 1500, 1.5 / 50, 1.5 / 30))
