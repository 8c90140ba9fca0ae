"""Live: videos in their own time; cameras and streams through every failure."""

import itertools
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler

import cv2
import numpy as np
import pytest

from engine.capture.decoder import film
from engine.capture.live import Live
from engine.capture.sources import open_source
from engine.errors import UserError
from tests.footage import BLACK, Scripted, VirtualTime, level, wait_for, write_film
from tests.http_server import http_server


@pytest.mark.parametrize("kind", [".mp4", ".avi"])
def test_a_video_plays_at_its_own_rate_and_starts_over(tmp_path, kind):
    path = write_film(tmp_path / f"film{kind}", [0, 50, 100, 150, 200], rate=25)
    clock = VirtualTime()
    live = Live("film", partial(film, path), clock, clock.wait)
    frames = list(itertools.islice(live.frames(), 12))
    assert [frame.index for frame in frames] == list(range(12))
    assert [frame.time for frame in frames] == pytest.approx([100 + n / 25 for n in range(12)])
    assert [level(frame) for frame in frames] == [0, 50, 100, 150, 200, 0, 50, 100, 150, 200, 0, 50]
    assert live.rate == 25 and not live.stale


def test_a_video_that_was_held_up_goes_on_without_hurry(tmp_path):
    clock = VirtualTime()
    playing = Live("film", partial(film, write_film(tmp_path / "a.avi", [0] * 9, rate=25)), clock, clock.wait).frames()
    next(playing)
    clock.now += 0.5
    assert [next(playing).time for _ in range(3)] == pytest.approx([100.5, 100.54, 100.58])


def test_a_video_that_is_taken_away_is_waited_for(tmp_path):
    path = tmp_path / "film.avi"
    write_film(path, [50, 50])
    kept = path.read_bytes()
    clock = VirtualTime()
    live = Live("film", partial(film, str(path)), clock, clock.wait)
    playing = live.frames()
    next(playing)
    path.unlink()
    next(playing)

    def put_back(seconds):
        assert live.stale
        assert live.notice.endswith("film.avi cannot be opened: no such file or directory): trying again in 1 s")
        path.write_bytes(kept)

    live.wait = put_back
    assert next(playing).index == 2 and not live.stale


def test_a_lost_camera_is_tried_again_less_and_less_often_and_comes_back():
    clock = VirtualTime()
    first, last = Scripted(BLACK, BLACK), Scripted(BLACK)
    tries = iter([first, *[UserError("it is not plugged in")] * 6, OSError("driver"), last])

    def open_reader():
        step = next(tries)
        if isinstance(step, Exception):
            raise step
        return step

    live = Live("camera 0: C920", open_reader, clock, clock.wait)
    notices = []
    live.wait = lambda seconds: (notices.append(live.notice), clock.wait(seconds))
    frames = [frame for frame in itertools.islice(live.frames(), 3)]
    assert clock.waits == [0.5, 1, 2, 4, 8, 10, 10, 10]
    assert [frame.index for frame in frames] == [0, 1, 2] and first.closed
    assert notices[0] == "camera 0: C920 gives no pictures (it stopped): trying again in 1 s"
    assert notices[3] == "camera 0: C920 gives no pictures (it is not plugged in): trying again in 4 s"
    assert notices[7] == "camera 0: C920 gives no pictures (driver): trying again in 10 s"
    assert not live.stale and live.notice == ""


def test_a_camera_that_hangs_is_stale_after_2_s_though_its_reader_does_not_return():
    clock, more, end = VirtualTime(), threading.Event(), threading.Event()
    reader = Scripted(BLACK + 7, lambda: more.wait() and BLACK + 9, lambda: end.wait() and None)
    live = Live("camera 0: C920", lambda: reader, clock).start()
    first = wait_for(live, lambda frame: True)
    clock.now += 2.0
    assert not live.stale and live.notice == "" and live.newer(first.index, 0) is None
    clock.now += 0.05
    assert live.stale and live.notice == "camera 0: C920 gives no pictures: waiting for it"
    given, seen = [], first.index
    for _ in range(100):  # 5 s
        frame = live.newer(seen, 0)
        if frame is not None:
            given.append(frame)
            seen = frame.index
        clock.now += 0.05
    assert len(given) == pytest.approx(50, abs=1)
    assert [frame.index for frame in given] == list(range(1, len(given) + 1))
    assert all(frame.stale and frame.pixels is first.pixels for frame in given)
    assert all(earlier.time < later.time for earlier, later in zip(given, given[1:]))
    more.set()
    fresh = wait_for(live, lambda frame: not frame.stale, seen)
    assert fresh.pixels.max() == 9 and fresh.index > seen and not live.stale
    live.closing.set()
    end.set()
    live.close()
    assert not live.thread.is_alive()


class Camera127(BaseHTTPRequestHandler):
    """A network camera: Motion JPEG over HTTP, for as long as the server is `on`."""

    def log_message(self, *words):
        pass

    def do_GET(self):
        if not self.server.on.is_set():
            return self.send_error(503)
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        picture = cv2.imencode(".jpg", np.full((48, 64, 3), self.server.level, np.uint8))[1].tobytes()
        part = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture)
        while self.server.on.is_set():
            self.wfile.write(part + picture + b"\r\n")
            time.sleep(0.02)


@pytest.fixture
def network_camera():
    with http_server(Camera127, on=threading.Event(), level=100) as server:
        server.on.set()
        yield server
        server.on.clear()


def test_a_stream_that_dies_keeps_its_last_picture_and_comes_back(network_camera):
    source = open_source(f"http://127.0.0.1:{network_camera.server_port}/live")
    fresh = wait_for(source, lambda frame: frame.index > 3 and not frame.stale)
    assert level(fresh) == 100 and not source.stale and source.notice == ""
    network_camera.on.clear()
    kept = [wait_for(source, lambda frame: frame.stale, fresh.index)]
    for _ in range(3):
        kept.append(wait_for(source, lambda frame: True, kept[-1].index))
    assert all(frame.stale and level(frame) == 100 for frame in kept)
    assert all(later.time - earlier.time > 0.09 for earlier, later in zip(kept, kept[1:]))
    assert source.stale and "gives no pictures (it " in source.notice
    network_camera.level = 200
    network_camera.on.set()
    back = wait_for(source, lambda frame: not frame.stale, kept[-1].index)
    assert level(back) == 200 and back.index > kept[-1].index and not source.stale and source.notice == ""
    source.close()
    assert not source.thread.is_alive()


def test_a_stream_that_is_not_there_yet_is_waited_for_behind_a_dark_picture(network_camera):
    network_camera.on.clear()
    source = open_source(f"http://127.0.0.1:{network_camera.server_port}/live", every_frame=True)
    dark = wait_for(source, lambda frame: frame.stale)
    assert dark.pixels.max() < 32 and "(it answers 5xx " in source.notice
    network_camera.on.set()
    assert level(wait_for(source, lambda frame: not frame.stale, dark.index)) == 100
    source.close()
