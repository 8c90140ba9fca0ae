"""Zones and signals of a patch in a playing show: the twelve lines that a newcomer writes first."""

from dataclasses import replace

import pytest

from engine.cues import Control, Note, Osc, Say
from engine.errors import UserError
from engine.patch.hot_reload import Patch
from engine.signals.memory import present
from tests.patch.test_hot_reload import table
from tests.scenes import scene, track

DOOR = '''"""Who comes to the door plays a note, and a receiver is told who."""
from engine import Every, Note, Osc, Smooth, Zone, scale
door = Zone(0, 0.4, 0.2, 1)
calm = Smooth(0.5)
def react(scene, p):
    for track in door.entered:
        yield Note(scale("dorian", 3, 60))
        yield Osc("/hello", track.slot)
    for track in scene.tracks:
        yield Osc("/x", calm(track.x, track))
'''
PAIR = '''"""The distance of two people bends the voice."""
from engine import Say
classes = "person"
def react(scene, p):
    if scene.pairs.nearest:
        yield Say(40 + 12 * scene.pairs.distance)
'''
FILTER = '''"""A layer opens a slow filter."""
from engine import Control, Signal
open = Signal("layer/conv3/mean", smooth=2, ranged=60)
def react(scene, p):
    yield Control(74, open.value)
'''


@pytest.fixture
def play(tmp_path):
    """Plays a patch's text: a call per scene gives its cues."""
    present.__init__()

    def start(text):
        file = tmp_path / "piece.py"
        file.write_text(text)
        patch = Patch(file, scene(), table())
        return patch, lambda now: patch.react(patch.see(now))

    return start


def test_a_door_plays_and_tells_and_nothing_is_heard_of_its_audition(play):
    patch, go = play(DOOR)
    face = track(id=2, slot=1, name="face", x=0.1, part_of=1)
    assert go(scene(0.1, 1, tracks=[track(x=0.5), face])) == (
        Osc("/x", 0.5), Osc("/zone/door/occupancy", 0), Osc("/zone/door/dwell", 0.0))
    cues = go(scene(0.2, 2, tracks=[track(x=0.1), face]))
    assert cues[:2] == (Note(65), Osc("/hello", 0)) and Osc("/zone/door/enter", 1, 0) in cues
    assert 0.1 < cues[2].arguments[0] < 0.5
    assert go(scene(0.3, 3))[0] == Osc("/zone/door/leave", 1, 0)


def test_an_audition_leaves_no_trace_in_zones_and_signals(tmp_path):
    present.__init__()
    (tmp_path / "piece.py").write_text("""
from engine import Osc, Signal, Smooth, Zone
door, glow, calm = Zone(0, 0, 0.5, 1), Signal("layer/conv3/mean", ranged=60), Smooth(1)
def react(scene, p):
    yield Osc("/x", calm(1.0))
""")
    stage = Patch(tmp_path / "piece.py", scene(0.0, tracks=[track(x=0.2)]), table()).declared
    assert stage.zones["door"].inside == () and stage.signals["glow"].value == 0
    assert stage.memories["calm"].entries == {}


def test_a_saved_edit_goes_on_where_the_door_is_the_same(play, tmp_path):
    patch, go = play(DOOR)
    go(scene(0.1, 1, tracks=[track(x=0.1)]))
    (tmp_path / "piece.py").write_text(DOOR.replace('"/hello"', '"/hi"') + "\n# an edit\n")
    patch.reload_if_saved(scene(0.2, 2))
    cues = go(scene(1.1, 3, tracks=[track(x=0.1)]))
    assert Osc("/zone/door/dwell", 1.0) in cues and not any(isinstance(cue, Note) for cue in cues)


def test_the_distance_of_two_bends_the_voice(play):
    _, go = play(PAIR)
    cues = go(scene(0.1, 1, tracks=[track(x=0.25), track(id=2, slot=1, x=0.75)]))
    assert cues[0] == Say(46.0) and Osc("/pair/distance", 0.5) in cues
    assert go(scene(0.2, 2, tracks=[track(x=0.25)])) == ()


