"""Addresses: which are streams, snapshots that are asked for again, passwords, and sources that are slow by nature."""

import base64
import io
import itertools
import socket
import subprocess
from functools import partial
from http.server import BaseHTTPRequestHandler

import numpy as np
import pytest
from PIL import Image

from engine.capture.decoder import film
from engine.capture.live import SILENCE, Live
from engine.capture.snapshots import SLOWEST, Snapshots
from engine.capture.sources import open_source, plan
from engine.errors import UserError
from engine.settings import CameraSettings
from tests.endurance.streams import camera as mjpeg_camera
from tests.endurance.streams import jpeg, paced
from tests.footage import BLACK, Scripted, VirtualTime, level, wait_for, write_film
from tests.http_server import http_server
from tests.osc.programs import free_port
from tests.parts import PATIENCE, need


class Camera(BaseHTTPRequestHandler):
    """A camera that gives a JPEG each time it is asked by somebody who knows the password."""

    def log_message(self, *words):
        pass

    def do_GET(self):
        if self.headers.get("Authorization") != "Basic " + base64.b64encode(b"me:s p").decode():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            return self.end_headers()
        picture = io.BytesIO()
        Image.new("RGB", (64, 48), (next(self.server.levels),) * 3).save(picture, "JPEG")
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.end_headers()
        self.wfile.write(picture.getvalue())


@pytest.fixture
def camera():
    with http_server(Camera, levels=itertools.cycle([50, 50, 50, 100, 150])) as server:
        yield f"127.0.0.1:{server.server_port}/shot.jpg"


@pytest.mark.parametrize("kind", ["http", "HTTP"])
def test_an_address_of_one_picture_is_asked_again_and_again(camera, kind):
    source = open_source(f"{kind}://me:s%20p@{camera}")
    seen = [wait_for(source, lambda frame: not frame.stale)]
    while len(seen) < 4:
        seen.append(wait_for(source, lambda frame: not frame.stale, seen[-1].index))
    source.close()
    assert {level(frame) for frame in seen} <= {50, 100, 150} and source.name == f"http://{camera}"


def test_a_server_that_answers_only_once_plays():
    def script(asked):
        return paced([jpeg(64, 48, 100, 100)], 20, 0 if asked else 10**6)

    with mjpeg_camera(script) as server:
        source = open_source(f"http://127.0.0.1:{server.server_port}/")
        frame = wait_for(source, lambda frame: not frame.stale)
        wait_for(source, lambda frame: not frame.stale, frame.index + 3)
        source.close()
    assert abs(level(frame) - 100) < 3 and next(server.asked) == 1


def test_what_a_server_answers_instead_of_pictures_is_said():
    with http_server(BaseHTTPRequestHandler) as server:
        source = open_source(f"http://127.0.0.1:{server.server_port}/")
        wait_for(source, lambda frame: "(it answers 5xx server error reply)" in source.notice)
        source.close()


def test_rtmp_without_sound_plays():
    need("ffmpeg")
    address = f"rtmp://127.0.0.1:{free_port(socket.SOCK_STREAM)}/live/x"
    sender = subprocess.Popen(["ffmpeg", "-v", "quiet", "-re", "-f", "lavfi", "-i", "color=0x646464:size=64x48:rate=25",
                               "-c:v", "flv", "-f", "flv", "-listen", "1", address], stdin=subprocess.DEVNULL)
    source = open_source(address)
    try:
        frame = wait_for(source, lambda frame: not frame.stale)
        assert frame.pixels.shape == (48, 64, 3) and abs(level(frame) - 100) < 3
    finally:
        sender.kill()
        sender.wait(PATIENCE)
        source.close()


def test_it_is_asked_less_often_while_nothing_changes():
    pauses = []
    snapshots = Snapshots("", wait=pauses.append)
    answers = iter([b"same"] * 12)

    def fetch():
        answer = next(answers, None)
        if answer is None:
            raise UserError("enough")
        return answer

    snapshots.fetch, snapshots.before = fetch, b"same"
    with pytest.raises(UserError, match="enough"):
        snapshots.read()
    assert pauses == sorted(pauses) and pauses[0] == 0.1 and pauses[-1] == SLOWEST


