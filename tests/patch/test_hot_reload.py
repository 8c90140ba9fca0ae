"""Patches: auditions, and hot reload in front of a running show."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cues import Osc
from engine.errors import UserError
from engine.parameters import Parameters
from engine.patch import folder, hot_reload
from engine.patch import loader as patches
from engine.patch.hot_reload import FAILURES, HANGS, PROVEN, Patch
from engine.patch.loader import shipped
from tests.scenes import scene


def table() -> Parameters:
    made = Parameters()
    made.choice("show/patch", "", (), "the patch that plays")
    made.choice("view/parameter", "", (), "what keys turn")
    return made


GOOD = '''"""Counts."""
from engine import Osc, Param
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
    patch = Patch(file.path, scene(), table())
    patch.parameters.set("patch/speed", 0.75, "osc")
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
    ("def react(scene, p):\n    yield 'loud'",
     "react yields cues (Osc, Note, Control, Say, DrawLine, DrawCircle, DrawText), found a str"),
    ("def react(scene):\n    yield", "TypeError"),
    ("from engine.values import Osc\ndef react(scene, p):\n    yield Osc('no slash')",
     "piece.py line 3: an osc address"),
    ("from engine.values import Osc\ndef react(scene, p):\n    yield Osc('/größe')", "found '/größe': rename it"),
    ("from engine.values import Osc\ndef react(scene, p):\n    yield Osc('/x', [1])", "found [1]: spread lists with *"),
    ("from engine import Param\nx = Param(5)\ndef react(scene, p): pass", "piece.py line 2: a param wants low"),
    ("from engine import Note\ndef react(scene, p):\n    while True:\n        yield Note(60)", "endless"),
])
def test_a_bad_edit_leaves_the_old_patch_playing(file, text, said):
    patch = Patch(file.path, scene(), table())
    file.save(text)
    assert play(patch) == (Osc("/version", 1, 0.5),)
    assert said in patch.error and "\n" not in patch.error
    file.save(GOOD.format(version=3))
    assert play(patch) == (Osc("/version", 3, 0.5),)
    assert patch.error == ""


@pytest.mark.parametrize("text", ["while True: pass", "def react(scene, p):\n    while True: pass"])
def test_a_patch_that_hangs_is_stopped(file, text, monkeypatch):
    monkeypatch.setattr(patches, "PATIENCE", 0.1)
    patch = Patch(file.path, scene(), table())
    file.save(text)
    assert play(patch) == (Osc("/version", 1, 0.5),)
    assert "took longer than 0.1 s" in patch.error


def test_a_deleted_file_plays_on(file):
    patch = Patch(file.path, scene(), table())
    file.path.unlink()
    assert play(patch) == (Osc("/version", 1, 0.5),)
    assert "is gone" in patch.error
    file.save(GOOD.format(version=4))
    assert play(patch) == (Osc("/version", 4, 0.5),)


def test_an_edit_that_raises_later_gives_way_to_the_one_before(file):
    patch = Patch(file.path, scene(), table())
    file.save("from engine.values import Osc\ndef react(scene, p):\n    yield Osc('/age', 1 / (scene.index - 7))")
    assert play(patch, index=6) == (Osc("/age", -1.0),)
    assert play(patch, index=7) == ()
    assert "line 3: ZeroDivisionError" in patch.error
    assert play(patch, index=8) == (Osc("/version", 1, 0.5),)


def test_an_edit_that_has_proven_itself_stays_after_a_raise(file):
    patch = Patch(file.path, scene(), table())
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
        Patch(file.path, scene(), table())


def test_choosing_another_patch(file):
    (file.path.parent / "other.py").write_text(GOOD.format(version=9))
    patch = Patch(file.path, scene(), table())
    order = sorted([*shipped(), "other", "piece"])
    assert patch.parameters.entries["show/patch"].choices == tuple(order)
    patch.choose("other", scene())
    assert patch.react(scene()) == (Osc("/version", 9, 0.5),) and patch.parameters["show/patch"] == "other"
    patch.choose("../secret", scene())
    assert patch.name == "other"
    for _ in range(7):
        patch.step(1, scene())
    assert patch.name == order[(order.index("other") + 7) % len(order)]


def test_other_files_of_the_folder_are_left_alone_and_ones_own_piece_is_found_again(file):
    (file.path.parent / "network.py").write_text("raise SystemExit('react: nobody runs this')")
    (file.path.parent / "zebra.py").write_text("def react(scene, p):\n    yield 1 / 0")
    (file.path.parent / "folder.py").mkdir()
    patch = Patch(file.path, scene(), table())
    patch.choose("hello", scene())
    patch.choose("piece", scene())
    assert (patch.name, patch.error) == ("piece", "")
    heard = []
    order = sorted([*shipped(), "piece"])
    after = order[order.index("piece") + 1 :]
    for _ in range(len(order) + 1):
        patch.step(1, scene())
        heard.append((patch.name, bool(patch.parameters.notices)))
        patch.parameters.changes(1000.0 * len(heard))
    expected = [*((name, False) for name in after), (after[-1], True), *((name, False) for name in order)]
    assert heard == expected[:len(heard)]


def test_patches_that_come_and_go_are_offered_within_a_second(file):
    patch = Patch(file.path, scene(), table())
    (file.path.parent / "new.py").write_text(GOOD.format(version=9))
    for time, offered in ((0.5, False), (1.0, True)):
        patch.reload_if_saved(scene(time=time))
        assert ("new" in patch.parameters.entries["show/patch"].choices) == offered


def test_naming_the_patch_that_plays_reads_no_file(file, monkeypatch):
    patch = Patch(file.path, scene(), table())
    monkeypatch.setattr(hot_reload, "load", lambda *_, **__: pytest.fail("read again"))
    monkeypatch.setattr(folder, "names", lambda folder: pytest.fail("looked at the folder again"))
    for _ in range(1000):
        patch.choose("piece", scene())
        patch.reload_if_saved(scene())


def test_every_patch_remembers_its_own_values(file):
    (file.path.parent / "other.py").write_text(GOOD.format(version=9))
    patch = Patch(file.path, scene(), table())
    for name, value in (("piece", 0.25), ("other", 0.75)):
        patch.choose(name, scene())
        assert patch.parameters["patch/speed"] == 0.5
        patch.parameters.set("patch/speed", value, "osc")
    for name, version, value in (("piece", 1, 0.25), ("other", 9, 0.75)):
        patch.choose(name, scene())
        assert patch.react(scene()) == (Osc("/version", version, value),)


def test_a_patch_that_plays_already_plays_on(file):
    file.save("from engine.values import Osc\nseen = []\ndef react(scene, p):\n    seen.append(1)\n"
              "    yield Osc('/n', len(seen))")
    patch = Patch(file.path, scene(), table())
    for count in range(1, 4):
        patch.choose("piece", scene())
        assert patch.react(scene()) == (Osc("/n", count),)


def test_a_patch_may_hold_what_python_files_hold(file):
    file.path.write_bytes(b"\xef\xbb\xbf" + b"""
