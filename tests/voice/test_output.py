"""The player and a sound device that goes away: nobody waits for it, and it comes back."""

import sys
import threading
from types import SimpleNamespace

import pytest

from engine.errors import UserError
from engine.voice import output as player
from engine.voice.mixer import console
from engine.voice.output import DeviceOutput
from engine.voice.ring_buffer import CALLS
from tests.voices import generator


class PortAudioError(Exception):
    pass


class Controls:
    """In place of the module sounddevice: one device that can be unplugged, or be held by another program."""

    PortAudioError = PortAudioError
    default = SimpleNamespace(device=(None, 0))
    _ffi = SimpleNamespace(cast=lambda kind, value: value)
    _initialized = 1

    def __init__(self):
        self.plugged, self.held, self.streams, self.tries = True, False, [], threading.Semaphore(0)

    def query_devices(self) -> list[dict]:
        return [{"name": "usb", "max_output_channels": 2, "default_samplerate": 48_000.0}] * self.plugged

    def _terminate(self) -> None:
        pass

    def _initialize(self) -> None:
        self.tries.release()

    def _StreamBase(self, *_, **__) -> SimpleNamespace:
        def start() -> None:
            if self.held:
                raise PortAudioError("Device unavailable")

        made = SimpleNamespace(latency=0.005, start=start, calls=[])
        made.abort, made.close = (lambda: made.calls.append("abort")), (lambda: made.calls.append("close"))
        self.streams.append(made)
        return made


@pytest.fixture
def controls(monkeypatch):
    made = Controls()
    monkeypatch.setitem(sys.modules, "sounddevice", made)
    monkeypatch.setattr(player, "SOONEST", 0.001)
    monkeypatch.setattr(player, "SLOWEST", 0.001)
    return made


def unplugged(controls: Controls) -> DeviceOutput:
    """A player whose device has just gone: it asks no more."""
    made = DeviceOutput(generator(), console(2))
    for now in (0.0, 0.5):
        made.block[CALLS] += 1
        made.look(now)
    assert made.notice == "" and made.away is None
    controls.plugged = False
    made.look(1.4)
    assert made.notice == ""
    made.look(1.6)
    assert made.notice == "sound device 'usb' is gone: looking for it"
    return made


def test_a_device_that_is_gone_is_looked_for_beside_the_show_and_plays_again(controls):
    made = unplugged(controls)
    for _ in range(3):
        assert controls.tries.acquire(timeout=10)
        made.look(2.0)
    assert made.away.is_alive() and controls.streams[0].calls == ["abort", "close"]
    controls.plugged = True
    made.away.join(10)
    made.look(3.0)
    assert made.notice == "" and made.away is None and len(controls.streams) == 2
    made.block[CALLS] += 1
    made.look(3.5)
    made.close()
    assert controls.streams[1].calls == ["abort", "close"] and not made.thread.is_alive()


def test_a_show_that_ends_meanwhile_does_not_wait(controls):
    made = unplugged(controls)
    made.close()
    assert not made.away.is_alive() and not made.thread.is_alive()


def test_a_device_that_another_program_holds_is_wrong_and_nothing_sounds_on(controls):
    controls.held, before = True, set(threading.enumerate())
    with pytest.raises(UserError, match="sound device 'usb' does not open: device unavailable; is another program using it"):
        DeviceOutput(generator(), console(2))
    assert set(threading.enumerate()) <= before
