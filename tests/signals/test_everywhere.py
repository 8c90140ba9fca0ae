"""Every kind of number that can be followed, by its value, wherever a signal goes: OSC, MIDI, Wekinator, maps."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.cues import Control, Osc
from engine.osc.profiles import Map, Wekinator
from engine.patch.hot_reload import Patch
from engine.signals.memory import present
from engine.signals.projection import Principal, random_axis
from engine.signals.unit_regions import unit_regions
from engine.values import EngineStatus, Frame, Layer, Percept, Ranged
from tests.ears import messages, values
from tests.patch.test_hot_reload import table
from tests.scenes import scene, track

STATISTICS = {"mean": 0.1, "peak": 0.2, "sparsity": 0.3, "entropy": 0.4, "cx": 0.5, "cy": 0.6, "change": 0.7}
LAYER = Layer(*STATISTICS.values(), (), np.float32([0.25, 0.125]), np.arange(12, dtype=np.float32).reshape(3, 4) / 16,
              Ranged(*(1 - value for value in STATISTICS.values())))  # fmt: skip
MAPS = torch.arange(48, dtype=torch.bfloat16).reshape(1, 2, 4, 6)[0] / 64
EMBEDDINGS = np.random.default_rng(3).random((5, 16)).astype(np.float32)
WALKERS = [
    track(id=5, slot=2, x=0.25, y=0.75, vx=0.5, age=3.5), track(id=6, slot=0, x=0.75, y=0.75),
    track(id=7, slot=1, name="cat", x=0.9)
]  # fmt: skip


def principal(number):
    fit = Principal()
    return [fit(vector, 0.25 if index else 0.0) for index, vector in enumerate(EMBEDDINGS)][-1][number]


FOLLOWED = {
    **{f"layer/c/{name}": value for name, value in STATISTICS.items()},
    **{f"layer/c/ranged/{name}": 1 - value for name, value in STATISTICS.items()},
    "layer/c/unit/1": 0.125,
    "layer/c/region/0/0/0.5/1": np.float32([0, 1, 4, 5, 8, 9]).mean() / 16,
    "layer/c/grid/2x3/5": np.float32([10, 11]).mean() / 16,
    "layer/c/unit/1/grid/2x2/0": np.float32([24, 25, 26, 30, 31, 32]).mean() / 64,
    "layer/c/unit/1/grid/2x2/3": np.float32([39, 40, 41, 45, 46, 47]).mean() / 64,
    "layer/c/unit/0/grid/3x1/2": np.float32([4, 5, 10, 11, 16, 17, 22, 23]).mean() / 64,
    "layer/c/unit/0/region/0.5/0.75/0.51/1": 21 / 64,
    "embedding/7": EMBEDDINGS[-1, 7],
    "embedding/pca/0": principal(0),
    "embedding/pca/3": principal(3),
    "embedding/random/2": EMBEDDINGS[-1] @ random_axis(2, 16),
    "object/2/x": 0.25,
    "object/2/vx": 0.5,
    "object/2/age": 3.5,
    "object/1/present": 1.0,
    "object/9/present": 0.0,
    "count/person": 2.0,
    "zone/door/occupancy": 1.0,
    "zone/door/dwell": 1.0,
    "zone/half/back": 1.0,
    "zone/half/forward": 0.0,
    "pair/distance": (0.15**2 + 0.25**2) ** 0.5,
    "pair/groups": 2.0,
}


def scenes(followed):
    """Five scenes, a quarter of a second apart; object 6 crosses the middle from left to right."""
    for index, embedding in enumerate(EMBEDDINGS):
        walkers = [WALKERS[0], replace(WALKERS[1], x=0.3 if index < 2 else 0.75), WALKERS[2]]
        made = replace(scene(index / 4, index, tracks=walkers), layers={"c": LAYER}, embedding=embedding)
        frame = Frame(np.zeros((4, 6, 3), np.uint8), index, index / 4)
        percept = Percept(frame, np.zeros((0, 6), np.float32), {"c": LAYER}, (), embedding, {"c": MAPS})
        yield unit_regions(made, percept, followed)


@pytest.mark.parametrize("path", FOLLOWED)
def test_whatever_can_be_followed_goes_everywhere_as_it_is(path, tmp_path):
    present.__init__()
    (tmp_path / "piece.py").write_text(f'''
from engine import Control, Line, Signal, Zone
door, half, it = Zone(0, 0.5, 0.28, 1), Line(0.5, 0.5, 0.5, 1), Signal("{path}")
def react(scene, p):
    yield Control(20, it.value)
''')
    patch = Patch(tmp_path / "piece.py", scene(), table())
    straight, signal = Wekinator(("person", "cat"), inputs=(path,)), Wekinator(("person",), inputs=("signal/it",))
    mapped = Map(("person", "cat"), maps=[(path, "/mine")])
    for made in scenes(patch.followed):
        seen = patch.see(made)
        cues = patch.react(seen)
        said = [profile(seen, EngineStatus()) for profile in (straight, signal, mapped)]
    value = pytest.approx(float(FOLLOWED[path]), abs=1e-6)
    assert [cue.arguments for cue in cues if isinstance(cue, Osc) and cue.address == "/signal/it"] == [(value,)]
    assert [cue.value for cue in cues if isinstance(cue, Control)] == [value]
    inputs = [message[1:] for message in messages(said[0]) + messages(said[1]) if message[0] == "/wek/inputs"]
    assert inputs == [(value,)] * 2
    assert values(said[2]) == {"/mine": value}


@pytest.mark.parametrize("rows, columns, height, width", [(2, 2, 7, 9), (3, 4, 12, 10), (5, 1, 9, 3), (1, 1, 3, 3)])
def test_the_cells_of_a_grid_are_all_of_a_map_and_none_twice(rows, columns, height, width):
    """Maps in which a single place is lit: exactly one cell sees it."""
    maps = torch.eye(height * width).reshape(1, -1, height, width)[0]
    frame = Frame(np.zeros((4, 6, 3), np.uint8), 0, 0.0)
    percept = Percept(frame, np.zeros((0, 6), np.float32), {}, (), np.zeros(8, np.float32), {"c": maps})
    for unit in range(height * width):
        paths = [f"layer/c/unit/{unit}/grid/{columns}x{rows}/{cell}" for cell in range(rows * columns)]
        assert sum(value > 0 for value in unit_regions(scene(), percept, paths).regions.values()) == 1


def test_a_layer_or_unit_that_there_is_not_has_no_regions():
    frame = Frame(np.zeros((4, 6, 3), np.uint8), 0, 0.0)
    percept = Percept(frame, np.zeros((0, 6), np.float32), {}, (), np.zeros(8, np.float32), {"c": MAPS})
    there = unit_regions(scene(), percept, ["layer/c/unit/2/grid/1x1/0", "layer/d/unit/0/grid/1x1/0",
                                            "layer/c/unit/0/grid/1x1/0"])
    assert dict(there.regions) == {"layer/c/unit/0/grid/1x1/0": pytest.approx(11.5 / 64)}