from __future__ import annotations
from dataclasses import dataclass
from engine.cues import Osc

@dataclass
class Star:
    size: float

def react(scene, p):
    yield Osc("/star", Star(0.5).size)
""")
    assert Patch(file.path, scene(), table()).react(scene()) == (Osc("/star", 0.5),)


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
@settings(max_examples=200, deadline=None)
def test_any_text_is_refused_in_one_line(tmp_path_factory, text):
    file = File(tmp_path_factory.mktemp("wild") / "piece.py")
    file.save(text)
    with pytest.raises(UserError) as wrong:
        Patch(file.path, scene(), table())
    assert "\n" not in str(wrong.value) and "piece.py" in str(wrong.value)


def test_a_file_is_run_once_and_an_audition_leaves_no_trace_in_what_it_holds(file):
    file.save('''
from pathlib import Path
from engine import Osc
Path(__file__).with_suffix(".log").open("a").write("run ")
seen, deep, twin = [], {"of": [0]}, None
def react(scene, p):
    global twin, late
    twin, late = 1, 2
    seen.append(1)
    deep["of"][0] += 1
    yield Osc("/seen", len(seen), deep["of"][0], twin)
''')
    patch = Patch(file.path, scene(), table())
    assert "late" not in vars(patch.loaded.module)
    assert patch.react(scene()) == (Osc("/seen", 1, 1, 1),)
    assert file.path.with_suffix(".log").read_text() == "run "


HOOKED = '''
from pathlib import Path
from engine import Osc
held = None
def say(word):
    with Path(__file__).with_name("log.txt").open("a") as log: log.write(word + "{version} ")
def opened():
    global held
    held = 1
    say("opened")
def closed():
    say("closed")
def react(scene, p):
    yield Osc("/held", held / {version})
'''


def test_hooks_are_called_when_a_version_comes_and_goes(file):
    log = file.path.with_name("log.txt")
    file.save(HOOKED.format(version=1))
    patch = Patch(file.path, scene(), table())
    assert patch.react(scene()) == (Osc("/held", 1.0),) and log.read_text() == "opened1 "
    file.save(HOOKED.format(version=2))
    assert play(patch) == (Osc("/held", 0.5),) and log.read_text() == "opened1 closed1 opened2 "
    file.save(HOOKED.format(version=0))
    assert play(patch) == (Osc("/held", 0.5),), "what fails its audition is closed, the one before open again"
    assert log.read_text() == "opened1 closed1 opened2 closed2 opened0 closed0 opened2 "
    patch.close()
    assert log.read_text().endswith("opened2 closed2 ")


def test_modules_beside_a_patch_import_and_reload_with_it(file):
    helper = File(file.path.with_name("my_scale.py"))
    helper.save("NOTE = 1")
    file.save("from engine import Osc\nimport my_scale\ndef react(scene, p):\n    yield Osc('/note', my_scale.NOTE)")
    patch = Patch(file.path, scene(), table())
    assert play(patch) == (Osc("/note", 1),)
    helper.save("NOTE = 2")
    assert play(patch) == (Osc("/note", 2),)
    helper.save("NOTE = ")
    assert play(patch) == (Osc("/note", 2),) and "SyntaxError" in patch.error
    helper.save("NOTE = 3")
    assert play(patch) == (Osc("/note", 3),) and patch.error == ""


@pytest.mark.parametrize("act, said", [
    ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ("raise GeneratorExit", "GeneratorExit"),
    ("raise asyncio.CancelledError", "CancelledError"),
    ("raise Mute", "Mute: it cannot say why"),
    ("sys.exit(3)", "SystemExit: 3"),
    ("print('hello', file=closed)", "ValueError"),
])
def test_nothing_that_a_patch_raises_leaves_its_guard(file, act, said):
    patch = Patch(file.path, scene(), table())
    file.save(f"""
