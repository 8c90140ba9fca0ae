"""Cameras: by number, name and line; found again by what they are, never taken for another."""

import threading

import cv2
import numpy as np
import pytest

from engine.capture.cameras import CONTROLS, Camera, again, cameras, capture, choose, plugged_in
from engine.capture.framing import Framed, framed
from engine.capture.sources import camera, open_source
from engine.errors import UserError
from engine.settings import CameraSettings
from tests.footage import Scripted, wait_for

DESK = [Camera(0, "HD Pro Webcam C920", "usb1/1-1"), Camera(2, "Integrated", "usb1/1-4"), Camera(4, "Cam", "a"),
        Camera(12, "Cam", "b")]


def test_camera_lines_name_their_cameras():
    assert [choose(line, plugged_in()) for line in cameras()] == plugged_in()


@pytest.mark.parametrize("wanted, number", [
    ("0", 0), ("2", 2), ("12", 12), ("C920", 0), ("webcam", 0), ("920", 0), ("integ", 2), ("0: HD Pro Webcam C920", 0),
    ("4: Cam [a]", 4), ("Cam [b]", 12), ("7: Cam [b]", 12), ("9: Integrated", 2), ("/dev/video12", 12)])
def test_cameras_by_number_name_and_line(wanted, number):
    assert choose(wanted, DESK).number == number


@pytest.mark.parametrize("wanted, words", [
    ("cam", ["more than one", '"4: Cam [a]"', '"12: Cam [b]"', "give a number"]),
    ("7", ["'7'", '"2: Integrated [1-4]"', "number or name"]), ("", ["''"]), ("Logi", ["'Logi'", '"12: Cam [b]"'])])
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
    for lost, now in [(webcam, [Camera(0, "Integrated", "usb1/1-1")]), (left, [right]), (webcam, [])]:
        with pytest.raises(UserError, match="not plugged in"):
            again(lost, DESK, now)


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


def test_twins_are_listed_by_what_stays_when_numbers_change(monkeypatch):
    monkeypatch.setattr("engine.capture.cameras.plugged_in", lambda: DESK)
    assert cameras() == ["0: HD Pro Webcam C920", "2: Integrated", "4: Cam [a]", "12: Cam [b]"]
    swapped = [Camera(4, "Cam", "b"), Camera(12, "Cam", "a")]
    assert [choose(line, swapped).place for line in cameras()[2:]] == ["a", "b"]


class Device:
    """In place of a camera: keeps what it is asked for, and takes all but what it refuses."""

    def __init__(self, refuses=()):
        self.refuses, self.asked = refuses, {}

    def isOpened(self):  # noqa: N802
        return True

    def set(self, number, value):
        self.asked[number] = value
        return number not in self.refuses

    def get(self, number):
        return self.asked.get(number, 0.0) if number not in self.refuses else -1.0

    def read(self):
        return True, np.dstack([np.full((48, 64), level, np.uint8) for level in (10, 20, 30)])


@pytest.fixture
def device(monkeypatch):
    device = Device()
    monkeypatch.setattr(cv2, "VideoCapture", lambda *_: device)
    return device


def test_a_camera_is_asked_for_what_the_rig_wants_and_for_two_buffers(device):
    wanted = CameraSettings(size=(1280, 720), rate=60.0, exposure="-6", white_balance="auto")
    reader = capture(DESK[0], wanted)
    asked = device.asked
    assert list(asked)[0] == cv2.CAP_PROP_FOURCC
    assert (asked[cv2.CAP_PROP_FRAME_WIDTH], asked[cv2.CAP_PROP_FRAME_HEIGHT]) == (1280, 720)
    assert asked[cv2.CAP_PROP_FPS] == 60
    assert asked[cv2.CAP_PROP_BUFFERSIZE] == 2, "more would make everything late, one would halve the rate"
    _, automatic, (on, off) = CONTROLS["exposure"]
    assert asked[cv2.CAP_PROP_EXPOSURE] == -6 and asked[automatic] == off and asked[cv2.CAP_PROP_AUTO_WB] == 1
    assert cv2.CAP_PROP_GAIN not in asked and reader.notice == "" and reader.rate == 60
    assert (reader.read().pixels == (30, 20, 10)).all()


def test_what_a_camera_does_not_take_is_told(device):
    device.refuses = (cv2.CAP_PROP_EXPOSURE, cv2.CAP_PROP_GAIN)
    reader = capture(DESK[0], CameraSettings(exposure="100", gain="3", white_balance="4500"))
    assert reader.notice == "0: HD Pro Webcam C920 does not take exposure and gain as the rig has it"


def test_pictures_are_cropped_turned_and_mirrored():
    pixels = np.arange(4 * 8 * 3, dtype=np.uint8).reshape(4, 8, 3)
    assert np.array_equal(framed(pixels, CameraSettings()), pixels)
    assert np.array_equal(framed(pixels, CameraSettings(mirror=True)), pixels[:, ::-1])
    assert np.array_equal(framed(pixels, CameraSettings(rotate=90))[0], pixels[::-1, 0]), "clockwise"
    assert np.array_equal(framed(pixels, CameraSettings(rotate=180)), pixels[::-1, ::-1])
    assert np.array_equal(framed(pixels, CameraSettings(crop=(0.25, 0.5, 0.5, 0.5))), pixels[2:, 2:6])
    turned = framed(pixels, CameraSettings(crop=(0.0, 0.0, 0.5, 1.0), rotate=270, mirror=True))
    assert np.array_equal(turned, np.rot90(pixels[:, :4])[:, ::-1]) and turned.flags.c_contiguous
    reader = Framed(Scripted(pixels), CameraSettings(rotate=90))
    assert reader.read().pixels.shape == (8, 4, 3) and reader.read() is None


@pytest.mark.parametrize("wrong, words", [
    ({"rotate": 45}, "90, 180 or 270"), ({"crop": (0.5, 0.0, 0.6, 1.0)}, "within 0 to 1"),
    ({"exposure": "bright"}, "auto"), ({"size": (0, 480)}, "16"), ({"rate": 0.0}, "0.1")])
def test_what_no_camera_can_be_asked_for_is_said(wrong, words):
    with pytest.raises(UserError, match=words):
        CameraSettings(**wrong)


def test_on_a_mac_a_camera_is_opened_once_before_its_thread_begins_so_that_the_user_is_asked(monkeypatch):
    tried = []

    def capture(camera, settings):
        tried.append(threading.current_thread() is threading.main_thread())
        raise UserError("not allowed yet")

    monkeypatch.setattr("engine.capture.sources.capture", capture)
    for system, before in (("Darwin", [True]), ("Linux", [])):
        monkeypatch.setattr("platform.system", lambda system=system: system)
        tried.clear()
        camera(DESK[0], DESK, CameraSettings())
        assert tried == before
