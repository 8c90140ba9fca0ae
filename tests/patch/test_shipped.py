"""What the shipped patches play: scenes made by hand."""

import ast
from dataclasses import replace

import pytest

from engine.cues import Control, Note, Osc, Say
from engine.patch.hot_reload import Patch
from engine.patch.loader import find, shipped
from tests.patch.test_hot_reload import table
from tests.scenes import scene, track


@pytest.mark.parametrize("name", ["door", "filters", "between"])
def test_what_costs_a_newcomer_most_is_twelve_lines(name):
    """Lines of code: what the manual and comments say, and what is left empty, is none."""
    code = ast.parse(find(name).read_text())
    manual = code.body.pop(0)
    assert ast.get_docstring(ast.Module([manual], []))
    lines = {node.lineno for node in ast.walk(code) if hasattr(node, "lineno")}
    assert 4 <= len(lines) <= 12


def playing(name: str) -> Patch:
    return Patch(find(name), scene(), table())


def react(patch: Patch, seen) -> list:
    """The cues of the patch itself, without what zones and pairs say by themselves."""
    return [cue for cue in patch.react(patch.see(seen))
            if not (isinstance(cue, Osc) and cue.address.startswith(("/zone", "/pair", "/signal")))]


def test_a_chord_at_the_door_once_for_each_who_comes_in():
    patch = playing("door")
    for time, x, heard in ((0.0, 0.6, []), (0.1, 0.1, [48, 52, 55]), (0.2, 0.1, []), (0.3, 0.6, []),
                           (0.4, 0.1, [48, 52, 55])):
        cues = react(patch, scene(time, tracks=[track(id=7, x=x)]))
        assert [cue.pitch for cue in cues if isinstance(cue, Note)] == heard
        assert (Osc("/door", 7, "person") in cues) == bool(heard)


def test_every_layer_has_its_controller():
    cues = react(playing("filters"), scene())
    assert [cue.number for cue in cues] == [74, 75, 76, 77, 78] and all(isinstance(cue, Control) for cue in cues)


def test_the_distance_of_two_bends_the_voice():
    patch = playing("between")
    assert react(patch, scene(0.0, tracks=[track(id=1, age=9.0)])) == []
    for step in range(100):
        two = [track(id=1, x=0.25, age=9.0), track(id=2, slot=1, x=0.75, age=9.0)]
        (cue,) = react(patch, scene(step / 10, tracks=two))
    assert isinstance(cue, Say) and cue.pitch == pytest.approx(33 + 24 * 0.5)


def test_every_shipped_patch_reacts_to_a_life():
    visitor = track()
    life = [scene(0.0), scene(0.1, 1, [visitor], [visitor]), scene(0.2, 2, [visitor]), scene(0.3, 3, [], [], [visitor])]
    for name in shipped():
        patch = Patch(find(name), life[0], table())
        for moment in life:
            patch.react(moment)
            assert patch.error == ""
        assert len(patch.doc) > 100 and all(number.about for number in patch.parameters.below("patch").values())


def test_hello():
    patch, visitor = Patch(find("hello"), scene(), table()), track(y=1.0, age=0.0)
    assert patch.react(scene(0.1, 1, [visitor], [visitor])) == (
        Note(36, 0.48, 0.6), Osc("/hello", 36, 0.48, "person"))
    assert patch.react(scene(0.2, 2, [replace(visitor, age=9.0)])) == ()
    assert patch.react(scene(0.3, 3, [], [], [visitor])) == (Osc("/goodbye", "person"),)


def test_choir_sings_for_each_as_long_as_they_are_there():
    patch = Patch(find("choir"), scene(), table())
    low, high = track(id=1, slot=0, x=0.0, y=1.0, age=9.0), track(id=2, slot=1, x=1.0, y=0.0, w=0.9, h=0.9, age=9.0)
    one, _, two, _ = patch.react(scene(0.1, 1, [low, high], [low, high]))
    assert one == replace(Say(33, 0.0, 0.3, voice=0, pan=0.0), loudness=one.loudness, roughness=one.roughness)
    assert one.loudness == pytest.approx(0.55 + 0.5 * (low.w * low.h) ** 0.5)
    assert two.voice == 1 and two.pitch == pytest.approx(33 + 29.15) and two.loudness == 1.0
    assert two.brightness == pytest.approx(0.7)
    assert [cue for cue in patch.react(scene(0.2, 2)) if isinstance(cue, Say)] == []


def test_breath_is_one_tone_without_steps():
    patch, tones = Patch(find("breath"), scene(), table()), []
    for index in range(300):
        now = scene(index / 30, index)
        jump = {"cy": 0.2, "change": 0.9, "sparsity": 0.1, "entropy": 0.1} if index // 60 % 2 else {}
        layers = {name: replace(layer, **jump) for name, layer in now.layers.items()}
        tone, _ = patch.react(replace(now, layers=layers))
        tones.append((tone.pitch, tone.loudness, tone.brightness, tone.roughness))
    pitches = [tone[0] for tone in tones]
    assert max(pitches) - min(pitches) > 2 and max(abs(a - b) for a, b in zip(pitches, pitches[1:])) < 0.3
    assert all(0 <= value <= 1 for tone in tones for value in tone[1:])


def test_constellation():
    patch = Patch(find("constellation"), scene(), table())
    one, other = track(id=1, slot=0, x=0.2, age=0.75), track(id=2, slot=1, x=0.45, name="cat", age=9.0)
    cues = patch.react(scene(0.1, 1, [one, other], [one], [track(id=3, slot=2)]))
    assert [cue.address for cue in cues] == ["/star/born", "/star", "/star", "/line", "/star/gone", "/sky"]
    assert cues[1].arguments == pytest.approx((0, 0.2, 0.5, 0.08**0.5, 0.45))
    assert cues[3].arguments == pytest.approx((0, 1, 0.5))
    assert cues[5] == Osc("/sky", 2)


def test_tide_rises_and_falls_between_its_waters():
    patch, levels = Patch(find("tide"), scene(), table()), []
    for index in range(600):
        cues = patch.react(scene(index / 30, index, mean=0.5 + 0.3 * (index // 150 % 2)))
        levels.append(next(cue.arguments[0] for cue in cues if isinstance(cue, Osc) and cue.address == "/tide/conv3"))
        assert all(0 <= cue.value <= 1 for cue in cues if isinstance(cue, Control))
    assert levels[299] > 0.9 and levels[449] < 0.1 and levels[599] > 0.9
    assert max(abs(after - before) for before, after in zip(levels, levels[1:])) < 0.05
