"""The picture handed to other programs, with stand-ins for their libraries; what is missing is told, no show ends."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from engine.window import sharing
from engine.window.sharing import WAYS, Sharing, ndi, virtual_camera
from tests.percepts import parameters

RED = np.full((90, 160, 3), (200, 30, 20), np.uint8)


class Library:
    """Stands for any class of another's library: notes what it is made with and what is called."""

    def __init__(self, *made, **options):
        self.made, self.calls = made, []
        everything.append(self)

    device = "metal"

    def __getattr__(self, name):
        return lambda *given: self.calls.append((name, *given)) or True


everything: list[Library] = []


@pytest.fixture
def libraries(monkeypatch):
    """cyndilib, SpoutGL and syphon as if they were installed."""
    copied = []
    modules = {
        "cyndilib": {}, "cyndilib.sender": {"Sender": Library}, "cyndilib.video_frame": {"VideoSendFrame": Library},
        "cyndilib.audio_frame": {"AudioSendFrame": Library},
        "cyndilib.wrapper": {}, "cyndilib.wrapper.ndi_structs": {"FourCC": SimpleNamespace(RGBX=7)},
        "SpoutGL": {"SpoutSender": Library}, "syphon": {"SyphonMetalServer": Library}, "syphon.utils": {},
        "syphon.utils.numpy": {"copy_image_to_mtl_texture": lambda *given: copied.append(given)},
        "syphon.utils.raw": {"create_mtl_texture": lambda *given: given},
    }
    for name, contents in modules.items():
        module = ModuleType(name)
        vars(module).update(contents)
        monkeypatch.setitem(sys.modules, name, module)
    everything.clear()
    return copied


def shared(name: str, *pictures) -> Sharing:
    table = parameters()
    table.set("view/share", name, "keys")
    made = Sharing(table)
    for index, picture in enumerate(pictures):
        made.send(lambda picture=picture: picture, index / 10)
    return made


def calls(name: str) -> list[tuple]:
    return [call for each in everything for call in each.calls if call[0] == name]


def test_ndi_is_told_the_size_and_given_every_picture(libraries):
    made = shared("ndi", RED, RED)
    assert made.notices == () and calls("set_resolution") == [("set_resolution", 160, 90)]
    assert calls("set_fourcc") == [("set_fourcc", 7)] and len(calls("write_video")) == 2
    data = calls("write_video")[0][1]
    assert data.shape == (160 * 90 * 4,) and data[:4].tolist() == [200, 30, 20, 255]
    made.close()
    assert calls("close") == [("close",)]


def test_ndi_sends_under_the_first_name_that_is_free(libraries, monkeypatch):
    taken = {"Neocog", "Neocog 2"}

    def open_sender(name, size):
        if name in taken:
            raise MemoryError
        return SimpleNamespace(name=name, write_video=lambda data: None)

    monkeypatch.setattr(ndi, "opened", open_sender)
    assert shared("ndi", RED).way.sender.name == "Neocog 3"
    taken |= set(ndi.NAMES)
    assert "neocog to neocog 9 are taken" in shared("ndi", RED).notices[0]


def test_spout_and_syphon_get_every_picture(libraries):
    made = shared("spout", RED, RED)
    (_, pixels, *size), _ = calls("sendImage")
    assert size[:3] == [160, 90, 0x1908] and pixels[0, 0].tolist() == [200, 30, 20, 255]
    made.parameters.set("view/share", "syphon", "keys")
    made.send(lambda: RED, 0.0)
    assert calls("releaseSender") and len(calls("publish_frame_texture")) == 1
    assert libraries[0][0][0, 0].tolist() == [200, 30, 20, 255] and libraries[0][1] == ("metal", 160, 90)
    made.parameters.set("view/share", "none", "keys")
    made.send(lambda: RED, 0.0)
    assert calls("stop") and made.way is None and made.notices == ()


def test_a_window_of_another_size_is_shared_anew(libraries):
    shared("ndi", RED, RED[:45])
    assert [call[1:] for call in calls("set_resolution")] == [(160, 90), (160, 45)] and len(calls("close")) == 1


@pytest.mark.parametrize("name", WAYS)
def test_what_is_missing_is_told_once_and_the_show_goes_on(name, monkeypatch, tmp_path):
    monkeypatch.setattr(virtual_camera, "DEVICES", tmp_path)
    for module in ("cyndilib.sender", "SpoutGL", "syphon"):
        monkeypatch.setitem(sys.modules, module, None)
    made = shared(name, RED, RED)
    assert len(made.notices) == 1 and f"not shared by {name}" in made.notices[0] and WAYS[name][1] in made.notices[0]
    made.parameters.set("view/share", "none", "keys")
    made.send(lambda: RED, 0.0)
    assert made.notices == ()


def test_without_a_window_nothing_is_shared(libraries):
    assert "without a window there is none" in shared("ndi", None).notices[0]


def test_a_virtual_camera_is_written_in_its_own_format(monkeypatch, tmp_path):
    """The first loopback device, here a file in raw video."""
    opened = []
    (tmp_path / "video10").mkdir()
    (tmp_path / "video9").mkdir()
    monkeypatch.setattr(virtual_camera, "DEVICES", tmp_path)
    open_file = virtual_camera.av.open

    def instead(name, mode, format):
        opened.append((name, mode, format))
        return open_file(str(tmp_path / "frames.yuv"), "w", format="rawvideo")

    monkeypatch.setattr(virtual_camera.av, "open", instead)
    made = shared("virtual_camera", RED[:89], RED[:89])
    assert made.notices == ()
    made.close()
    data = np.fromfile(tmp_path / "frames.yuv", np.uint8)
    assert opened == [("/dev/video9", "w", "v4l2")] and data.size == 2 * 160 * 88 * 3 // 2
    assert abs(int(data[0]) - 84) <= 2, "the luma of that red (BT.601), in 16..235"


def test_every_way_is_a_file_with_the_protocol():
    for name, (kind, _) in WAYS.items():
        made = getattr(sharing.import_module(f"engine.window.sharing.{name}"), kind)
        assert callable(made.send) and callable(made.close)