def test_a_layer_opens_a_filter(play):
    _, go = play(FILTER)
    values = [go(scene(index / 10, index, mean=0.3 + 0.01 * (index // 50 % 2)))[0].value for index in range(200)]
    assert values[-1] > 0.85 and isinstance(go(scene(30.0))[0], Control)
    assert max(abs(a - b) for a, b in zip(values, values[1:])) < 0.06


def test_nothing_that_a_patch_does_to_its_zones_ends_the_show(play):
    patch, go = play(DOOR + "    door.declared = door.places = 'nowhere'\n")
    go(scene(0.1, 1, tracks=[track()]))
    assert go(scene(0.2, 2, tracks=[track()])) is not None and patch.notices != ()
    patch.path.write_text(DOOR)
    patch.reload_if_saved(scene(0.3, 3))
    assert Osc("/zone/door/enter", 1, 0) in go(scene(0.4, 4, tracks=[track(x=0.1)])) and patch.notices == ()


def test_a_zone_is_moved_by_the_table_kept_beside_the_patch_and_goes_back(play, tmp_path):
    patch, go = play(DOOR)
    patch.parameters.set("zone/door/left", 0.75, "mouse")
    patch.parameters.set("zone/door/right", 1.0, "mouse")
    assert Osc("/zone/door/occupancy", 1) in go(scene(0.1, 1, tracks=[track(x=0.8)]))
    patch.path.write_text(DOOR + "# an edit before it is at rest")
    patch.reload_if_saved(scene(0.2, 2))
    assert Osc("/zone/door/enter", 2, 0) in go(scene(0.3, 3, tracks=[track(x=0.8), track(id=2, x=0.9)]))
    patch.close()
    again, go = play(DOOR)
    assert again.parameters["zone/door/left"] == 0.75
    again.parameters.restore("zone", "keys")
    assert Osc("/zone/door/occupancy", 0) in go(scene(1.0, tracks=[track(x=0.8)]))
    again.close()
    assert not list(tmp_path.glob("*.json"))


def test_another_patch_has_its_own_zones_and_memories(play, tmp_path):
    (tmp_path / "other.py").write_text(DOOR)
    patch, go = play(DOOR)
    patch.survey(scene(1.0))
    patch.parameters.set("zone/door/right", 1.0, "mouse")
    go(scene(1.1, tracks=[track(x=0.8)]))
    patch.choose("other", scene(1.2))
    assert go(scene(1.3, tracks=[track(x=0.1)]))[:2] == (Note(65), Osc("/hello", 0))
    assert patch.parameters["zone/door/right"] == 0.2
    patch.choose("piece", scene(1.4))
    assert patch.parameters["zone/door/right"] == 1.0


def test_what_a_scene_holds_stays_as_it_is_whatever_a_patch_tries(play):
    for crime in ("scene.tracks.numbers[:, 4:6] -= 0.5", 'scene.layers["zone"] = 5', "scene.embedding[:] = 1"):
        with pytest.raises(UserError, match="piece.py line 2"):
            play(f"def react(scene, p):\n    {crime}\n    yield 5")


def test_a_patch_says_which_classes_it_wants(play):
    people = [track(), track(id=2, slot=1, name="face", part_of=1), track(id=3, slot=2, name="cup")]
    text = "from engine import Osc\n{}def react(scene, p):\n    yield Osc('/n', *(track.id for track in scene.tracks))"
    for line, ids in (("", (1, 3)), ("classes = 'person'\n", (1,)), ("classes = ['face', 'cup']\n", (2, 3))):
        _, go = play(text.format(line))
        assert go(replace(scene(0.1), tracks=scene(tracks=people).tracks))[0] == Osc("/n", *ids)
    with pytest.raises(UserError, match="classes are names"):
        play(text.format("classes = 5\n"))
