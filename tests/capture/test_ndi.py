"""NDI in: with stand-ins for its library, and once with the library itself, from a sender on this machine."""

import json
import subprocess
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from engine.capture import ndi
from engine.capture.ndi import Ndi, ndi_sources
from engine.capture.sources import open_source, plan
from engine.errors import UserError
from engine.settings import CameraSettings
from tests.footage import wait_for
from tests.parts import PATIENCE

SENT = np.full((48, 64, 4), (200, 30, 20, 255), np.uint8)
NAMES = ["STUDIO (Camera 1)", "STUDIO (Camera 2)", "LAPTOP (Resolume)"]


class Frame:
    """A picture and its stamps, as a library in which lines are padded has them."""

    xres, time, kind = 64, 0.0, "RGBX"

    def get_resolution(self):
        return 64, 48

    def get_line_stride(self):
        return 64 * 4 + 32

    def get_array(self):
        return np.pad(SENT.reshape(48, -1), ((0, 0), (0, 32))).ravel()

    def get_fourcc(self):
        return SimpleNamespace(name=self.kind)

    def get_timestamp_posix(self):
        return self.time

    get_timecode_posix = get_timestamp_posix


class Receiver:
    """Hands out each picture twice."""

    def __init__(self, color_format):
        assert color_format == "rgba"
        self.frame_sync, self.looks, self.connected = self, 0, True

    def set_video_frame(self, frame):
        self.frame = frame

    def set_source(self, source):
        self.source = source

    def is_connected(self):
        return self.connected

    def capture_video(self):
        self.looks += 1
        self.frame.time = self.looks // 2

    def disconnect(self):
        self.source = None


class Finder:
    """Finds all senders, but not at once."""

    looks = 0

    def update_sources(self):
        self.looks += 1
        return NAMES if self.looks > 2 else NAMES[:1]

    def get_source(self, name):
        return name


@pytest.fixture
def library(monkeypatch):
    monkeypatch.setattr(ndi, "installed", lambda: True)
    for name, content in {"": {}, ".finder": {"Finder": Finder}, ".receiver": {"Receiver": Receiver}, ".wrapper": {},
                          ".video_frame": {"VideoFrameSync": Frame},
                          ".wrapper.ndi_recv": {"RecvColorFormat": SimpleNamespace(RGBX_RGBA="rgba")}}.items():
        module = ModuleType(f"cyndilib{name}")
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, f"cyndilib{name}", module)


def test_each_picture_that_is_sent_is_read_once(library):
    waits = []
    reader = Ndi("resolume", waits.append)
    assert reader.receiver.source == "LAPTOP (Resolume)" and waits == [ndi.ANSWER] * 10
    for place in range(1, 4):
        assert np.array_equal(reader.read().pixels, SENT[..., :3]) and reader.frame.time == place
    assert waits[10:] == [ndi.LOOK] * 3
    reader.close()
    assert reader.receiver.source is None


def test_what_is_transparent_lies_on_grey(library, monkeypatch):
    monkeypatch.setattr(Frame, "kind", "RGBA")
    monkeypatch.setitem(globals(), "SENT", np.zeros_like(SENT))
    assert (Ndi("resolume", [].append).read().pixels == 128).all()


def test_a_sender_that_goes_or_sends_nothing_is_said(library, monkeypatch):
    reader = Ndi("Camera 1", [].append)
    monkeypatch.setattr(Receiver, "capture_video", lambda self: None)
    with pytest.raises(UserError, match="brings no pictures"):
        reader.read()
    reader.receiver.connected = False
    with pytest.raises(UserError, match="its sender has gone"):
        reader.read()


def test_which_source_is_meant_is_asked_where_several_are(library):
    with pytest.raises(UserError, match="'studio' fits more than one NDI source: 0: STUDIO .Camera 1., 1: STUDIO"):
        Ndi("studio", [].append)
    with pytest.raises(UserError, match="no NDI source is called 'phone': give the number or a part of 0: STUDIO"):
        Ndi("phone", [].append)


def test_sources_are_listed_as_addresses(library, monkeypatch):
    monkeypatch.setattr(ndi.senders, "__defaults__", ("", [].append))
    assert ndi_sources() == [f"ndi://{name}" for name in NAMES]


def test_an_address_may_have_its_blanks_written_out(library, monkeypatch):
    monkeypatch.setattr("engine.capture.sources.installed", lambda: True)
    name, opener, live_only = plan("ndi://Camera%202", CameraSettings(rotate=90))
    assert name == "ndi://Camera%202" and live_only and opener().read().pixels.shape == (64, 48, 3)


def test_a_source_that_comes_back_is_the_same(library, monkeypatch):
    monkeypatch.setattr("engine.capture.sources.installed", lambda: True)
    monkeypatch.setattr(Ndi.__init__, "__defaults__", ([].append,))
    _, opener, _ = plan("ndi://laptop", CameraSettings())
    assert opener().reader.name == "LAPTOP (Resolume)"
    monkeypatch.setattr(Finder, "update_sources", lambda self: ["LAPTOP (Camera)"])
    with pytest.raises(UserError, match="no NDI source is called 'LAPTOP .Resolume.'"):
        opener()


def test_without_the_library_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "cyndilib", None)
    monkeypatch.setattr(ndi, "find_spec", lambda name: None)
    assert ndi_sources() == []
    with pytest.raises(UserError, match=r'ndi:// wants a package more, cyndilib: pip install -e "\.\[ndi\]"'):
        open_source("ndi://studio")


SENDER = """
import sys, time, numpy
from engine.window.sharing.ndi import Ndi
sender = Ndi((64, 48))
print("sending", flush=True)
while True:
    sender.send(numpy.full((48, 64, 3), (200, 30, 20), numpy.uint8), 0.0)
    time.sleep(0.03)
"""


def test_what_another_program_sends_plays_and_its_end_is_told(tmp_path, monkeypatch):
    """By the real library, which asks this machine alone. A second sender on it gets a name of its own."""
    pytest.importorskip("cyndilib")
    from engine.window.sharing.ndi import Ndi as Sender

    (tmp_path / "ndi-config.v1.json").write_text(json.dumps({"ndi": {"networks": {"ips": "127.0.0.1"}}}))
    monkeypatch.setenv("NDI_CONFIG_DIR", str(tmp_path))
    sender = subprocess.Popen([sys.executable, "-c", SENDER], stdout=subprocess.PIPE)
    source = None
    try:
        assert sender.stdout.readline() == b"sending\n"
        source = open_source("ndi://neocog")
        frame = wait_for(source, lambda frame: not frame.stale)
        assert frame.pixels.shape == (48, 64, 3)
        assert np.abs(frame.pixels.astype(int) - (200, 30, 20)).max() < 8
        newest = wait_for(source, lambda other: not other.stale, frame.index + 5)
        second = Sender((64, 48))
        assert second.sender.name.endswith("(Neocog 2)")
        second.send(SENT[..., :3], 0.0)
        second.close()
        sender.kill()
        wait_for(source, lambda frame: frame.stale and "its sender has gone" in source.notice, newest.index)
    finally:
        sender.kill()
        sender.wait(PATIENCE)
        if source:
            source.close()
