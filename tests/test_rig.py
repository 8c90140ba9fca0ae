"""The rig's own decisions: when a show ends, and what a patch may wish for."""

import contextlib
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.cues import Osc
from engine.draw import DrawCircle
from engine.losses import SHOWN
from engine.parameters import Parameters
from engine.record.picture import PictureRecorder
from engine.rig import Rig
from engine.rig_file import read_rig
from engine.settings import ControlSettings, OscSettings, Settings, TargetSettings, VoiceSettings, WindowSettings
from engine.show import table
from engine.values import Change
from engine.window.displays import GONE
from engine.window.sharing import Sharing
from engine.window.terminal import Terminal
from tests.midi.test_midi import Recorder
from tests.percepts import parameters, percept


def test_who_asks_twice_for_the_end_does_not_wait_for_the_frame():
    rig = Rig(Settings(), Parameters(), ())
    rig.stop()
    with pytest.raises(KeyboardInterrupt):
        rig.stop()


def piece(name: str, **wishes: str) -> SimpleNamespace:
    return SimpleNamespace(name=name, path=Path(f"{name}.py"), wishes=wishes)


def test_wishes_are_granted_once_and_those_that_come_too_late_are_told_of():
    rig = Rig(Settings(), parameters(), ())
    rig.window, rig.takers = SimpleNamespace(show=lambda *_: None, shown=None, ended=False), ()
    rig.control = SimpleNamespace(look=lambda *_, **__: None)
    seen = percept()[0]
    for _ in range(3):
        rig.show(seen, None, piece("one", layer="conv2", features="alexnet"))
    assert rig.parameters.changes(0.0) == (Change("view/layer", "conv2", "patch"),) and rig.notice == ""
    rig.parameters.set("view/layer", "conv3", "keys")
    rig.show(seen, None, piece("one", layer="conv2", features="alexnet"))
    assert rig.parameters["view/layer"] == "conv3", "the performer's choice holds"
    rig.parameters.changes(0.0)
    rig.show(seen, None, piece("two", view="camera", features="vgg16", voice="mine"))
    assert rig.parameters.changes(0.0) == (Change("view/name", "camera", "patch"),)
    assert rig.notice == "two wants features 'vgg16' and voice 'mine': start neocog with it to have that"
    rig.show(seen, None, piece("three", paint="mine"))
    assert rig.notice == "" and rig.parameters["view/painter"] == "mine", "a painter comes while the show goes on"
    rig.show(seen, None, piece("four", tested_on="tested.tar"))
    assert rig.parameters["view/tested_on"] == "tested.tar" and rig.parameters["view/painter"] == "mine"
    rig.show(seen, None, piece("five", detector="auto"))
    assert rig.notice == "", "whatever is best here is what plays"


def test_a_shows_clock_is_the_one_that_is_fine_on_every_system(monkeypatch):
    rig = Rig(Settings(), Parameters(), ())
    monkeypatch.setattr("time.perf_counter", lambda: rig.began + 0.0012345)
    assert rig.room() == pytest.approx(0.0012345)


@pytest.fixture
def rig(tmp_path, monkeypatch):
    """An open rig that records, in its source's own time; closed are those who hand pictures on and are closed."""
    closed = []
    for kind in (PictureRecorder, Sharing):
        monkeypatch.setattr(kind, "close", lambda self: closed.append(self))
    settings = Settings(source="test-card", frames=5, record=str(tmp_path / "night"),
                        window=WindowSettings(headless=True),
                        osc=OscSettings("127.0.0.1:0", (TargetSettings("127.0.0.1:9"),)),
                        voice=VoiceSettings(device="none"),
                        control=ControlSettings("none"))
    with Rig(settings, table(settings, ("person",)), ("person",)) as made:
        made.midi_in.port, made.midi_out.port, made.feedback.port = Recorder(), Recorder(), Recorder()
        made.closed = closed
        yield made


def test_all_that_was_opened_is_closed(rig):
    closed = []
    for port in rig.ports:
        port.close = lambda now, port=port, close=port.close: (closed.append(port), close(now))
    rig.source.reader.close = lambda: closed.append("source")
    rig.__exit__(None, None, None)
    assert closed == [*rig.ports[::-1], "source"]
    assert set(rig.closed) == set(rig.takers) and {type(taker) for taker in rig.takers} == {PictureRecorder, Sharing}
    assert rig.osc_in.inlet.fileno() == rig.osc_out.outlet.sockets[socket.AF_INET].fileno() == -1
    assert not (rig.midi_in.port.here or rig.midi_out.port.here or rig.feedback.port.here)
    assert rig.steering.leaving.is_set() and not rig.recorder.thread.is_alive()


