import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.window.colours import heat, track_colour
from engine.window.views.wall import RELEASE, SHARP, Grid, Wall, fit
from tests.percepts import maps

SHAPE = (32, 72, 96)
GRID = fit(32, (72, 96), (928, 688))


def tile(mosaic: np.ndarray, grid: Grid, unit: int) -> np.ndarray:
    """A unit's part of a mosaic."""
    height, width = mosaic.shape[0] // grid.rows, mosaic.shape[1] // grid.columns
    row, column = divmod(unit, grid.columns)
    return mosaic[row * height : (row + 1) * height, column * width : (column + 1) * width]


def test_each_unit_is_bright_against_its_own_peak():
    layer = maps(SHAPE) * torch.logspace(-3, 3, 32)[:, None, None]
    mosaic = Wall()(layer, "conv1", 0.0, GRID)
    assert mosaic.shape == (6 * 72, 6 * 96) and mosaic.dtype == np.uint8
    quiet = 0.05 * layer.amax((1, 2)).median()
    for unit in range(32):
        ceiling = torch.maximum(layer[unit].amax(), quiet)
        assert np.array_equal(tile(mosaic, GRID, unit), (layer[unit] * (255.5 / ceiling)).to(torch.uint8).numpy())
    assert not mosaic[5 * 72 :, 2 * 96 :].any(), "cells without a unit are black"


def test_a_strong_unit_leaves_the_others_as_they_are():
    layer = maps(SHAPE)
    before = Wall()(layer, "conv1", 0.0, GRID)
    layer[7] *= 1000
    assert np.array_equal(Wall()(layer, "conv1", 0.0, GRID), before)


def test_a_quiet_unit_is_shown_quiet_and_a_silent_one_black():
    layer = maps(SHAPE)
    layer[3], layer[4] = layer[3] / 200, 0
    mosaic = Wall()(layer, "conv1", 0.0, GRID)
    assert tile(mosaic, GRID, 3).max() == pytest.approx(255 / 10, abs=2)
    assert not tile(mosaic, GRID, 4).any()
    assert not Wall()(torch.zeros(SHAPE), "conv1", 0.0, GRID).any()


def test_ceilings_jump_up_and_sink_slowly():
    wall, loud = Wall(), torch.ones(SHAPE)
    assert (tile(wall(loud, "conv1", 0.0, GRID), GRID, 0) == 255).all()
    assert (tile(wall(loud / 2, "conv1", 0.0, GRID), GRID, 0) == 127).all()
    sunk = 0.5 + 0.5 / np.e
    assert (tile(wall(loud / 2, "conv1", RELEASE, GRID), GRID, 0) == int(255.5 * 0.5 / sunk)).all()
    again = wall(loud / 2, "conv1", RELEASE, GRID)
    assert (tile(again, GRID, 0) == int(255.5 * 0.5 / sunk)).all(), "no time has passed"
    assert (tile(wall(loud * 4, "conv1", RELEASE + 0.01, GRID), GRID, 0) == 255).all()
    assert (tile(wall(loud / 2, "conv2", RELEASE + 0.01, GRID), GRID, 0) == 255).all(), "each tap has its own ceilings"


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_broken_frame_is_forgotten(bad):
    wall, broken = Wall(), maps(SHAPE)
    broken[5, 3, 3] = bad
    wall(broken, "conv1", 0.0, GRID)
    assert np.array_equal(wall(maps(SHAPE), "conv1", 0.1, GRID), Wall()(maps(SHAPE), "conv1", 0.1, GRID))


def test_a_layer_of_another_size_starts_afresh():
    wall = Wall()
    wall(maps((64, 9, 12)), "conv1", 0.0, fit(64, (9, 12), (928, 688)))
    assert np.array_equal(wall(maps(SHAPE), "conv1", 0.1, GRID), Wall()(maps(SHAPE), "conv1", 0.1, GRID))


@pytest.mark.parametrize("shape", [SHAPE, (256, 9, 12)])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_precisions_and_memory_layouts_look_the_same(shape, dtype):
    grid = fit(shape[0], shape[1:], (928, 688))
    layer = maps(shape).mul(64).round() / 64
    expected = Wall()(layer, "conv1", 0.0, grid)
    assert np.array_equal(Wall()(layer.to(dtype), "conv1", 0.0, grid), expected)
    last = layer[None].contiguous(memory_format=torch.channels_last)[0]
    assert np.abs(Wall()(last, "conv1", 0.0, grid).astype(int) - expected).max() <= 1


