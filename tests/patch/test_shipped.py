"""What three of the shipped patches play, in a simulated crowd's place: scenes made by hand."""

import ast

import pytest

from engine.cues import Control, Note, Osc, Say
from engine.patch.hot_reload import Patch
from engine.patch.loader import find
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