def test_everybodys_troubles_are_told(rig):
    rig.source = SimpleNamespace(notice="the source", dropped=0, stale=False, offline=True)
    rig.notice, rig.osc_in.notice = "the rig", "osc in"
    rig.midi_in.port.notice, rig.midi_out.port.notice, rig.feedback.port.notice = "midi in", "midi out", "feedback"
    rig.recorder.trouble, rig.osc_out.senders[0].trouble = "recorder", "osc out"
    rig.voice.unheard.notice, rig.steering.losses.count = "voice", 2
    rig.parameters.answer("view/name", "table")
    rig.eyes, rig.patch = SimpleNamespace(notices=("eyes",)), SimpleNamespace(notices=("patch",))
    status = rig.status()
    told = " ".join(status.notices + status.answers)
    words = ("the source", "the rig", "osc in", "midi in", "midi out", "feedback", "recorder", "osc out", "voice",
             "table", "eyes", "patch", "2 changes lost")
    assert [word for word in words if word not in told] == []
    rig.tick()
    assert rig.steering.losses.until == rig.now() + SHOWN, "and not for ever"


def test_what_was_lost_is_counted(rig):
    rig.source = SimpleNamespace(notice="", dropped=3, stale=True, offline=True)
    rig.osc_in.malformed, rig.osc_in.unknown = 4, 5
    rig.voice.player = SimpleNamespace(underruns=6, notice="", look=lambda now: None, close=lambda: None)
    status = rig.status()
    assert (status.dropped, status.malformed, status.underruns) == (3, 9, 6) and status.stale and status.recording
    rig.recorder.trouble = "the disk is full"
    assert not rig.status().recording


def test_a_frame_leaves_through_every_port_and_what_is_drawn_goes_to_the_window(rig):
    sent, drawn, shown = [], [], []
    for port in rig.ports:
        port.send, port.tick = lambda *given: sent.append(given), lambda now: sent.append(now)
    rig.window = SimpleNamespace(draw=drawn.append, show=lambda *given: shown.append(given), shown="picture",
                                 ended=False, trouble="")
    rig.takers = SimpleNamespace(send=lambda *given: shown.append(given), notices=()),
    rig.recorder.see = lambda frame: shown.append(frame)
    rig.control.look = lambda now, audience, camera: shown.append((audience, camera()))
    seen, scene = percept(time=2.5)
    cues = Osc("/a"), DrawCircle(0.5, 0.5, 0.1)
    rig.send(scene, cues)
    assert sent == [(scene, cues, rig.told, 2.5)] * len(rig.ports) and drawn == [cues[1:]]
    rig.tick()
    assert sent[len(rig.ports):] == [2.5] * len(rig.ports)
    rig.show(seen, scene, piece("one"))
    assert shown == [seen.frame, (seen, scene, rig.patch, rig.told), ("picture", 2.5), ("picture", seen.frame.pixels)]
    assert rig.patch.name == "one"
    assert rig.parameters.entries["view/layer"].choices == tuple(seen.maps)


def test_where_the_screen_has_ended_the_terminal_takes_its_place_and_it_is_told(rig):
    rig.window = SimpleNamespace(ended=True)
    rig.show(*percept(), SimpleNamespace(path=Path("one.py"), wishes={}, notices=()))
    assert isinstance(rig.window, Terminal) and GONE in rig.status().notices


def test_who_asks_a_third_time_ends_the_program_there_and_then(monkeypatch):
    ended, rig = [], Rig(Settings(), Parameters(), ())
    monkeypatch.setattr("os._exit", ended.append)
    for _ in range(3):
        with contextlib.suppress(KeyboardInterrupt):
            rig.stop()
    assert ended[:1] == [130]


def test_another_rig_with_the_same_target_is_told_so_at_its_start(rig):
    with Rig(rig.settings, table(rig.settings, ("person",)), ("person",)) as other:
        assert any("127.0.0.1:9" in notice for notice in other.status().notices)


def test_how_the_projection_was_pulled_is_in_the_rig_file_after_the_show(tmp_path):
    file = tmp_path / "room.toml"
    file.write_text("# our room\n")
    settings = Settings(source="test-card", frames=5, rig=str(file), window=WindowSettings(headless=True),
                        osc=OscSettings("127.0.0.1:0", ()), voice=VoiceSettings(device="none"),
                        control=ControlSettings("none"))
    with Rig(settings, table(settings, ("person",)), ("person",)) as rig:
        rig.parameters.set("projection/mask", 0.25, "keys")
    assert read_rig(str(file)).parameters["projection/mask"] == 0.25


def test_the_frame_rate_is_that_of_the_frames_that_left(rig):
    for time in (1.0, 1.5):
        rig.send(percept(time=time)[1], ())
    assert rig.status().fps == pytest.approx(2.0)
