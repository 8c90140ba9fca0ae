"""Units that look alike are neighbours on the wall, and change places softly."""

from dataclasses import replace

import numpy as np
import torch

from engine.window.views.brightness import Brightness
from engine.window.views.likeness import Likeness, likeness
from engine.window.views.seats import FADE, RERANK
from engine.window.views.view import ViewParameters
from engine.window.views.wall import Wall
from tests.percepts import percept

ROWS = (4, 4, 4, 4)


def families(seed: int) -> np.ndarray:
    """Sixteen units of four kinds, mixed: each glows in one of the four quarters of the picture."""
    draw = np.random.default_rng(seed)
    kinds = draw.permutation(np.repeat(np.arange(4), 4))
    cells = 0.05 * draw.random((16, 8, 8))
    for unit, kind in enumerate(kinds):
        cells[unit, kind // 2 * 4 : kind // 2 * 4 + 4, kind % 2 * 4 : kind % 2 * 4 + 4] += 1
    return cells.reshape(16, 64)


def test_neighbours_look_alike():
    units = np.arange(16)
    for seed in range(5):
        cells = families(seed)
        order, strength = Likeness()(cells, units, ROWS, 0.0)
        assert sorted(order) == list(range(16)) and (strength == 1).all()
        assert likeness(cells[order], ROWS) > 1.5 * likeness(cells, ROWS)


def test_the_same_order_stays_and_another_comes_in_softly():
    units, wall, before, after = np.arange(16), Likeness(), families(1), families(2)
    first, _ = wall(before, units, ROWS, 0.0)
    for time in np.arange(0.1, 20, 0.1):
        assert (wall(before + 1e-3 * np.sin(time), units, ROWS, time)[0] == first).all()
    lowest, jumps, last = 1.0, 0, first
    for time in np.arange(20, 20 + 10 * RERANK + 4 * FADE, 0.1):
        order, strength = wall(after, units, ROWS, time)
        changed = order != last
        jumps += changed.any()
        assert (strength[changed] < 0.2).all(), "it is dark where units change"
        lowest, last = min(lowest, strength.min()), order
    assert jumps >= 1 and lowest < 0.2 and (strength == 1).all() and likeness(after[order], ROWS) > 0.4


def test_few_units_and_one_are_arranged_as_well():
    for count in (1, 2, 3):
        order, _ = Likeness()(np.ones((count, 4)), np.arange(count), (count,), 0.0)
        assert sorted(order) == list(range(count))


def test_the_wall_shows_each_unit_once_where_it_says():
    found, scene = percept()
    wall = Wall(Brightness())
    settings = ViewParameters((960, 540), "conv1", under=0.0, order="likeness", tiles=32, gamma=1.0)
    picture = wall(found, scene, settings).max(2)
    assert sorted(wall.units) == list(range(32))
    for unit in range(32):
        left, top, right, bottom = np.rint(np.multiply(wall.rect(unit), (960, 540) * 2)).astype(int)
        assert picture[top:bottom, left:right].max() > 150
    wide = ViewParameters((960, 540), "conv3", under=0.0, order="likeness", tiles=12)
    wall(replace(found, maps={"conv3": torch.rand(128, 9, 12)}), scene, wide)
    assert len(set(wall.units.tolist())) == 12
