"""Sources: every kind of address, good and bad; live through failures; the same every time offline."""

import itertools
import subprocess
import sys
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.cameras import Camera, again, cameras, choose, plugged_in
from engine.errors import Wrong
from engine.latest import Latest
from engine.live import Live
from engine.readers import film
from engine.sources import open_source
from engine.values import Frame

BLACK = np.zeros((32, 32, 3), np.uint8)
DEADLINE = 20.0  # seconds that a test waits for another thread before it fails


def write_film(path: Path, levels: list[int], size=(64, 48), rate=25) -> str:
    """A video of evenly grey pictures."""
    code = {".mp4": "mp4v", ".avi": "MJPG"}[path.suffix]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*code), rate, size)
    for level in levels:
        writer.write(np.full((size[1], size[0], 3), level, np.uint8))
    writer.release()
    return str(path)


def write_picture(path: Path, colour: tuple[int, int, int], size=(64, 48)) -> str:
    Image.new("RGB", size, colour).save(path)
    return str(path)


def level(frame: Frame) -> int:
    """How bright a picture is, to the next ten."""
    return int(round(frame.pixels.mean(), -1))


def wait_for(source, wanted, than=-1) -> Frame:
    """The first frame after `than` that is as wanted."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        frame = source.newer(than, 0.05)
        if frame is not None:
            than = frame.index
            if wanted(frame):
                return frame
    raise AssertionError(f"no such frame; {source.notice}")


class Scripted:
    """A reader through which a test decides what comes: pictures, None for the end, or a call."""

    rate, paced = 30.0, False

    def __init__(self, *script):
        self.script = iter(script)
        self.closed = False

    def read(self):
        step = next(self.script, None)
        return step() if callable(step) else step

    def close(self):
        self.closed = True


class VirtualTime:
    """A clock that only waiting moves."""

    def __init__(self):
        self.now = 100.0
        self.waits = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


# the slot between two threads


def test_the_newest_frame_wins_and_lost_ones_are_counted():
    latest = Latest()
    assert latest.newer(-1, 0) is None
    frames = [Frame(BLACK, index, index / 30) for index in range(5)]
    for frame in frames[:3]:
        latest.put(frame)
    assert latest.newer(-1, 0) is frames[2] and latest.dropped == 2
    assert latest.newer(2, 0) is None
    latest.put(frames[3])
    assert latest.newer(2, 0) is frames[3] and latest.dropped == 2
    assert latest.newer(2, 0) is frames[3]
    latest.put(frames[4])
    assert latest.dropped == 2


def test_between_real_threads_every_frame_is_taken_or_counted():
    latest, count, taken = Latest(), 20_000, []

    def produce():
        for index in range(count):
            latest.put(Frame(BLACK, index, 0.0))

    producer = threading.Thread(target=produce)
    producer.start()
    while not taken or taken[-1] < count - 1:
        taken.append(latest.newer(taken[-1] if taken else -1, DEADLINE).index)
    producer.join()
    assert taken == sorted(set(taken))
    assert len(taken) + latest.dropped == count


def test_whoever_waits_is_woken():
    latest = Latest()
    threading.Timer(0.05, latest.put, [Frame(BLACK, 0, 0.0)]).start()
    assert latest.newer(-1, DEADLINE).index == 0


# what can be asked for


@pytest.mark.parametrize("uri, name", [("demo", "demo"), ("pattern", "pattern")])
def test_drawings_by_name(uri, name):
    source = open_source(uri)
    frame = wait_for(source, lambda frame: frame.index > 2)
    source.close()
    assert source.name == name and source.rate == 30 and not source.ended and not source.thread.is_alive()
    assert frame.pixels.shape == (480, 640, 3) and not frame.stale


@pytest.mark.parametrize("nothing", [None, ""])
def test_without_a_camera_nothing_named_means_the_demo(monkeypatch, nothing):
    monkeypatch.setattr("engine.sources.plugged_in", lambda: [])
    source = open_source(nothing, every_frame=True)
    assert source.name == "demo (no camera found)"
    assert source.newer(-1, 0).pixels.shape == (480, 640, 3)


def test_a_camera_that_is_listed_but_does_not_open_is_tried_again_behind_a_dark_picture(monkeypatch):
    monkeypatch.setattr("engine.sources.plugged_in", lambda: [Camera(93, "Loose Cable", "port 1")])
    source = open_source(None, every_frame=True)
    frame = wait_for(source, lambda frame: frame.stale)
    source.close()
    assert frame.pixels.shape == (480, 640, 3) and frame.pixels.max() < 32 and not source.offline
    assert source.notice.startswith("camera 93: Loose Cable gives no pictures (another program uses it, or it does not")


def test_camera_lines_name_their_cameras():
    assert [choose(line, plugged_in()) for line in cameras()] == plugged_in()


DESK = [Camera(0, "HD Pro Webcam C920", "usb1/1-1"), Camera(2, "Integrated", "usb1/1-4"), Camera(4, "Cam", "a"),
        Camera(12, "Cam", "b")]


@pytest.mark.parametrize("wanted, number", [
    ("0", 0), ("2", 2), ("12", 12), ("C920", 0), ("webcam", 0), ("920", 0), ("integ", 2), ("0: HD Pro Webcam C920", 0),
    ("4: Cam", 4), ("/dev/video12", 12)])
def test_cameras_by_number_name_and_line(wanted, number):
    assert choose(wanted, DESK).number == number


@pytest.mark.parametrize("wanted, words", [
    ("cam", ["more than one", '"0: HD Pro Webcam C920"', '"4: Cam"', '"12: Cam"', "give a number"]),
    ("7", ["'7'", '"2: Integrated"', "number or name"]), ("", ["''"]), ("Logi", ["'Logi'", '"12: Cam"'])])
def test_absent_and_ambiguous_cameras_list_the_candidates(wanted, words):
    with pytest.raises(Wrong) as wrong:
        choose(wanted, DESK)
    assert all(word in str(wrong.value) for word in words)


def test_no_camera_at_all_is_said():
    with pytest.raises(Wrong, match="there is no camera"):
        choose("0", [])


def test_a_camera_is_found_again_by_what_it_is_and_not_by_its_number():
    webcam, _, left, right = DESK
    moved = Camera(5, "HD Pro Webcam C920", "usb2/2-1")
    assert again(webcam, DESK, [Camera(0, "Integrated", "usb1/1-4"), moved]) == moved
    assert again(left, DESK, [Camera(0, "Cam", "b"), Camera(1, "Cam", "a")]) == Camera(1, "Cam", "a")
    for camera, now in [(webcam, [Camera(0, "Integrated", "usb1/1-1")]), (left, [right]), (webcam, [])]:
        with pytest.raises(Wrong, match="not plugged in"):
            again(camera, DESK, now)


def damaged(tmp_path: Path) -> dict[str, tuple[bytes, str]]:
    """File name: its bytes, and the words that tell what is wrong with it."""
    film_bytes = Path(write_film(tmp_path / "good.mp4", list(range(0, 200, 10)))).read_bytes()
    picture_bytes = Path(write_picture(tmp_path / "good.png", (9, 9, 9))).read_bytes()
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.bmp")
    chance = np.random.default_rng(1)
    return {
        "text.txt": (b"dear diary\n" * 50, "is text"),
        "text.mp4": (b"dear diary\n" * 50, "is text"),
        "list.m3u8": (b"#EXTM3U\nhttp://127.0.0.1:9/a.ts\n", "is text"),
        "text.png": (b"dear diary\n" * 50, "not a picture"),
        "empty.mp4": (b"", "is empty"),
        "empty.jpg": (b"", "not a picture"),
        "noise.mp4": (chance.bytes(9999), "not a video"),
        "noise": (chance.bytes(9999), "not a video"),
        "cut.mp4": (film_bytes[: len(film_bytes) // 2], "not a video"),
        "cut.png": (picture_bytes[: len(picture_bytes) // 2], "not a picture"),
        "dot.png": ((tmp_path / "dot.bmp").read_bytes(), "1 by 1 pixels"),
    }


def test_files_that_cannot_be_shown_are_said_in_a_sentence(tmp_path):
    for name, (content, words) in damaged(tmp_path).items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Wrong) as wrong:
            open_source(str(tmp_path / name))
        assert words in str(wrong.value) and name in str(wrong.value) and "\n" not in str(wrong.value)


def test_a_video_without_a_readable_picture_is_said(tmp_path):
    content = bytearray(Path(write_film(tmp_path / "bad.avi", [0, 50, 100])).read_bytes())
    start = content.index(b"\xff\xd8")
    content[start:] = bytes(len(content) - start)
    (tmp_path / "bad.avi").write_bytes(content)
    with pytest.raises(Wrong, match="damaged"):
        open_source(str(tmp_path / "bad.avi"))


def test_a_video_too_thin_to_see_is_said(tmp_path):
    with pytest.raises(Wrong, match="8 pixels"):
        open_source(write_film(tmp_path / "thin.avi", [0, 50], size=(640, 8)))


def test_a_folder_without_pictures_is_said(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing to see")
    with pytest.raises(Wrong, match="no pictures in it; a picture's name ends in"):
        open_source(str(tmp_path))


@pytest.mark.parametrize(
    "address", ["http://", "rtsp:///path", "ftp://host/film.mp4", "://", "http://[", "http://a:99999"])
def test_addresses_that_are_none_are_said(address):
    with pytest.raises(Wrong, match="is no address of a stream"):
        open_source(address)


def test_a_streams_name_keeps_its_secrets():
    source = open_source("http://me:secret@127.0.0.1:9/live?token=secret")
    wait_for(source, lambda frame: frame.stale)
    source.close()
    assert source.name == "http://127.0.0.1:9/live" and "secret" not in source.notice


STARTS = st.sampled_from(["", "/", "./", "~/", "../", "demo", "pattern", "0", "/dev/", "http:", "rtsp://[", "file://"])


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(uri=st.tuples(STARTS, st.text(max_size=20)).map("".join))
def test_any_words_at_all_are_a_source_or_a_sentence(tmp_path, monkeypatch, uri):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("engine.sources.plugged_in", lambda: [])
    try:
        source = open_source(uri, every_frame=True)
    except Wrong as wrong:
        assert len(str(wrong).splitlines()) == 1
    else:
        assert source.newer(-1, 0) is not None or not source.offline
        source.close()


@pytest.fixture(scope="module")
def seeds(tmp_path_factory) -> dict[str, bytes]:
    """Small good files of every kind, by how their names end."""
    folder = tmp_path_factory.mktemp("seeds")
    for kind in (".mp4", ".avi"):
        write_film(folder / f"seed{kind}", [0, 100, 200], size=(32, 32))
    for kind in (".png", ".jpg", ".webp", ".bmp", ".tif", ".gif"):
        write_picture(folder / f"seed{kind}", (200, 100, 50), size=(32, 32))
    return {path.suffix: path.read_bytes() for path in folder.iterdir()}


@settings(max_examples=300, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bytes_at_all_are_pictures_or_a_sentence(tmp_path, seeds, data):
    seed = seeds[data.draw(st.sampled_from(sorted(seeds)))]
    start, end = sorted(data.draw(st.integers(0, len(seed))) for _ in range(2))
    content = seed[:start] + data.draw(st.binary(max_size=60)) + seed[end:]
    path = tmp_path / f"file{data.draw(st.sampled_from([*sorted(seeds), '', '.txt', '.mkv', '.mp3', '.yuv']))}"
    path.write_bytes(content)
    try:
        source = open_source(str(path), every_frame=True)
    except Wrong as wrong:
        assert len(str(wrong).splitlines()) == 1
    else:
        frames = [source.newer(index - 1, 0) for index in range(4)]
        source.close()
        assert frames[0].pixels.dtype == np.uint8 and min(frames[0].pixels.shape[:2]) >= 16
        assert all(frame is not None for frame in frames) or source.ended


def test_damaged_files_leave_the_terminal_quiet(tmp_path):
    for name, (content, _) in damaged(tmp_path).items():
        (tmp_path / name).write_bytes(content)
    film_bytes = bytearray(Path(write_film(tmp_path / "hurt.avi", list(range(0, 200, 10)))).read_bytes())
    film_bytes[1000::97] = b"\xaa" * len(film_bytes[1000::97])
    (tmp_path / "hurt.avi").write_bytes(film_bytes)
    script = """
