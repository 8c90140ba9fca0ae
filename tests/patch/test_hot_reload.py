"""Patches: auditions, hot reload in front of a running show, and every shipped one."""

import os
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import UserError
from engine.patch import loader as patches
from engine.patch.hot_reload import PROVEN, Patch
from engine.patch.loader import find, shipped
from engine.values import Change, Control, Note, Osc, Say
from tests.scenes import scene, track

GOOD = '''"""Counts."""
from engine.parameters import Param
from engine.values import Osc
speed = Param(0.5, 0, 1)
def react(scene, p):
    yield Osc("/version", {version}, p.speed)
'''


class File:
    """A patch file whose every save is seen, however fast the saves follow."""

    def __init__(self, path):
        self.path, self.saves = path, 0

    def save(self, text):
        self.path.write_text(text, encoding="utf-8", errors="surrogatepass")
        self.saves += 1
        os.utime(self.path, (self.saves, self.saves))


@pytest.fixture
def file(tmp_path):
    file = File(tmp_path / "piece.py")
    file.save(GOOD.format(version=1))
    return file


def play(patch, **given):
    patch.reload_if_saved(scene(**given))
    return patch.react(scene(**given))


def test_a_good_edit_swaps_in_and_keeps_the_knobs(file):
    patch = Patch(file.path, scene())
    patch.turn(Change("param/speed", 0.75, "osc"), scene())
    assert play(patch) == (Osc("/version", 1, 0.75),)
    file.save(GOOD.format(version=2))
    assert play(patch) == (Osc("/version", 2, 0.75),)
    assert patch.error == ""


@pytest.mark.parametrize("text, said", [
    ("def react(scene, p)\n    yield 1", "piece.py line 1: SyntaxError"),
    ("import nothing_of_this_name", "piece.py line 1: ModuleNotFoundError"),
    ("1 / 0", "piece.py line 1: ZeroDivisionError: division by zero"),
    ("raise SystemExit", "piece.py line 1: SystemExit"),
    ("", "piece.py has no react"),
    ("react = 5", "piece.py has no react"),
    ("def react(scene, p):\n    yield scene.moon", "piece.py line 2: AttributeError"),
    ("def react(scene, p):\n    return 5", "TypeError"),
    ("def react(scene, p):\n    yield 'loud'", "react yields cues (Osc, Note, Control, Say), found 'loud'"),
    ("def react(scene):\n    yield", "TypeError"),
    ("from engine.values import Osc\ndef react(scene, p):\n    yield Osc('no slash')", "piece.py line 3: an osc address"),
    ("from engine.values import Osc\ndef react(scene, p):\n    yield Osc('/größe')", "found '/größe': rename it"),
    ("from engine.values import Osc\ndef react(scene, p):\n    yield Osc('/x', [1])", "found [1]: spread lists with *"),
    ("from engine.parameters import Param\nx = Param(5)\ndef react(scene, p): pass", "piece.py line 2: a param wants low"),
    ("from engine.values import Note\ndef react(scene, p):\n    while True:\n        yield Note(60)", "endless"),
])
def test_a_bad_edit_leaves_the_old_patch_playing(file, text, said):
    patch = Patch(file.path, scene())
    file.save(text)
    assert play(patch) == (Osc("/version", 1, 0.5),)
    assert said in patch.error and "\n" not in patch.error
    file.save(GOOD.format(version=3))
    assert play(patch) == (Osc("/version", 3, 0.5),)
    assert patch.error == ""


@pytest.mark.parametrize("text", ["while True: pass", "def react(scene, p):\n    while True: pass"])
def test_a_patch_that_hangs_is_stopped(file, text, monkeypatch):
    monkeypatch.setattr(patches, "PATIENCE", 0.05)
    patch = Patch(file.path, scene())
    file.save(text)
    assert play(patch) == (Osc("/version", 1, 0.5),)
    assert "took longer than 0.05 s" in patch.error


def test_a_deleted_file_plays_on(file):
    patch = Patch(file.path, scene())
    file.path.unlink()
    assert play(patch) == (Osc("/version", 1, 0.5),)
    assert "is gone" in patch.error
    file.save(GOOD.format(version=4))
    assert play(patch) == (Osc("/version", 4, 0.5),)


