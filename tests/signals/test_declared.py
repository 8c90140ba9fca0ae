"""What a patch declares: worked out before react, sent, and kept over a reload where it is unchanged."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from engine import After, Every, Line, Signal, Smooth, Trigger, Zone
from engine.cues import Osc
from engine.errors import UserError
from engine.signals.declared import Declared, cues
from engine.signals.memory import present
from engine.signals.paths import reader
from engine.signals.projection import Principal, random_axis
from engine.values import Layer, LineState, Ranged, ZoneState
from tests.scenes import scene, track


@pytest.fixture(autouse=True)
def clock():
    present.__init__()


def test_zones_and_signals_of_a_patch_are_in_the_scene_and_go_out():
    door, line, calm = Zone(0, 0, 0.5, 1), Line(0.5, 0, 0.5, 1), Smooth(0.5)
    stage = Declared({"door": door, "line": line, "calm": calm, "glow": Signal("layer/conv3/mean"), "number": 5})
    walker, face = track(id=7, slot=2, x=0.2), track(id=8, slot=3, x=0.2, name="face", part_of=7)
    first = stage(scene(0.0, 0, tracks=[walker, face]))
    assert list(first.zones) == ["door", "line"] and first.signals == {"glow": 0.25}
    assert [track.id for track in first.tracks] == [7, 8] and [track.id for track in first.zones["door"].inside] == [7]
    assert cues(first) == (
        Osc("/zone/door/enter", 7, 2), Osc("/zone/door/occupancy", 1), Osc("/zone/door/dwell", 0.0),
        Osc("/zone/line/forward", 0), Osc("/zone/line/back", 0), Osc("/signal/glow", 0.25))
    second = stage(scene(1.0, 1, tracks=[replace(walker, x=0.9), track(id=9, slot=0, x=0.8)]))
    assert cues(second)[:6] == (
        Osc("/zone/door/leave", 7, 2), Osc("/zone/door/occupancy", 0), Osc("/zone/door/dwell", 0.0),
        Osc("/zone/line/cross", 7, 2, -1), Osc("/zone/line/forward", 0), Osc("/zone/line/back", 1))
    assert cues(second)[-2:] == (Osc("/pair/nearest", 7, 9), Osc("/pair/group", 7, 9))
    assert pickle.loads(pickle.dumps(second)).zones["door"] == second.zones["door"]


def test_state_survives_a_reload_where_the_declaration_is_unchanged():
    before = {"door": Zone(0, 0, 0.5, 1), "calm": Smooth(0.5), "beat": Every(4), "other": After(1),
              "glow": Signal("pair/distance")}
    old = Declared(before)
    old(scene(0.0, tracks=[track(x=0.2)]))
    before["calm"](0.0)
    before["beat"]()
    before["door"].places["right"].take(0.4)
    after = {"door": Zone(0, 0, 0.5, 1), "calm": Smooth(0.5), "beat": Every(3), "other": Trigger(1, 0),
             "new": Smooth(1)}
    new = Declared(after)
    new.resume(old)
    now = new(scene(3.0, 1, tracks=[track(x=0.2)]))
    assert now.zones["door"].entered == () and now.zones["door"].dwell == (3.0,)
    assert after["door"].points[1] == (0.4, 0.0)
    assert after["calm"](1.0) == pytest.approx(1 - np.exp(-6)) and not after["beat"]()
    assert after["other"].entries == after["new"].entries == {}


WHOLE = replace(
    scene(tracks=[track(slot=3, x=0.25)]), embedding=np.arange(8.0),
    layers={"c": Layer(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, (), np.arange(4.0), np.arange(12.0).reshape(3, 4),
                       Ranged(0.9))},
    zones={"door": ZoneState((), dwell=(1.0, 2.5)), "line": LineState((), total=(4, 2))})  # fmt: skip


@pytest.mark.parametrize("path, value", [
    ("layer/c/mean", 0.1), ("layer/c/change", 0.7), ("layer/c/ranged/mean", 0.9), ("layer/c/unit/2", 2),
    ("layer/c/unit/9", None),
    ("layer/c/region/0/0/1/1", 5.5), ("layer/c/region/0.5/0/1/0.34", 2.5), ("layer/c/region/0.99/0.99/1/1", 11),
    ("layer/none/mean", None), ("layer/none/unit/2", None), ("layer/none/region/0/0/1/1", None),
    ("layer/none/ranged/mean", None),
    ("object/3/x", 0.25), ("object/3/present", 1), ("object/0/x", None), ("object/0/present", 0),
    ("count/person", 1), ("count/cat", 0), ("zone/door/dwell", 2.5), ("zone/door/occupancy", 0),
    ("zone/none/dwell", None),
    ("zone/line/forward", 4), ("zone/line/back", 2), ("zone/line/dwell", None), ("pair/distance", 2**0.5),
    ("embedding/5", 5),
])  # fmt: skip
def test_any_number_of_a_scene_has_a_path(path, value):
    found = reader(path)(WHOLE)
    assert found == value if value is None else found == pytest.approx(value)
    assert found is None or type(found) is float


@pytest.mark.parametrize("path", [
    "", "layer", "layer/c", "layer/c/means", "layer/c/ranged", "layer/c/ranged/best", "layer/c/unit/x",
    "layer/c/unit/-1",
    "layer/c/mean/x", "layer/c/region/0/0/1", "layer/c/region/1/0/0/1", "object/a/x", "object/0/q", "zone/door/x",
    "pair/x",
    "embedding/x", "embedding/pca/99", "embedding/random/x", "count", "weather", None, 5,
])  # fmt: skip
def test_a_path_that_can_never_be_is_refused_with_the_choices(path):
    with pytest.raises(UserError, match="no signal|wants a number"):
        Signal(path)


def test_a_signal_is_ranged_bent_and_smoothed_and_keeps_what_is_gone():
    glow = Signal("object/0/x", smooth=0.5, ranged=60, bend=1)
    stage = Declared({"glow": glow})
    for index in range(320):
        stage(scene(index / 32, index, tracks=[track(x=0.4 + 0.1 * (index // 40 % 2))]))
    assert glow.value > 0.85
    held = glow.value
    assert stage(scene(12.0)).signals["glow"] == held
    glow.calibrate()
    stage(scene(20.0, tracks=[track(x=0.7)]))
    assert glow.value < 0.01


def test_principal_components_find_the_directions_of_a_stream():
    chance, fit = np.random.default_rng(0), Principal()
    axes = np.linalg.qr(chance.standard_normal((64, 2)))[0].T
    hidden = chance.standard_normal((3000, 2)) * (3, 1)
    told = np.array([fit(5 + row @ axes + 0.01 * chance.standard_normal(64), 1 / 30) for row in hidden])
    for component in (0, 1):
        assert abs(np.corrcoef(told[-500:, component], hidden[-500:, component])[0, 1]) > 0.97
    assert np.isfinite(fit(np.zeros(64), 1 / 30)).all() and fit(np.zeros(3), 1 / 30).tolist() == [0, 0, 0]


def test_what_principal_components_are_taken_from_is_forgotten_in_a_minute():
    fit = Principal()
    for _ in range(100):
        fit(np.zeros(3), 60.0)
    fit(np.ones(3), 60.0)
    assert fit.mean == pytest.approx(1 - np.exp(-1))


def test_projections_are_signals_and_the_random_one_never_changes():
    assert random_axis(0, 3) == pytest.approx([-0.3288, 0.6059, 0.7244], abs=1e-4)
    stage = Declared({"one": Signal("embedding/pca/0"), "two": Signal("embedding/random/1")})
    chance = np.random.default_rng(1)
    values = [stage(replace(scene(index / 30), embedding=chance.standard_normal(16))).signals for index in range(30)]
    assert all(np.isfinite(list(value.values())).all() for value in values)
    last = replace(scene(1.1), embedding=np.ones(16))
    assert stage(last).signals["two"] == pytest.approx(random_axis(1, 16).sum())