import sys
from engine.errors import Wrong
from engine.sources import open_source
for path in sys.argv[1:]:
    try:
        source = open_source(path, every_frame=True)
        while not source.ended and source.count < 50:
            source.newer(-1, 0)
    except Wrong as wrong:
        print(wrong)
"""
    paths = [str(path) for path in sorted(tmp_path.iterdir())]
    ran = subprocess.run([sys.executable, "-c", script, *paths], capture_output=True, text=True, timeout=120)
    assert ran.stderr == "" and ran.returncode == 0
    assert len(ran.stdout.splitlines()) >= 11


# files, live and offline


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


@pytest.mark.parametrize("uri", ["demo", "pattern", "film.mp4", "film.avi", "one.png", "folder"])
def test_offline_is_the_same_every_time(tmp_path, monkeypatch, uri):
    monkeypatch.chdir(tmp_path)
    write_film(tmp_path / "film.mp4", list(range(0, 250, 10)), rate=20)
    write_film(tmp_path / "film.avi", list(range(0, 250, 10)), rate=30)
    write_picture(tmp_path / "one.png", (200, 10, 30))
    (tmp_path / "folder").mkdir()
    write_picture(tmp_path / "folder" / "one.jpg", (200, 10, 30))
    one, two = (open_source(uri, every_frame=True) for _ in range(2))
    for index in range(25):
        frame, same = one.newer(index - 1, 0), two.newer(index - 1, 0)
        assert np.array_equal(frame.pixels, same.pixels)
        assert (frame.index, frame.time, frame.stale) == (index, index / one.rate, False)
        assert frame.pixels.dtype == np.uint8 and frame.pixels.flags.c_contiguous
    assert one.offline and one.dropped == 0 and one.notice == "" and not one.ended
    assert (one.newer(24, 0) is None) == one.ended == uri.startswith("film")


def test_offline_a_video_plays_once(tmp_path):
    source = open_source(write_film(tmp_path / "film.avi", [0, 100, 200]), every_frame=True)
    assert [level(source.newer(n, 0)) for n in range(-1, 2)] == [0, 100, 200]
    assert not source.ended
    assert source.newer(2, 0) is None and source.ended
    assert source.newer(2, 0) is None
    source.close()


def test_a_folder_is_shown_in_name_order_for_5_s_each_over_what_cannot_be_read(tmp_path):
    for name, colour in {"c.png": (0, 0, 200), "a.jpg": (200, 0, 0), "d.BMP": (0, 200, 0)}.items():
        write_picture(tmp_path / name, colour)
    (tmp_path / "b.png").write_bytes(b"half copied")
    (tmp_path / "e.txt").write_text("no picture")
    source = open_source(str(tmp_path), every_frame=True)
    strongest = [source.newer(-1, 0).pixels.mean(axis=(0, 1)).argmax() for _ in range(30 * 25)]
    red, green, blue = 0, 1, 2
    assert strongest == [red] * 300 + [blue] * 150 + [green] * 150 + [red] * 150


def test_colours_come_out_as_they_are(tmp_path):
    writer = cv2.VideoWriter(str(tmp_path / "film.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    writer.write(np.full((48, 64, 3), (20, 120, 220), np.uint8))  # OpenCV's order: blue, green, red
    writer.release()
    for uri in (str(tmp_path / "film.avi"), write_picture(tmp_path / "a.png", (220, 120, 20))):
        pixels = open_source(uri, every_frame=True).newer(-1, 0).pixels
        assert np.abs(pixels.mean(axis=(0, 1)) - (220, 120, 20)).max() < 4


def test_grey_transparent_and_turned_pictures_are_shown(tmp_path):
    Image.new("L", (64, 48), 99).save(tmp_path / "grey.png")
    Image.new("RGBA", (64, 48), (9, 99, 199, 0)).save(tmp_path / "clear.png")
    upright = Image.new("RGB", (64, 48)).getexif()
    upright[0x0112] = 6  # "turn me by a quarter", as telephones write it
    Image.new("RGB", (64, 48)).save(tmp_path / "turned.jpg", exif=upright)
    shapes = {name: open_source(str(tmp_path / name), every_frame=True).newer(-1, 0).pixels.shape
              for name in ("grey.png", "clear.png", "turned.jpg")}
    assert shapes == {"grey.png": (48, 64, 3), "clear.png": (48, 64, 3), "turned.jpg": (64, 48, 3)}


def test_large_pictures_are_reduced(tmp_path):
    still = write_picture(tmp_path / "a.png", (1, 2, 3), size=(1000, 2560))
    moving = write_film(tmp_path / "a.avi", [0, 0], size=(2560, 1440))
    assert open_source(still, every_frame=True).newer(-1, 0).pixels.shape == (1280, 500, 3)
    assert open_source(moving, every_frame=True).newer(-1, 0).pixels.shape == (720, 1280, 3)


# cameras and streams that fail


def test_a_lost_camera_is_tried_again_less_and_less_often_and_comes_back():
    clock = VirtualTime()
    first, last = Scripted(BLACK, BLACK), Scripted(BLACK)
    tries = iter([first, *[Wrong("it is not plugged in")] * 6, OSError("driver"), last])

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
    reader = Scripted(BLACK + 7, lambda: more.wait() and BLACK + 9, end.wait)
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
    server = ThreadingHTTPServer(("127.0.0.1", 0), Camera127)
    server.daemon_threads, server.on, server.level = True, threading.Event(), 100
    server.on.set()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.on.clear()
    server.shutdown()
    server.server_close()


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
    assert dark.pixels.max() < 32 and "does not answer" in source.notice
    network_camera.on.set()
    assert level(wait_for(source, lambda frame: not frame.stale, dark.index)) == 100
    source.close()
