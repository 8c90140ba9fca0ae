"""A whole show, put on in this process as the program does it: what it says, takes and gives back, and how it ends."""

import signal
from dataclasses import replace
from types import SimpleNamespace

import pytest
from torch import nn

from engine import show
from engine.errors import UserError
from engine.settings import ControlSettings, NetworkSettings, OscSettings, TargetSettings, VoiceSettings
from engine.show import run_show
from tests.virtual_show import settings_for
from tests.voices import generator

PIECE = """
import gc, signal
from engine import Osc

def react(scene, p):
    yield Osc("/frozen", gc.get_freeze_count())
    yield Osc("/ends", *(int(callable(signal.getsignal(each))) for each in (signal.SIGTERM, signal.SIGHUP)))

def closed():
    open(__file__ + ".closed", "w").close()
"""


def put_on(listener, tmp_path, piece=PIECE, tell=lambda line: None, **more) -> None:
    """Five frames of a crowd with this patch."""
    (tmp_path / "mine.py").write_text(piece)
    settings = settings_for(listener, "crowd:2", frames=5, patch=str(tmp_path / "mine.py"))
    run_show(replace(settings, **more), tell)
    listener.drain()


def test_it_says_what_it_plays_where_it_is_heard_and_what_is_good_to_know(listener, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("engine.voice.port.voice_of", lambda settings, trial: (generator(), 2))
    targets, told = (TargetSettings(f"127.0.0.1:{listener.port}"), TargetSettings("127.255.255.255:9")), []
    put_on(listener, tmp_path, tell=told.append, control=ControlSettings("127.0.0.1:0"),
           osc=OscSettings("127.0.0.1:0", targets), voice=VoiceSettings(record=str(tmp_path / "show.wav")))
    said = capsys.readouterr().out.splitlines()
    assert said[0] == (f"mine on crowd:2, without networks, osc to 127.0.0.1:{listener.port}, 127.255.255.255:9, "
                       "listening at 127.0.0.1:0")
    assert said[1] == "osc to 127.255.255.255:9 reaches every machine of its network: it is a broadcast address"
    assert said[2].startswith("voice: ") and said[2].endswith(f"into {tmp_path / 'show.wav'}")
    assert said[3].startswith("control page at http://127.0.0.1:")
    assert told[-1] == "", "nothing is left standing in the terminal"


def test_it_takes_the_endings_and_lets_the_garbage_sleep_and_closes_its_patch(listener, tmp_path):
    put_on(listener, tmp_path)
    assert (tmp_path / "mine.py.closed").exists()
    assert all(arguments[0] > 0 for _, arguments in listener.messages("/frozen"))
    assert [arguments for _, arguments in listener.messages("/ends")] == [[1, 1]] * 5


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has none")
def test_under_nohup_it_outlives_its_terminal(listener, tmp_path):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    put_on(listener, tmp_path)
    assert [arguments for _, arguments in listener.messages("/ends")] == [[1, 0]] * 5


def test_a_network_that_fails_is_told_and_ends_no_show(listener, tmp_path, monkeypatch, capsys):
    seeing = show.SimulatedEyes.__call__
    monkeypatch.setattr(show.SimulatedEyes, "__call__",
                        lambda self, frame: 1 / 0 if frame.index == 1 else seeing(self, frame))
    put_on(listener, tmp_path)
    assert "ZeroDivisionError" in capsys.readouterr().out and len(listener.messages("/ends")) == 5


def test_networks_are_those_of_the_rig_then_of_the_patch_then_what_ships(listener, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(show, "best_detector", lambda classes, speed: (f"best for {classes}", ""))
    monkeypatch.setattr(show, "open_network", lambda *words: asked.append(words))
    monkeypatch.setattr(show, "Eyes", lambda *words: 1 / 0)
    wishes = ("", NetworkSettings()), ('detector = "wish.py:net"\n', NetworkSettings(features="rig.py:net"))
    for wish, named in wishes:
        with pytest.raises(ZeroDivisionError):
            put_on(listener, tmp_path, wish + 'classes = "cat"\n' + PIECE, source="test-card", networks=named)
    assert [name for name, _, _ in asked] == ["best for ('cat',)", "features", "wish.py:net", "rig.py:net"]
    assert [(folder, kind) for _, folder, kind in asked] == [(tmp_path, "detector"), (tmp_path, "features")] * 2


def test_only_a_network_in_torch_can_be_asked_for_gradients():
    network = nn.Linear(1, 1)
    for eyes, asked in ((network, network), (object(), None)):
        assert show.plain(SimpleNamespace(features=eyes, device="cpu")) is asked
    assert show.plain(SimpleNamespace()) is None, "a crowd is seen without any"


def test_why_this_detector_is_said_before_it_plays(listener, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(show, "best_detector", lambda classes, speed: ("none", "it is the best here"))
    told = []
    with pytest.raises(UserError, match="no network 'none'"):
        put_on(listener, tmp_path, tell=told.append, source="test-card")
    assert capsys.readouterr().out == "it is the best here\n" and told == ["loading the networks"]


def test_what_is_wrong_with_a_target_is_told_before_any_network_is_loaded(listener, tmp_path):
    with pytest.raises(UserError, match="HOST:PORT"):
        put_on(listener, tmp_path, osc=OscSettings("127.0.0.1:0", (TargetSettings("here"),)), source="test-card",
               networks=NetworkSettings(features="none"))