import asyncio, io, sys
from engine import Osc
class Mute(BaseException):
    def __str__(self):
        raise KeyboardInterrupt
closed = io.StringIO()
closed.close()
def react(scene, p):
    if scene.index:
        {act}
    yield Osc("/fine")
""")
    assert play(patch) == (Osc("/fine"),)
    assert play(patch, index=1) == () and said in patch.error
    assert play(patch) == (Osc("/version", 1, 0.5),)


def test_a_version_that_goes_on_failing_gives_way_to_the_last_that_played_well(file):
    patch = Patch(file.path, scene(), table())
    for _ in range(PROVEN):
        patch.react(scene())
    file.save("from engine import Osc\ndef react(scene, p):\n    yield Osc('/age', 1 / (scene.index - 1))")
    for _ in range(PROVEN):
        assert play(patch) == (Osc("/age", -1.0),)
    for frame in range(FAILURES):
        assert patch.react(scene(index=1)) == (), frame
    assert patch.react(scene()) == (Osc("/version", 1, 0.5),)


def test_a_react_that_hangs_again_and_again_is_put_aside_and_told(file, monkeypatch):
    monkeypatch.setattr(patches, "PATIENCE", 0.1)
    file.save("def react(scene, p):\n    while scene.index: pass\n    return ()")
    patch = Patch(file.path, scene(), table())
    for _ in range(HANGS):
        patch.react(scene(index=1))
    monkeypatch.setattr(hot_reload, "cues_of", lambda *_: pytest.fail("asked again"))
    assert patch.react(scene(index=1)) == ()
    assert "put aside until it is saved or chosen again" in patch.error
    monkeypatch.undo()
    file.save(GOOD.format(version=2))
    assert play(patch) == (Osc("/version", 2, 0.5),) and patch.error == ""


def test_what_is_no_file_of_a_patchs_size_is_refused_unread(tmp_path):
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "large.py").write_bytes(b"#" * (patches.LARGEST + 1))
    for name in ("pipe.py", "large.py"):
        with pytest.raises(UserError, match=f"{name} is no patch: wanted a regular file of at most 1 MB"):
            Patch(tmp_path / name, scene(), table())
    assert patches.names(tmp_path) == []


def test_an_edit_of_the_same_size_and_date_is_seen(file):
    patch = Patch(file.path, scene(), table())
    before = file.path.stat()
    file.path.write_text(GOOD.format(version=2))
    os.utime(file.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert play(patch) == (Osc("/version", 2, 0.5),)
