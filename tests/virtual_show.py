"""Whole shows in virtual time: what receivers hear, and somebody who acts in front of the running show."""

from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np

from engine.loop import loop
from engine.osc.decoding import decode
from engine.rig import Rig
from engine.settings import ControlSettings, OscSettings, Settings, TargetSettings, WindowSettings
from engine.show import first_scene, prepare
from engine.values import Frame, Percept
from tests.ears import Receiver


class Listener(Receiver):
    """A receiver that keeps all that arrives."""

    def __init__(self):
        super().__init__()
        self.packets = []

    def drain(self, patience: float = 0.0):
        self.socket.settimeout(patience)  # 0 does not wait
        try:
            while True:
                self.packets.append(self.socket.recv(65536))
        except (TimeoutError, BlockingIOError):
            pass

    @property
    def datagrams(self):
        """What arrived, decoded: for each datagram a list of (address, arguments)."""
        return [decode(packet) for packet in self.packets]

    def messages(self, *addresses):
        return [message for datagram in self.datagrams for message in datagram if message[0] in addresses]


def settings_for(listener, source="test-card", **more) -> Settings:
    target = TargetSettings(f"127.0.0.1:{listener.port}")
    return Settings(source=source, window=WindowSettings(headless=True),
                    osc=OscSettings("127.0.0.1:0", (target,)), control=ControlSettings("none"), **more)


class Directed:
    """A source that lets the test act before a frame, as somebody would in front of a running show."""

    def __init__(self, source, listener, acts):
        self.source, self.listener, self.acts, self.count = source, listener, dict(acts), 0

    def __getattr__(self, name):
        return getattr(self.source, name)

    def newer(self, than, timeout):
        self.listener.drain()
        self.acts.pop(self.count, lambda: None)()
        self.count += 1
        return self.source.newer(than, timeout)


def play(eyes, path, listener, acts=(), **settings):
    with opened(eyes, path, settings_for(listener, **settings)) as (rig, patch, play):
        rig.source = Directed(rig.source, listener, acts)
        play()
    listener.drain()
    return patch


@contextmanager
def opened(eyes, path, settings):
    """A rig that is open, the patch, and what plays the show: for tests that act on them in between."""
    scene = first_scene(eyes)
    patch, tracker = prepare(settings, path, eyes, scene)
    with Rig(settings, patch.parameters, tuple(eyes.detector.classes)) as rig:
        yield rig, patch, lambda: loop(rig, eyes, tracker, patch, scene)


class Scripted:
    """Eyes that find in each frame what a test says: rows x y w h score class by the frame's index."""

    def __init__(self, classes: tuple[str, ...], rows):
        self.detector, self.rows = SimpleNamespace(classes=classes), rows

    def __call__(self, frame: Frame) -> Percept:
        rows = np.array(self.rows(frame.index), np.float32).reshape(-1, 6)
        return Percept(frame, rows, {}, (), np.zeros(4, np.float32), {})
