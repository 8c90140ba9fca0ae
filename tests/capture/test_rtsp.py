"""A real RTSP server, by GStreamer, as a source: it plays, dies, comes back; a password that is wrong is said."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.capture.sources import open_source
from tests.footage import level, wait_for
from tests.osc.programs import free_port
from tests.parts import lack, need

PYTHON = "/usr/bin/python3"  # Debian's own, which alone has its packages
SERVER = Path(__file__).with_name("rtsp_server.py")


@pytest.fixture(autouse=True)
def gstreamer():
    """Skip, or fail in CI, without GStreamer's server."""
    wants = "import gi; gi.require_version('GstRtspServer', '1.0')"
    there = Path(PYTHON).exists() and subprocess.run([PYTHON, "-c", wants], capture_output=True).returncode == 0
    lack([] if there else ["gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good python3-gi (Debian)"])


@contextmanager
def serving(*words: str | Path) -> Iterator[subprocess.Popen]:
    with subprocess.Popen([PYTHON, SERVER, *words], stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout.readline() == b"ready\n"
            yield server
        finally:
            server.kill()


@pytest.fixture
def certificate(tmp_path) -> Path:
    """A certificate that nobody has signed, and its key, as cameras have one."""
    need("openssl")
    path = tmp_path / "camera.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=camera",
                    "-keyout", path, "-out", tmp_path / "bare.pem"], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + (tmp_path / "bare.pem").read_bytes())
    return path


def grey(frame) -> bool:
    return not frame.stale and frame.pixels.shape == (48, 64, 3) and abs(level(frame) - 100) < 6


@pytest.mark.parametrize("scheme", ["rtsp", "RTSP"])
def test_it_plays_dies_and_comes_back(scheme):
    port = str(free_port(socket.SOCK_STREAM))
    with serving(port) as server:
        source = open_source(f"{scheme}://127.0.0.1:{port}/live")
        try:
            frame = wait_for(source, grey)
            frame = wait_for(source, grey, frame.index + 5)
            server.kill()
            frame = wait_for(source, lambda frame: frame.stale and "gives no pictures (it" in source.notice,
                             frame.index)
            with serving(port):
                wait_for(source, grey, frame.index)
                assert source.notice == ""
        finally:
            source.close()


@pytest.mark.parametrize("secured", [False, True])
@pytest.mark.parametrize("keys, told", [
    ("", "it wants a user and a password, or others"), ("me:wrong@", "it wants a user and a password, or others"),
    ("me:secret@", "")])
def test_a_password_that_is_missing_or_wrong_is_said(secured, keys, told, request):
    port = str(free_port(socket.SOCK_STREAM))
    words = [request.getfixturevalue("certificate")] if secured else []
    with serving(port, "me:secret", *words):
        source = open_source(f"{'rtsps' if secured else 'rtsp'}://{keys}127.0.0.1:{port}/live")
        try:
            wait_for(source, (lambda frame: told in source.notice) if told else grey)
            assert "secret" not in source.notice and "wrong" not in source.notice
        finally:
            source.close()
