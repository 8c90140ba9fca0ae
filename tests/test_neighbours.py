"""Two neocogs on one machine: a target that both send to is told of, and a prefix makes one of two."""

import os
import subprocess
import sys
import types

import pytest

from engine.cues import Control, Note, Osc
from engine.errors import UserError
from engine.midi.output import MidiOut
from engine.neighbours import AGAIN, Neighbours
from engine.osc.encoding import LIMIT, LONGEST
from engine.osc.profiles import PROFILES, Tuio
from engine.osc.targets import Target
from engine.values import EngineStatus
from tests.ears import messages
from tests.parts import PATIENCE
from tests.scenes import scene, track

LEFT, RIGHT = Target("127.0.0.1", 9000), Target("127.0.0.1", 9000, prefix="/right")
OTHERS = Target("127.0.0.1", 9000, "split"), Target("127.0.0.1", 9001), RIGHT
STATUS = EngineStatus(sounds=(1, 0.5))


def neighbours(folder, *targets, **played):
    made = Neighbours(targets, folder=folder, **played)
    made.tick(0.0)
    return made


def test_a_target_of_two_is_told_until_the_other_has_gone(tmp_path):
    one, two = neighbours(tmp_path, LEFT, LEFT), neighbours(tmp_path, LEFT, *OTHERS)
    assert one.notices == ()
    (told,) = two.notices
    assert told.startswith("another neocog on this machine sends to 127.0.0.1:9000 as well")
    one.close(1.0)
    two.tick(AGAIN / 2)
    assert len(two.notices) == 1
    two.tick(AGAIN)
    assert two.notices == () and len(neighbours(tmp_path, LEFT).notices) == 1
    two.close(4.0)


def test_a_channel_of_a_midi_output_that_two_play_is_told(tmp_path):
    channels = {3}
    one = neighbours(tmp_path, playing=lambda: ("Synth 24:0", {2, 3}))
    two = neighbours(tmp_path, playing=lambda: ("Synth 24:0", channels))
    (told,) = two.notices
    assert one.notices == () and "plays channel 4 of midi output 'Synth 24:0' as well" in told
    channels.clear()
    channels.add(4)
    two.tick(AGAIN)
    assert two.notices == () == neighbours(tmp_path, playing=lambda: ("Other", {2})).notices
    one.close(4.0)
    two.close(4.0)


def test_what_is_played_is_the_channels_that_sounded_or_were_turned():
    port = types.SimpleNamespace(here=True, name="Synth", send=lambda *message: None)
    out = MidiOut("", port)
    assert out.playing() == ("Synth", set())
    out.send(scene(), [Note(60, channel=2), Control(7, 0.5, channel=16)], STATUS, 0.0)
    assert out.playing() == ("Synth", {1, 15})
    port.here = False
    assert out.playing() == ("", set())


def test_where_no_file_can_be_written_nobody_is_accused(tmp_path):
    assert neighbours(tmp_path / "none", LEFT).notices == ()


@pytest.mark.parametrize("name", ["neocog", "split"])
@pytest.mark.parametrize("bundle", [True, False])
def test_a_prefix_stands_before_every_address(name, bundle):
    seen = scene(tracks=[track()], born=[track()], gone=[track(id=3)])
    longest = "/" + "c" * (LONGEST - 1)
    plain, named = (PROFILES[name](["person"], bundle=bundle, prefix=prefix) for prefix in ("", "/a/" + "b" * 29))
    said, renamed = (dict.fromkeys(messages(profile(seen, STATUS, [Osc(longest, 1)]))) for profile in (plain, named))
    assert list(renamed) == [(f"/a/{'b' * 29}{address}", *rest) for address, *rest in said]
    assert max(map(len, named(seen, STATUS))) <= LIMIT and named.lost == 0


def test_a_prefix_is_the_name_of_a_source_of_tuio():
    said = messages(Tuio(prefix="/left")(scene(tracks=[track()]), EngineStatus()))
    assert said[0][0] == "/tuio/2Dobj" and said[0][2].startswith("left@")


@pytest.mark.parametrize("prefix, profile, says", [
    ("left", "neocog", "an osc address is a slash"), ("/a b", "split", "an osc address"),
    ("/" + "a" * 32, "tuio", "at most 32"),
    ("/left", "augmenta", "prefix is for the profiles neocog, split and tuio, found it for augmenta"),
])  # fmt: skip
def test_a_prefix_that_cannot_be_is_refused(prefix, profile, says):
    with pytest.raises(UserError, match=says):
        Target("127.0.0.1", profile=profile, prefix=prefix)


def test_two_programs_on_one_machine_are_told_apart(receiver, tmp_path):
    """The second one says that there are two; with a prefix nothing is said, and the receiver knows who is who."""
    (tmp_path / "still.py").write_text("def react(scene, p):\n    return ()\n")
    shows = []

    def start(more: str) -> subprocess.Popen:
        rig = tmp_path / f"{len(shows)}.toml"
        rig.write_text('[osc]\nlisten = "127.0.0.1:0"\n[voice]\ndevice = "none"\n'
                       f'[[osc.target]]\nto = "127.0.0.1:{receiver.port}"\n{more}')
        words = [sys.executable, "-m", "engine", "still.py", "--rig", rig.name, "--source", "crowd:2", "--headless"]
        environment = {**os.environ, "PYTHONPATH": os.getcwd()}
        shows.append(subprocess.Popen(words, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True))
        return shows[-1]

    def until(*words: str) -> None:
        receiver.socket.settimeout(PATIENCE)
        missing = set(words)
        while missing:
            missing -= {message[0] for message in receiver.frame()}

    try:
        start("")
        named = start('prefix = "/right"\n')
        until("/frame", "/right/frame")
        named.terminate()
        assert "another neocog" not in named.communicate(timeout=PATIENCE)[0]
        second = start("")
        assert any(f"another neocog on this machine sends to 127.0.0.1:{receiver.port} as well" in line
                   for line in second.stdout)
    finally:
        for show in shows:
            show.kill()
            show.wait()
            show.stdout.close()