@pytest.mark.parametrize("user", ["", "me:wrong@"])
def test_a_password_that_is_missing_or_wrong_is_said(camera, user):
    source = open_source(f"http://{user}{camera}")
    wait_for(source, lambda frame: frame.stale)
    wait_for(source, lambda frame: "it wants a user and a password" in source.notice)
    source.close()
    assert "wrong" not in source.notice


@pytest.mark.parametrize("address, name", [
    ("udp://:5000", "udp://:5000"), ("udp://@239.0.0.1:1234", "udp://239.0.0.1:1234"),
    ("rtmp://host/live", "rtmp://host/live"), ("RTSP://Host/Path", "rtsp://host/Path"),
    ("rtsps://me:secret@host/path?token=1", "rtsps://host/path"), ("tcp://host:99", "tcp://host:99"),
    ("SRT://host:9000?passphrase=secret", "srt://host:9000"), ("srt://:9000?mode=listener", "srt://:9000")])
def test_addresses_of_streams(address, name, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda program: program)
    assert plan(address, CameraSettings())[0] == name


@pytest.mark.parametrize("address", ["rist://host:9000", "udp://", "srt://", "rtmp:///live"])
def test_what_is_not_spoken_here_is_said_with_what_is(address):
    with pytest.raises(UserError, match="is no address of a stream.*rtmp, rtmps, rtsp, rtsps, srt, tcp, udp, ndi"):
        open_source(address)


def test_srt_plays_through_ffmpegs_program_and_its_end_is_told():
    need("ffmpeg")
    address = f"srt://127.0.0.1:{free_port()}"
    sender = subprocess.Popen(["ffmpeg", "-v", "quiet", "-re", "-f", "lavfi", "-i", "color=0x646464:size=64x48:rate=25",
                               "-c:v", "mpeg2video", "-f", "mpegts", f"{address}?mode=listener"],
                              stdin=subprocess.DEVNULL)
    source = open_source(address)
    try:
        frame = wait_for(source, lambda frame: not frame.stale)
        assert frame.pixels.shape == (48, 64, 3) and abs(level(frame) - 100) < 3
        frame = wait_for(source, lambda newer: not newer.stale, frame.index + 5)
        program = source.reader.reader.process
        sender.terminate()
        wait_for(source, lambda frame: "gives no pictures (it" in source.notice, frame.index)
    finally:
        sender.kill()
        sender.wait(PATIENCE)
        source.close()
    assert program.returncode is not None


def test_srt_without_ffmpegs_program_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda program: None)
    with pytest.raises(UserError, match="wants the program ffmpeg, and it is not on this machine: install it"):
        open_source("srt://host:9000")


@pytest.mark.parametrize("kind", ["file://", "FILE://"])
def test_an_address_of_a_file_is_the_file(tmp_path, kind):
    path = write_film(tmp_path / "a b.mp4", [50, 100])
    source = open_source(kind + path.replace(" ", "%20"), every_frame=True)
    assert source.name == path and level(source.newer(-1, 0)) == 50


def test_a_source_that_is_slow_by_nature_is_not_dead():
    clock = VirtualTime()

    def after(seconds):
        def picture():
            clock.now += seconds
            return BLACK
        return picture

    live = Live("slow", lambda: Scripted(*[after(6.0)] * 4, after(0.1)), clock, clock.wait)
    playing = live.frames()
    for _ in range(3):
        next(playing)
    clock.now += 6.0
    assert not live.stale and live.notice == ""
    clock.now += 12.1
    assert live.stale
    next(playing)
    next(playing)
    clock.now += SILENCE + 0.1
    assert live.stale, "one long gap is no pace"


def test_a_slow_film_plays_at_its_own_times_and_counts_as_alive(tmp_path):
    path = write_film(tmp_path / "lapse.avi", [0, 50, 100], rate=0.25)
    clock, stale = VirtualTime(), []
    live = Live("lapse", partial(film, path), clock)

    def wait(seconds):
        clock.now += seconds / 2
        stale.append(live.stale)
        clock.now += seconds / 2

    live.wait = wait
    frames = list(itertools.islice(live.frames(), 7))
    assert [frame.time - 100 for frame in frames] == pytest.approx([0, 4, 8, 12, 16, 20, 24])
    assert [frame.moment for frame in frames] == pytest.approx([0, 4, 8, 0, 4, 8, 0]) and not any(stale)
    assert all(frame.source == "lapse" for frame in frames) and isinstance(frames[0].pixels, np.ndarray)
