"""What can be asked for and what cannot: every kind of address, good, wrong and wild."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.capture.cameras import Camera
from engine.capture.sources import open_source, pace
from engine.errors import UserError
from engine.libraries import NotLoaded
from engine.settings import CameraSettings
from tests.footage import wait_for, write_film, write_picture
from tests.parts import PATIENCE


@pytest.mark.parametrize("uri, name", [("demo", "demo"), ("test-card", "test-card")])
def test_drawings_by_name(uri, name):
    source = open_source(uri)
    frame = wait_for(source, lambda frame: frame.index > 2 and not frame.stale)
    source.close()
    assert source.name == name and source.rate == 60 and not source.ended and not source.thread.is_alive()
    assert frame.pixels.shape == (480, 640, 3) and not frame.stale


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


def test_a_source_brings_as_many_pictures_as_it_is_asked_for_and_files_as_many_as_there_may_be(tmp_path, monkeypatch):
    film, asked = write_film(tmp_path / "a.avi", [0] * 3, rate=25), CameraSettings(rate=15)
    for uri, rate in (("demo", 60), ("drawing", 60), (str(film), 60), (f"file://{film}", 60), (str(tmp_path), 60),
                      ("C920", 15), ("0", 15), ("RTSP://10.0.0.1/live", 15), ("ndi://studio", 15)):
        assert pace(uri, asked) == rate, uri
    monkeypatch.setattr("engine.capture.sources.plugged_in", lambda: [Camera(0, "C920", "video0")])
    assert pace(None, asked) == pace("", asked) == 15
    monkeypatch.setattr("engine.capture.sources.plugged_in", list)
    assert pace(None, asked) == 60, "the demo"

    def broken():
        raise NotLoaded("no cameras here")

    monkeypatch.setattr("engine.capture.sources.plugged_in", broken)
    assert pace(None, asked) == 60


def test_files_that_cannot_be_shown_are_said_in_a_sentence(tmp_path):
    for name, (content, words) in damaged(tmp_path).items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError) as wrong:
            open_source(str(tmp_path / name))
        assert words in str(wrong.value) and name in str(wrong.value) and "\n" not in str(wrong.value)


def test_a_video_without_a_readable_picture_is_said(tmp_path):
    content = bytearray(Path(write_film(tmp_path / "bad.avi", [0, 50, 100])).read_bytes())
    start = content.index(b"\xff\xd8")
    content[start:] = bytes(len(content) - start)
    (tmp_path / "bad.avi").write_bytes(content)
    with pytest.raises(UserError, match="damaged"):
        open_source(str(tmp_path / "bad.avi"))


def test_a_video_too_thin_to_see_is_said(tmp_path):
    with pytest.raises(UserError, match="8 pixels"):
        open_source(write_film(tmp_path / "thin.avi", [0, 50], size=(640, 8)))


def test_a_folder_without_pictures_is_said(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing to see")
    with pytest.raises(UserError, match="has no pictures in it and no videos; their names end in one of"):
        open_source(str(tmp_path))


@pytest.mark.parametrize(
    "address", ["http://", "rtsp:///path", "ftp://host/film.mp4", "://", "http://[", "http://a:99999"])
def test_addresses_that_are_none_are_said(address):
    with pytest.raises(UserError, match="is no address of a stream"):
        open_source(address)


def test_a_streams_name_keeps_its_secrets():
    source = open_source("http://me:secret@127.0.0.1:9/live?token=secret")
    wait_for(source, lambda frame: frame.stale)
    source.close()
    assert source.name == "http://127.0.0.1:9/live" and "secret" not in source.notice


STARTS = st.sampled_from(
    ["", "/", "./", "~/", "../", "demo", "test-card", "crowd:", "0", "/dev/", "http:", "rtsp://[", "file://"])


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(uri=st.tuples(STARTS, st.text(max_size=20)).map("".join))
def test_any_words_at_all_are_a_source_or_a_sentence(tmp_path, monkeypatch, uri):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("engine.capture.sources.plugged_in", lambda: [])
    try:
        source = open_source(uri, every_frame=True)
    except UserError as wrong:
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
    except UserError as wrong:
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
    half_a_tag = b"Exif\0\0MM\0*\0\0\0\x08\0\x05\x01\x12"
    Image.new("RGB", (32, 32)).save(tmp_path / "tags.jpg", exif=half_a_tag)
    Image.effect_noise((64, 48), 90).save(tmp_path / "torn.tif", compression="tiff_lzw")
    tiff = bytearray((tmp_path / "torn.tif").read_bytes())
    tiff[100:2000:7] = bytes(len(tiff[100:2000:7]))
    (tmp_path / "torn.tif").write_bytes(tiff)
    script = """
import sys
from engine.errors import UserError
from engine.capture.sources import open_source
for path in sys.argv[1:]:
    try:
        source = open_source(path, every_frame=True)
        while not source.ended and source.count < 50:
            source.newer(-1, 0)
    except UserError as wrong:
        print(wrong)
"""
    paths = [str(path) for path in sorted(tmp_path.iterdir())]
    ran = subprocess.run([sys.executable, "-c", script, *paths], capture_output=True, text=True, timeout=PATIENCE)
    assert ran.stderr == "" and ran.returncode == 0
    assert len(ran.stdout.splitlines()) >= 11
