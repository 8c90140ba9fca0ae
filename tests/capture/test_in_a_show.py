"""What a whole show makes of its source: its notices are shown, its losses counted, and it ends when it is to."""

import pytest

from engine.__main__ import main
from tests.footage import write_picture


@pytest.fixture
def played(capsys):
    """What a show without a window prints, of the words that begin it."""
    def play(*words: str, patch: str = "hello") -> str:
        assert main([patch, "--headless", *words]) == 0
        return capsys.readouterr().out

    return play


def test_a_show_ends_after_its_seconds(played, room):
    assert "crowd:2" in played("--source", "crowd:2", "--seconds", "0.5", "--rig", room)


def test_a_sources_notice_is_shown(played, room, tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(b"broken")
    write_picture(tmp_path / "pictures" / "b.png", (50, 50, 50))
    assert "a.png is not a picture that can be read" in played(
        "--source", str(tmp_path / "pictures"), "--frames", "40", "--rig", room)


def test_losses_are_counted_and_told(played, room, tmp_path, receiver):
    """A patch that takes a tenth of a second for each of sixty pictures a second, until two seconds are over."""
    patch = tmp_path / "slow.py"
    patch.write_text("import os, signal, time\n\n\ndef react(scene, p):\n    time.sleep(0.1)\n"
                     "    if scene.index > 120: os.kill(os.getpid(), signal.SIGTERM)\n    return []\n")
    words = ["--source", "crowd:1", "--rig", room, "--osc", f"127.0.0.1:{receiver.port}"]
    played(*words, patch=str(patch))
    told = [message[3] for frame in receiver.waiting() for message in frame if message[0] == "/engine"]
    assert told[-1] >= 5 and told == sorted(told)
