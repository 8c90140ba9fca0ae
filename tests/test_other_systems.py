"""What is done otherwise on Windows and macOS, each branch run once here with a stand-in for what that system has.

It shows that the branches are whole and ask for the right thing, not that those systems grant it.
"""

import ctypes
import importlib.util
import os
import signal
import socket
import sys
from types import ModuleType, SimpleNamespace

import cv2
import pytest
from llvmlite import binding
from numba import njit

from engine import priority
from engine.__main__ import main
from engine.capture import cameras
from engine.osc.encoding import message
from engine.osc.inlet import listening
from engine.osc.outlet import Outlet
from engine.osc.targets import Target
from engine.patch.time_limit import WATCHDOG, TooLong, time_limit
from engine.settings import CameraSettings
from models.compiled import home, private
from tests.osc.programs import free_port

SYSTEMS = {"win32": "Windows", "darwin": "Darwin"}


def anew(name: str) -> ModuleType:
    """A module as it is when it is imported now, beside the one that everybody has."""
    made = importlib.util.module_from_spec(spec := importlib.util.find_spec(name))
    spec.loader.exec_module(made)
    return made


@pytest.fixture
def on(monkeypatch):
    """Have Python say that this is another system: "win32" or "darwin"."""
    def pretend(system: str) -> None:
        monkeypatch.setattr(sys, "platform", system)
        monkeypatch.setattr("platform.system", lambda: SYSTEMS[system])

    return pretend


def test_sound_goes_before_other_programs(on, monkeypatch):
    asked = []
    kernel = SimpleNamespace(GetCurrentThread=lambda: 7, SetThreadPriority=lambda *words: asked.append(words))
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    on("win32")
    priority.first()
    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace(
        pthread_set_qos_class_self_np=lambda *words: asked.append(words)))
    on("darwin")
    priority.first()
    assert asked == [(7, 15), (0x21, 0)]
    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace())
    priority.first()  # a system without it: nothing happens


def test_a_show_ends_by_what_windows_sends_where_there_is_no_sighup(room, tmp_path, monkeypatch, capsys):
    monkeypatch.delattr(signal, "SIGHUP")
    monkeypatch.setattr(signal, "SIGBREAK", signal.SIGUSR1, raising=False)
    (tmp_path / "mine.py").write_text(
        "import os, signal\n\n\ndef react(scene, p):\n    if scene.index == 9: os.kill(os.getpid(), signal.SIGBREAK)\n"
        "    return ()\n")
    assert main([str(tmp_path / "mine.py"), "--headless", "--source", "crowd:1", "--frames", "99", "--rig", room]) == 0
    assert "mine on crowd:1" in capsys.readouterr().out


def test_a_patch_that_hangs_is_interrupted_where_no_thread_can_be_sent_a_signal(monkeypatch):
    monkeypatch.delattr(signal, "pthread_kill")
    monkeypatch.setattr("engine.patch.time_limit.SIGNAL", signal.SIGFPE)
    before = signal.signal(signal.SIGFPE, WATCHDOG.interrupt)
    try:
        with pytest.raises(TooLong), time_limit(0.1):
            while True:
                pass
    finally:
        signal.signal(signal.SIGFPE, before)


def test_on_windows_a_group_is_heard_by_a_socket_that_is_bound_to_the_port_alone(on):
    on("win32")
    port, outlet = free_port(), Outlet()
    with listening(f"239.7.7.10:{port}", "127.0.0.1") as inlet:
        assert inlet.getsockname() == ("0.0.0.0", port)
        outlet.send(message("/a", 1)[4:], "239.7.7.10", port, ttl=0, interface="127.0.0.1")
        assert inlet.recv(99) == message("/a", 1)[4:]
    outlet.close()


def test_on_windows_a_port_is_taken_for_ourselves_alone(monkeypatch):
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_KEEPALIVE, raising=False)  # any option of a socket
    with listening("127.0.0.1:0") as inlet:
        assert inlet.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_on_windows_a_target_is_locked_by_its_first_byte(tmp_path, monkeypatch):
    taken = set()

    def locking(number: int, mode: int, count: int) -> None:
        place = os.readlink(f"/proc/self/fd/{number}")
        if place in taken:
            raise OSError("permission denied")
        taken.add(place)

    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(LK_NBLCK=2, locking=locking))
    monkeypatch.delattr(os, "getuid")
    windows = anew("engine.neighbours").Neighbours
    one, two = (windows([Target("127.0.0.1", 9)], folder=tmp_path) for _ in range(2))
    one.tick(0.0)
    two.tick(0.0)
    assert one.notices == () and "another neocog" in two.notices[0]
    assert [file.name for file in tmp_path.iterdir()] == ["neocog--neocog-127.0.0.1-9.lock"]
    one.close(0.0)


@pytest.mark.parametrize(("system", "backend", "automatic"), [
    ("win32", cv2.CAP_DSHOW, (0.75, 0.25)), ("darwin", cv2.CAP_AVFOUNDATION, (1, 0))])
def test_a_camera_is_asked_in_its_systems_own_way(on, monkeypatch, system, backend, automatic):
    asked = []

    class Device:
        def __init__(self, number, backend):
            asked.append(backend)

        def isOpened(self):
            return True

        def set(self, what, value):
            asked.append((what, value))
            return True

        def get(self, what):
            return 5.0

    on(system)
    monkeypatch.setattr(cv2, "VideoCapture", Device)
    here = anew("engine.capture.cameras")
    listing = SimpleNamespace(enumerate_cameras=lambda backend: asked.append(backend) or [])
    monkeypatch.setitem(sys.modules, "cv2_enumerate_cameras", listing)
    assert here.plugged_in() == []
    here.capture(cameras.Camera(0, "desk", ""), CameraSettings(exposure="5"))
    assert asked[:2] == [backend, backend] and (cv2.CAP_PROP_AUTO_EXPOSURE, automatic[1]) in asked
    asked.clear()
    here.capture(cameras.Camera(0, "desk", ""), CameraSettings(exposure="auto"))
    assert (cv2.CAP_PROP_AUTO_EXPOSURE, automatic[0]) in asked


@pytest.mark.parametrize("system", SYSTEMS)
def test_no_jack_is_loaded_where_midi_is_the_systems_own(on, monkeypatch, system):
    on(system)
    monkeypatch.setattr(ctypes, "CDLL", lambda *words, **more: pytest.fail("loaded"))
    monkeypatch.setitem(sys.modules, "supriya_midi", "the library")
    assert anew("engine.midi.library").library() == "the library"


@pytest.mark.parametrize(("system", "variables", "folder"), [
    ("win32", {"LOCALAPPDATA": "{}/Local"}, "Local"), ("win32", {"LOCALAPPDATA": "", "HOME": "{}"}, "AppData/Local"),
    ("darwin", {"HOME": "{}"}, "Library/Caches")])
def test_machine_code_is_kept_where_the_system_keeps_such_things(on, monkeypatch, tmp_path, system, variables, folder):
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(tmp_path))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    on(system)
    home.cache_clear()
    try:
        assert home() == tmp_path / folder / "neocog" / "compiled"
        assert private(tmp_path)
    finally:
        home.cache_clear()


def test_the_producer_rests_by_what_windows_calls_it():
    rested = []
    sleep = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_int32)(lambda milliseconds: rested.append(milliseconds) or 0)
    binding.add_symbol("Sleep", ctypes.cast(sleep, ctypes.c_void_p).value)
    ring = anew("engine.voice.ring_buffer")
    ring.os = SimpleNamespace(name="nt")
    rest = ring.rest
    njit(lambda: rest())()
    assert rested == [1]
