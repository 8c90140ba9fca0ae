"""Layer statistics against their definitions, written out with numpy."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.vision.layer_statistics import STRONGEST, Statistics


def felt(*frames, statistics=None):
    """The layers of the last of these frames, each a dict of maps (1, C, H, W)."""
    statistics = statistics or Statistics()
    for taps in frames:
        told = statistics.layers(statistics.measure(taps).numpy())
    return told


def slow(maps: np.ndarray) -> tuple[float, ...]:
    """mean, peak, sparsity, entropy, cx, cy of (C, H, W), one definition a line."""
    channels, height, width = maps.shape
    means = maps.mean((1, 2))
    share = means / means.sum()
    entropy = -sum(part * np.log(part) for part in share if part > 0) / np.log(max(channels, 2))
    where = maps.sum(0) / maps.sum()
    cx = (where.sum(0) * (np.arange(width) + 0.5) / width).sum()
    cy = (where.sum(1) * (np.arange(height) + 0.5) / height).sum()
    return maps.mean(), maps.max(), (maps == 0).mean(), entropy, cx, cy


@given(st.integers(1, 40), st.integers(8, 24), st.integers(8, 24), st.integers(0, 1000))
@settings(deadline=None, max_examples=50)
def test_statistics_are_what_they_say(channels, height, width, seed):
    chance = np.random.default_rng(seed)
    first, second = chance.uniform(0.01, 1, (2, channels + 1, height, width)).astype(np.float32)
    second[0, chance.random((height, width)) < 0.5] = 0
    found = felt({"tap": torch.from_numpy(first)[None]}, {"tap": torch.from_numpy(second)[None]})["tap"]
    told = found.mean, found.peak, found.sparsity, found.entropy, found.cx, found.cy
    assert told == pytest.approx(slow(second), abs=1e-4)
    assert found.change == pytest.approx(np.abs(second - first).sum() / (first.sum() + second.sum()), abs=1e-4)
    means = second.mean((1, 2))
    units, strengths = zip(*found.units, strict=True)
    assert len(set(units)) == len(units) and means[list(units)] == pytest.approx(strengths, rel=1e-5)
    assert strengths == pytest.approx(np.sort(means)[::-1][:STRONGEST], rel=1e-5)


def test_layers_of_different_sizes_share_a_grid_and_do_not_mix():
    big, small, dot = torch.rand(1, 64, 36, 48), torch.rand(1, 16, 9, 12), torch.rand(1, 3, 1, 1)
    together = felt({"big": big, "small": small, "dot": dot})
    assert together["small"] == felt({"small": small})["small"]
    cells = big[0].reshape(64, 9, 4, 12, 4).mean((2, 4)).numpy()
    mean, _, _, entropy, cx, cy = slow(cells)
    assert (together["big"].mean, together["big"].entropy, together["big"].cx, together["big"].cy) == pytest.approx(
        (mean, entropy, cx, cy), abs=1e-5)
    assert (together["dot"].cx, together["dot"].cy) == pytest.approx((0.5, 0.5), abs=1e-5)
    assert len(together["dot"].units) == 3


def test_still_silent_and_broken_maps():
    maps, statistics = {"tap": torch.rand(1, 8, 9, 9)}, Statistics()
    assert felt(maps, statistics=statistics)["tap"].change == 0  # the first frame has nothing to differ from
    assert felt(maps, statistics=statistics)["tap"].change == 0
    silent = felt({"tap": maps["tap"] * 0}, statistics=statistics)["tap"]
    assert (silent.mean, silent.peak, silent.sparsity, silent.entropy, silent.cx, silent.cy) == (0, 0, 1, 0, 0.5, 0.5)
    assert silent.change == pytest.approx(1)
    broken = felt({"tap": maps["tap"] * torch.nan}, statistics=statistics)["tap"]
    assert broken.mean == broken.peak == broken.change == 0


def test_half_precision_and_memory_order_change_little():
    maps = torch.rand(1, 32, 18, 24)
    exact = felt({"tap": maps})["tap"]
    half = felt({"tap": maps.bfloat16().contiguous(memory_format=torch.channels_last)})["tap"]
    assert (half.mean, half.entropy, half.cx, half.cy) == pytest.approx(
        (exact.mean, exact.entropy, exact.cx, exact.cy), abs=2e-3)


def test_all_channels_and_the_grid_come_along_and_outlive_the_next_frame():
    maps, statistics = torch.rand(1, 16, 18, 24), Statistics()
    small = torch.rand(1, 4, 9, 12)
    told = felt({"big": maps, "small": small}, statistics=statistics)
    cells = maps[0].reshape(16, 9, 2, 12, 2).mean((2, 4)).numpy()
    felt({"big": maps * 0, "small": small * 0}, statistics=statistics)
    assert told["big"].means == pytest.approx(cells.mean((1, 2)), abs=1e-5)
    assert told["big"].grid == pytest.approx(cells.mean(0), abs=1e-5)
    assert told["small"].grid == pytest.approx(small[0].mean(0).numpy(), abs=1e-5)
    assert told["big"].grid.shape == (9, 12) and not told["big"].grid.flags.writeable


@pytest.mark.parametrize("kind, near", [(torch.float32, 1e-5), (torch.bfloat16, 0.02)])  # torch rounds means to halves
def test_a_processor_and_another_device_measure_the_same(kind, near):
    def taps():
        return [(torch.rand(1, *shape) - 0.4).to(kind) for shape in ((6, 30, 41), (3, 17, 12), (5, 9, 9))]

    first, second, both = taps(), taps(), (Statistics(), Statistics())
    for statistics in both:
        statistics.measure({str(number): maps for number, maps in enumerate(first)})
    assert both[0].on_processor(second).numpy() == pytest.approx(both[1].on_device(second).numpy(), rel=near, abs=near)