def test_an_edit_that_raises_later_gives_way_to_the_one_before(file):
    patch = Patch(file.path, scene())
    file.save("from engine.values import Osc\ndef react(scene, p):\n    yield Osc('/age', 1 / (scene.index - 7))")
    assert play(patch, index=6) == (Osc("/age", -1.0),)
    assert play(patch, index=7) == ()
    assert "line 3: ZeroDivisionError" in patch.error
    assert play(patch, index=8) == (Osc("/version", 1, 0.5),)


def test_an_edit_that_has_proven_itself_stays_after_a_raise(file):
    patch = Patch(file.path, scene())
    file.save("from engine.values import Osc\ndef react(scene, p):\n    yield Osc('/age', 1 / (scene.index - 1))")
    for _ in range(PROVEN):
        assert play(patch) == (Osc("/age", -1.0),)
    assert play(patch, index=1) == ()
    assert "ZeroDivisionError" in patch.error
    for _ in range(PROVEN):
        assert play(patch) == (Osc("/age", -1.0),)
    assert patch.error == ""


def test_a_first_patch_that_raises_does_not_start(file):
    file.save("def react(scene, p):\n    yield 1 / 0")
    with pytest.raises(UserError, match="piece.py line 2: ZeroDivisionError"):
        Patch(file.path, scene())


def test_choosing_another_patch(file):
    (file.path.parent / "other.py").write_text(GOOD.format(version=9))
    patch = Patch(file.path, scene())
    patch.turn(Change("patch", "other", "osc"), scene())
    assert patch.react(scene()) == (Osc("/version", 9, 0.5),)
    patch.turn(Change("patch", "../secret", "osc"), scene())
    assert "no patch '../secret': choose one of breath, choir, constellation, hello, other, piece, tide" in patch.error
    for _ in range(5):
        patch.turn(Change("patch", 1, "keys"), scene())
    assert patch.name == "constellation"


def test_other_files_of_the_folder_are_left_alone_and_ones_own_piece_is_found_again(file):
    (file.path.parent / "network.py").write_text("raise SystemExit('this is no piece, and nobody runs it')")
    (file.path.parent / "zebra.py").write_text("def react(scene, p):\n    yield 1 / 0")
    (file.path.parent / "folder.py").mkdir()
    patch = Patch(file.path, scene())
    patch.turn(Change("patch", "hello", "osc"), scene())
    patch.turn(Change("patch", "piece", "osc"), scene())
    assert (patch.name, patch.error) == ("piece", "")
    heard = []
    for _ in range(8):
        patch.turn(Change("patch", 1, "keys"), scene())
        heard.append((patch.name, bool(patch.error)))
    assert heard == [("tide", False), ("tide", True)] + [
        (name, False) for name in ("breath", "choir", "constellation", "hello", "piece", "tide")]


def test_a_patch_that_plays_already_plays_on(file):
    file.save("from engine.values import Osc\nseen = []\ndef react(scene, p):\n    seen.append(1)\n    yield Osc('/n', len(seen))")
    patch = Patch(file.path, scene())
    for count in range(1, 4):
        patch.turn(Change("patch", "piece", "osc"), scene())
        assert patch.react(scene()) == (Osc("/n", count),)


def test_a_patch_may_hold_what_python_files_hold(file):
    file.path.write_bytes(b"\xef\xbb\xbf" + b"""
from __future__ import annotations
from dataclasses import dataclass
from engine.values import Osc

@dataclass
class Star:
    size: float

def react(scene, p):
    yield Osc("/star", Star(0.5).size)
""")
    assert Patch(file.path, scene()).react(scene()) == (Osc("/star", 0.5),)


def test_a_param_nobody_has_is_told_of_for_a_while(file):
    patch = Patch(file.path, scene())
    patch.turn(Change("param/sped", 1.0, "osc"), scene(time=5.0))
    for time, said in ((5.1, "no param 'sped': piece has speed"), (14.0, "no param 'sped': piece has speed"), (16.0, "")):
        patch.react(scene(time=time))
        assert patch.error == said


