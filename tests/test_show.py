"""Whole shows, in virtual time: the demo into a real socket, patches edited while they play, no memory that grows."""

import os
import resource
import signal
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from engine.cues import Say
from engine.osc.decoding import decode
from engine.patch.hot_reload import Patch
from engine.patch.loader import find
from engine.settings import Settings
from engine.show import table
from engine.values import Frame, Track
from engine.vision.inference import Eyes
from engine.vision.networks import open_network
from engine.vision.retry import Retrying
from tests.osc.test_receivers import RECEIVERS, assert_read, free_port
from tests.parts import PATIENCE
from tests.scenes import scene
from tests.virtual_show import Directed, Listener, opened, play, settings_for


class Tiny(nn.Module):
    """Two networks in one class, quick enough to play for weeks."""

    classes, size, stride = ("spot",), 32, 32

    def __init__(self, finds: bool):
        super().__init__()
        self.finds = finds

    def forward(self, x):
        if self.finds:
            light = (x.mean() / 2 + 0.25).expand(1, 1, 1)
            return torch.tensor([[[16.0, 16.0, 8.0, 8.0]]]), light * 1.4
        return {"light": x.clamp(0, 1)}, x.mean((1, 2, 3))[:, None]


@pytest.fixture(scope="module")
def tiny():
    return Eyes(Tiny(True), Tiny(False), "cpu")


def test_a_network_that_fails_on_stage_is_told_and_sees_again(tiny, tmp_path, listener, monkeypatch):
    (tmp_path / "mine.py").write_text(
        "from engine import Osc\ndef react(scene, p): yield Osc('/mine', int(scene.stale))")
    eyes, notices = Retrying(tiny), []
    eyes(Frame(np.zeros((480, 640, 3), np.uint8), 0, 0.0))
    with opened(eyes, tmp_path / "mine.py", settings_for(listener, frames=90)) as (rig, _, play_it):
        rig.eyes = eyes
        rig.source = Directed(rig.source, listener, {
            10: lambda: monkeypatch.setattr(tiny, "read", lambda *_: 1 / 0),
            30: lambda: (notices.extend(rig.status().notices), monkeypatch.undo())})
        play_it()
        assert rig.status().notices == ()
    listener.drain()
    stale = [arguments[0] for _, arguments in listener.messages("/mine")]
    assert "ZeroDivisionError" in notices[0] and len(notices) == 1
    assert len(stale) == 90 and stale.index(1) == 10 and 20 <= sum(stale) < 70 and stale[-1] == 0


def test_a_patch_edited_on_stage_never_costs_a_frame(tiny, tmp_path, listener):
    path = tmp_path / "mine.py"
    saves = iter(range(1, 10))

    def save(text):
        path.write_text(text)
        stamp = next(saves)
        os.utime(path, (stamp, stamp))

    def version(number):
        return f"from engine.values import Osc\ndef react(scene, p):\n    yield Osc('/version', {number}, scene.index)"

    save(version(1))
    late = version(4) + "\n    if scene.index == 75: 1 / 0"
    patch = play(tiny, path, listener, {
        10: lambda: save(version(2)),
        20: lambda: save("def react(scene, p"),
        30: lambda: save("def react(scene, p):\n    yield 1 / 0"),
        40: lambda: save("while True: pass"),
        50: lambda: path.unlink(),
        60: lambda: save(version(3)),
        70: lambda: save(late),
    }, frames=90)
    frames = [arguments[0] for _, arguments in listener.messages("/frame")]
    assert sorted(set(frames)) == list(range(90))
    played = {index: number for _, (number, index) in listener.messages("/version")}
    expected = {index: 1 if index < 10 else 2 if index < 60 else 3 if index < 70 or index > 75 else 4
                for index in range(90)}
    del expected[75]
    assert played == expected
    assert "line 4: ZeroDivisionError" in patch.error


def test_changes_over_osc_turn_the_running_patch(tiny, tmp_path, listener):
    from pythonosc.udp_client import SimpleUDPClient

    path = tmp_path / "mine.py"
    path.write_text("from engine import Osc, Param\nspeed = Param(1, 0, 10)\n"
                    "def react(scene, p):\n    yield Osc('/speed', p.speed)")
    (tmp_path / "other.py").write_text("from engine.values import Osc\ndef react(scene, p):\n    yield Osc('/other')")
    with opened(tiny, path, settings_for(listener, frames=60)) as (rig, _, play_it):
        client = SimpleUDPClient("127.0.0.1", rig.osc_in.inlet.getsockname()[1])
        rig.source = Directed(rig.source, listener, {
            10: lambda: client.send_message("/param/speed", 4.0),
            20: lambda: client.send_message("/param/speed", 400.0),
            30: lambda: client.send_message("/param/speed", "fast"),
            40: lambda: client.send_message("/patch", "other"),
        })
        play_it()
        assert rig.status().answers == ("patch/speed wants a finite number, found 'fast'",)
    listener.drain()
    speeds = [arguments[0] for _, arguments in listener.messages("/speed")]
    assert speeds == [1.0] * 10 + [4.0] * 10 + [10.0] * 20
    assert len(listener.messages("/other")) == 20