@pytest.mark.gpu
@pytest.mark.parametrize("shape", [SHAPE, (256, 9, 12)])
def test_the_device_shows_the_same_as_the_processor(shape):
    grid = fit(shape[0], shape[1:], (928, 688))
    shown = Wall()(maps(shape).half().cuda(), "conv1", 0.0, grid)
    assert np.abs(shown.astype(int) - Wall()(maps(shape).half(), "conv1", 0.0, grid)).max() <= 1


def test_small_maps_cross_enlarged_and_stay_in_range():
    grid = fit(256, (9, 12), (928, 688))
    checks = (torch.arange(9)[:, None] + torch.arange(12)) % 2 * torch.ones(256, 1, 1)
    mosaic = Wall()(checks, "conv5", 0.0, grid)
    times = -(-grid.width // (SHARP * 12))
    assert mosaic.shape == (grid.rows * 9 * times, grid.columns * 12 * times)
    assert mosaic.max() == 255 and mosaic.min() == 0
    level = Wall()(torch.ones(256, 9, 12), "conv5", 0.0, grid)
    assert level.min() >= 254, "an even map stays even"


@pytest.mark.parametrize("shape", [SHAPE, (256, 9, 12)])
def test_a_mirror_turns_each_tile_and_not_their_order(shape):
    grid = fit(shape[0], shape[1:], (928, 688))
    plain, mirrored = (Wall()(maps(shape), "conv1", 0.0, grid, mirror).astype(int) for mirror in (False, True))
    for unit in (0, 1, shape[0] - 1):
        assert np.abs(tile(mirrored, grid, unit) - tile(plain, grid, unit)[:, ::-1]).max() <= 1


def test_one_unit_is_as_bright_as_on_the_wall():
    wall, layer = Wall(), maps(SHAPE)
    mosaic = wall(layer, "conv1", 0.0, GRID)
    assert np.array_equal(wall.unit(layer, "conv1", 0.0, 31), tile(mosaic, GRID, 31))
    assert np.array_equal(wall.unit(layer, "conv1", 0.0, 31, mirror=True), tile(mosaic, GRID, 31)[:, ::-1])


def test_grids_that_fit():
    assert GRID == Grid(32, 6, 6, 152, 114)
    assert fit(1, (3, 4), (800, 600)) == Grid(1, 1, 1, 800, 600)
    assert fit(32, (72, 96), (928, 122)) == Grid(32, 16, 2, 58, 43)


@given(st.integers(1, 512), st.integers(4, 200), st.integers(4, 200), st.integers(200, 4000), st.integers(200, 4000))
def test_a_grid_fits_its_area_and_finds_its_units(count, height, width, wide, high):
    grid = fit(count, (height, width), (wide, high))
    assert grid.columns * (grid.rows - 1) < count <= grid.columns * grid.rows
    if min(grid.width, grid.height) > 1:  # tiles do not vanish, however many there are
        assert grid.size[0] <= wide and grid.size[1] <= high
    for unit in {0, count // 2, count - 1}:
        x, y = grid.corner(unit)
        assert grid.unit(x, y) == unit == grid.unit(x + grid.width - 1, y + grid.height - 1)
    assert grid.unit(-1, 0) is None and grid.unit(0, grid.size[1]) is None


def test_a_cell_without_a_unit_is_none():
    assert GRID.unit(5 * 152, 5 * 114) is None


def test_heat_rises_from_black_to_warm_white():
    colours = heat().astype(float)
    linear = (colours / 255) ** 2.2
    luminance = linear @ (0.2126, 0.7152, 0.0722)
    assert heat().shape == (256, 3) and not heat()[0].any()
    assert (np.diff(luminance) >= 0).all() and luminance[-1] > 0.85
    assert colours[-1][0] > colours[-1][1] > colours[-1][2] > 200, "the white is warm"
    blue, magenta, orange = heat()[30], heat()[110], heat()[180]
    assert blue.argmax() == 2 and magenta.argmin() == 1 and orange[0] > orange[1] > orange[2]


def test_tracks_keep_a_colour_that_their_neighbours_have_not():
    colours = np.array([track_colour(number) for number in range(1000)], int)
    assert track_colour(7) == track_colour(7) == tuple(colours[7])
    for apart in (1, 2, 3):
        assert np.abs(colours[apart:] - colours[:-apart]).sum(1).min() > 60
