"""Cameras: by number, name and line; found again by what they are, never taken for another."""

import pytest

from engine.capture.cameras import Camera, again, cameras, choose, plugged_in
from engine.capture.sources import open_source
from engine.errors import UserError
from tests.footage import wait_for

DESK = [Camera(0, "HD Pro Webcam C920", "usb1/1-1"), Camera(2, "Integrated", "usb1/1-4"), Camera(4, "Cam", "a"),
        Camera(12, "Cam", "b")]


def test_camera_lines_name_their_cameras():
    assert [choose(line, plugged_in()) for line in cameras()] == plugged_in()


@pytest.mark.parametrize("wanted, number", [
    ("0", 0), ("2", 2), ("12", 12), ("C920", 0), ("webcam", 0), ("920", 0), ("integ", 2), ("0: HD Pro Webcam C920", 0),
    ("4: Cam", 4), ("/dev/video12", 12)])
def test_cameras_by_number_name_and_line(wanted, number):
    assert choose(wanted, DESK).number == number


@pytest.mark.parametrize("wanted, words", [
    ("cam", ["more than one", '"4: Cam"', '"12: Cam"', "give a number"]),
    ("7", ["'7'", '"2: Integrated"', "number or name"]), ("", ["''"]), ("Logi", ["'Logi'", '"12: Cam"'])])
def test_absent_and_ambiguous_cameras_list_the_candidates(wanted, words):
    with pytest.raises(UserError) as wrong:
        choose(wanted, DESK)
    assert all(word in str(wrong.value) for word in words)


def test_no_camera_at_all_is_said():
    with pytest.raises(UserError, match="there is no camera"):
        choose("0", [])


def test_a_camera_is_found_again_by_what_it_is_and_not_by_its_number():
    webcam, _, left, right = DESK
    moved = Camera(5, "HD Pro Webcam C920", "usb2/2-1")
    assert again(webcam, DESK, [Camera(0, "Integrated", "usb1/1-4"), moved]) == moved
    assert again(left, DESK, [Camera(0, "Cam", "b"), Camera(1, "Cam", "a")]) == Camera(1, "Cam", "a")
    for camera, now in [(webcam, [Camera(0, "Integrated", "usb1/1-1")]), (left, [right]), (webcam, [])]:
        with pytest.raises(UserError, match="not plugged in"):
            again(camera, DESK, now)


@pytest.mark.parametrize("nothing", [None, ""])
def test_without_a_camera_nothing_named_means_the_demo(monkeypatch, nothing):
    monkeypatch.setattr("engine.capture.sources.plugged_in", lambda: [])
    source = open_source(nothing, every_frame=True)
    assert source.name == "demo (no camera found)"
    assert source.newer(-1, 0).pixels.shape == (480, 640, 3)


def test_a_camera_that_is_listed_but_does_not_open_is_tried_again_behind_a_dark_picture(monkeypatch):
    monkeypatch.setattr("engine.capture.sources.plugged_in", lambda: [Camera(93, "Loose Cable", "port 1")])
    source = open_source(None, every_frame=True)
    frame = wait_for(source, lambda frame: frame.stale)
    source.close()
    assert frame.pixels.shape == (480, 640, 3) and frame.pixels.max() < 32 and not source.offline
    assert source.notice.startswith("camera 93: Loose Cable gives no pictures (another program uses it, or it does not")