def test_frame_after_frame_keeps_its_memory(tiny, listener):
    """6,000 frames through the whole loop; after the first 2,000 a frame may leave 512 bytes of memory behind."""
    sizes = {}

    def measure(count):
        with open("/proc/self/statm") as file:
            sizes[count] = int(file.read().split()[1]) * resource.getpagesize()
        listener.packets.clear()

    if not os.path.exists("/proc/self/statm"):
        pytest.skip("no /proc on this system")
    measured = {count: partial(measure, count) for count in range(1000, 6001, 1000)}
    play(tiny, find("constellation"), listener, measured, frames=6001)
    assert len(sizes) == 6 and sizes[6000] - sizes[2000] < 512 * 4000


class EverySecond:
    """A source of which every second frame is seen."""

    def __init__(self, source):
        self.source = source

    def __getattr__(self, name):
        return getattr(self.source, name)

    def newer(self, than, timeout):
        self.source.newer(than, timeout)
        return self.source.newer(than, timeout)


@pytest.fixture(scope="module")
def demo():
    """Half a minute of the demo, in which each thing leaves, through what ships and the wire, at 30 a second."""
    eyes, listener = Eyes(open_network("detector"), open_network("features"), "cpu"), Listener()
    with opened(eyes, find("hello"), settings_for(listener, source="demo", frames=915)) as (rig, _, play_it):
        rig.source = Directed(EverySecond(rig.source), listener, {})
        play_it()
    listener.drain()
    listener.socket.close()
    return listener, eyes.detector.classes


def test_person_cat_and_cup_enter_and_leave_with_steady_ids(demo):
    listener, classes = demo
    entered = [classes[arguments[2]] for _, arguments in listener.messages("/object/enter")]
    left = [classes[arguments[2]] for _, arguments in listener.messages("/object/leave")]
    assert {"person", "cat", "cup"} <= set(entered) and {"person", "cat", "cup"} <= set(left)
    ids = [arguments[0] for _, arguments in listener.messages("/object/enter")]
    assert ids == sorted(set(ids))
    for word in ("person", "cat", "cup"):
        lives = {}
        for _, (id, _, label, *rest) in listener.messages("/object/update"):
            if classes[label] == word:
                lives[id] = rest[-1]
        assert max(lives.values()) > 4.0, f"no {word} stayed for four seconds"
    assert len(ids) <= 20, f"{len(ids)} objects entered: ghosts"


def test_two_people_come_side_by_side_and_a_piece_for_pairs_plays_on_them(demo):
    listener, classes = demo
    between = Patch(find("between"), scene(), table(Settings(), classes))
    frames, sung, pairs = {}, [], set()
    for datagram in listener.datagrams:
        frames.setdefault(dict(datagram)["/frame"][0], []).extend(datagram)
    for index, messages in list(frames.items())[855:914]:  # from 28.5 s on
        seen = [rest for address, rest in messages if address in ("/object/enter", "/object/update")]
        tracks = [Track(id, slot, label, classes[label], *rest) for id, slot, label, *rest in seen]
        pairs.add(frozenset(track.id for track in tracks if track.name == "person"))
        sung += [cue for cue in between.cues(between.see(scene(index / 60, index, tracks))) if isinstance(cue, Say)]
    assert len(pairs) == 1 and len(pairs.pop()) == 2, "not two people, or not the same two"
    assert len(sung) == 59 and all(33 + 24 * 0.3 < say.pitch < 33 + 24 * 0.6 for say in sung)


def test_every_message_is_plain_and_the_last_says_goodbye(demo):
    listener, classes = demo
    assert max(map(len, listener.packets)) <= 1432
    for datagram in listener.datagrams:
        for _, arguments in datagram:
            assert all(type(argument) in (int, float, str) for argument in arguments)
    assert [address for address, _ in listener.datagrams[0][:3]] == ["/frame", "/stale", "/alive"]
    assert {classes[number] for number in range(24)} == {
        arguments[0] for address, arguments in sum(listener.datagrams, []) if address.startswith("/class/")}
    assert dict(listener.datagrams[-1])["/alive"] == [] and dict(listener.datagrams[-1])["/stale"] == [1]


@RECEIVERS
def test_real_receivers_read_the_demo(demo, start, words, tmp_path):
    listener, _ = demo
    with start(free_port(), tmp_path) as program:
        for packet in listener.packets[::100] + listener.packets[-2:]:
            assert_read(program, words, packet)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_a_terminated_show_says_goodbye(listener, ending, room):
    with subprocess.Popen(
            [sys.executable, "-m", "engine", "--headless", "--source", "crowd:3", "--osc", f"127.0.0.1:{listener.port}",
             "--rig", room],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as show:
        try:
            listener.socket.settimeout(PATIENCE)
            while not any(address == "/object/update" for address, _ in decode(listener.socket.recv(65536))):
                pass
            show.send_signal(ending)
            said, _ = show.communicate(timeout=PATIENCE)
        finally:
            show.kill()
    listener.drain(0.2)
    assert show.returncode == 0 and "Traceback" not in said and "fps" in said
    assert dict(listener.datagrams[-1])["/alive"] == [] and listener.messages("/object/leave")
