"""Offline: every picture in turn, the same every time, as it is in the file."""

import cv2
import numpy as np
import pytest
from PIL import Image

from engine.capture.sources import open_source
from tests.footage import level, write_film, write_picture


@pytest.mark.parametrize("uri", ["demo", "test-card", "film.mp4", "film.avi", "one.png", "folder"])
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


def test_a_folder_is_shown_in_name_order_for_5_s_each_past_what_cannot_be_read(tmp_path):
    for name, colour in {"c.png": (0, 0, 200), "a.jpg": (200, 0, 0), "d.BMP": (0, 200, 0)}.items():
        write_picture(tmp_path / name, colour)
    (tmp_path / "b.png").write_bytes(b"half copied")
    (tmp_path / "e.txt").write_text("no picture")
    source = open_source(str(tmp_path), every_frame=True)
    strongest = [source.newer(-1, 0).pixels.mean(axis=(0, 1)).argmax() for _ in range(30 * 25)]
    red, green, blue = 0, 1, 2
    assert strongest == [red] * 150 + [blue] * 150 + [green] * 150 + [red] * 150 + [blue] * 150


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
