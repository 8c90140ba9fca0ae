"""What a whole show makes of its source: its notices are shown, its losses counted, and it ends when it is to."""

import subprocess
import sys

from tests.footage import write_picture


def played(*words: str, patch: str = "hello") -> str:
    """What a show without a window prints; one that has not ended after 100 s has failed."""
    command = [sys.executable, "-m", "engine", patch, "--headless", *words]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_show_ends_after_its_seconds(room):
    assert "crowd:2" in played("--source", "crowd:2", "--seconds", "0.5", "--rig", room)


def test_a_sources_notice_is_shown(room, tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(b"broken")
    write_picture(tmp_path / "pictures" / "b.png", (50, 50, 50))
    assert "a.png is not a picture that can be read" in played(
        "--source", str(tmp_path / "pictures"), "--seconds", "1.5", "--rig", room)


def test_losses_are_counted_and_told(room, tmp_path, receiver):
    """A patch that takes a tenth of a second for each of sixty pictures a second."""
    patch = tmp_path / "slow.py"
    patch.write_text("import time\n\n\ndef react(scene, p):\n    time.sleep(0.1)\n    return []\n")
    words = ["--source", "crowd:1", "--seconds", "1", "--rig", room, "--osc", f"127.0.0.1:{receiver.port}"]
    played(*words, patch=str(patch))
    told = [message[3] for frame in receiver.waiting() for message in frame if message[0] == "/engine"]
    assert told[-1] >= 5 and told == sorted(told)
