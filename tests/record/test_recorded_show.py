"""A whole show, recorded and replayed as users do it: what a receiver got is what it gets again."""

import subprocess
import sys
import time

import pytest

from engine.__main__ import main, parse
from engine.commands.show import settings_of
from engine.record.journal import NAME
from engine.record.recorder import VIDEO
from tests.ears import Receiver, sent

PATCH = """
import os
import signal
from engine import Osc

played = []

def react(scene, p):
    yield Osc("/mine", scene.time)
    played.append(scene.index)
    if len(played) == 60:
        os.kill(os.getpid(), signal.SIGTERM)
"""


class Ear(Receiver):
    """A receiver that keeps every datagram, and when it came."""

    def while_runs(self, program: subprocess.Popen) -> list[tuple[float, bytes]]:
        """(time, datagram) for all that comes until a program has ended."""
        self.socket.settimeout(0.2)
        heard = []
        while True:
            try:
                heard.append((self.socket.recv(65536), time.monotonic())[::-1])
            except TimeoutError:
                if program.poll() is not None:
                    return heard


def run(*words: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-m", "engine", *words], stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A show of a crowd, live, sixty frames: the folder, what arrived, the ear, the words that began it."""
    place = tmp_path_factory.mktemp("recorded")
    ear, folder, room = Ear(), place / "night", place / "room.toml"
    room.write_text('[control]\nlisten = "none"\n[osc]\nlisten = "127.0.0.1:0"\n[voice]\ndevice = "none"\n')
    (place / "mine.py").write_text(PATCH)
    words = [str(place / "mine.py"), "--source", "crowd:4", "--headless", "--rig", str(room), "--osc",
             f"127.0.0.1:{ear.port}"]
    with run(*words, "--record", str(folder)) as program:
        heard = ear.while_runs(program)
    assert program.returncode == 0
    yield folder, heard, ear, words
    ear.socket.close()


def test_a_receiver_gets_the_same_again(recorded):
    folder, heard, ear, _ = recorded
    with run("replay", str(folder)) as program:
        again = ear.while_runs(program)
    assert len(heard) > 10 and [data for _, data in again] == [data for _, data in heard]


def test_the_picture_plays_through_the_networks_again(recorded):
    folder, _, ear, words = recorded
    assert (folder / NAME).exists() and (folder / VIDEO).exists()
    assert main([*words[:1], "--source", str(folder), *words[3:], "--frames", "3"]) == 0
    assert {number for _, number, *_ in sent(ear.waiting(), "/frame")} == {0, 1, 2}


def test_a_name_that_ends_in_wav_is_the_sound_alone():
    assert settings_of(parse(["--record", "show.wav"])[1]).voice.record == "show.wav"
    assert settings_of(parse(["--record", "show.wav"])[1]).record == ""
    assert settings_of(parse(["--record", "night"])[1]).record == "night"
    assert settings_of(parse(["--record", "night"])[1]).voice.record == ""


def test_a_folder_that_cannot_be_is_said(tmp_path, capsys, room):
    (tmp_path / "file").touch()
    words = ["--source", "crowd:2", "--headless", "--rig", room, "--record", str(tmp_path / "file" / "night")]
    assert main(words) == 2
    assert "cannot record into" in capsys.readouterr().err