def test_the_nth_knob_turns_the_nth_param():
    patch = Patch(find("hello"), scene())
    patch.turn(Change("knob/0", 1.0, "midi"), scene())
    patch.turn(Change("knob/40", 1.0, "midi"), scene())
    patch.turn(Change("param/nothing", 1.0, "osc"), scene())
    assert [knob.value for knob in patch.params.values()] == [72, 2, 0.6]


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
@settings(max_examples=200, deadline=None)
def test_any_text_is_refused_in_one_line(tmp_path_factory, text):
    file = File(tmp_path_factory.mktemp("wild") / "piece.py")
    file.save(text)
    with pytest.raises(UserError) as wrong:
        Patch(file.path, scene())
    assert "\n" not in str(wrong.value) and "piece.py" in str(wrong.value)


def test_every_shipped_patch_reacts_to_a_life():
    visitor = track()
    life = [scene(0.0), scene(0.1, 1, [visitor], [visitor]), scene(0.2, 2, [visitor]), scene(0.3, 3, [], [], [visitor])]
    for name in shipped():
        patch = Patch(find(name), life[0])
        for moment in life:
            patch.react(moment)
            assert patch.error == ""
        assert len(patch.doc) > 100 and all(knob.about for knob in patch.params.values())


def test_hello():
    patch, visitor = Patch(find("hello"), scene()), track(y=1.0, age=0.0)
    assert patch.react(scene(0.1, 1, [visitor], [visitor])) == (
        Note(36, 0.48, 0.6), Osc("/hello", 36, 0.48, "person"), Say(36, 0.74, voice=visitor.slot))
    assert patch.react(scene(0.2, 2, [replace(visitor, age=9.0)])) == ()
    assert patch.react(scene(0.3, 3, [], [], [visitor])) == (Osc("/goodbye", "person"),)


def test_choir_sings_for_each_as_long_as_they_are_there():
    patch = Patch(find("choir"), scene())
    low, high = track(id=1, slot=0, x=0.0, y=1.0, age=9.0), track(id=2, slot=1, x=1.0, y=0.0, w=0.9, h=0.9, age=9.0)
    one, _, two, _ = patch.react(scene(0.1, 1, [low, high], [low, high]))
    assert one == replace(Say(33, 0.0, 0.3, voice=0), loudness=one.loudness, roughness=one.roughness)
    assert one.loudness == pytest.approx(0.55 + 0.5 * (low.w * low.h) ** 0.5)
    assert two.voice == 1 and two.pitch == pytest.approx(33 + 29.15) and two.loudness == 1.0
    assert two.brightness == pytest.approx(0.7)
    assert [cue for cue in patch.react(scene(0.2, 2)) if isinstance(cue, Say)] == []


def test_breath_is_one_tone_without_steps():
    patch, tones = Patch(find("breath"), scene()), []
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
    patch = Patch(find("constellation"), scene())
    one, other = track(id=1, slot=0, x=0.2, age=0.75), track(id=2, slot=1, x=0.45, name="cat", age=9.0)
    cues = patch.react(scene(0.1, 1, [one, other], [one], [track(id=3, slot=2)]))
    assert [cue.address for cue in cues] == ["/star/born", "/star", "/star", "/line", "/star/gone", "/sky"]
    assert cues[1].arguments == pytest.approx((0, 0.2, 0.5, 0.08**0.5, 0.45))
    assert cues[3].arguments == pytest.approx((0, 1, 0.5))
    assert cues[5] == Osc("/sky", 2)


def test_tide_rises_and_falls_between_its_waters():
    patch, levels = Patch(find("tide"), scene()), []
    for index in range(600):
        cues = patch.react(scene(index / 30, index, mean=0.5 + 0.3 * (index // 150 % 2)))
        levels.append(next(cue.arguments[0] for cue in cues if isinstance(cue, Osc) and cue.address == "/tide/conv3"))
        assert all(0 <= cue.value <= 1 for cue in cues if isinstance(cue, Control))
    assert levels[299] > 0.9 and levels[449] < 0.1 and levels[599] > 0.9
    assert max(abs(after - before) for before, after in zip(levels, levels[1:])) < 0.05
