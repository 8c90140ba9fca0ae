"""The player and a sound device that goes away: nobody waits for it, and it comes back."""

import sys
import threading
import wave
from types import SimpleNamespace

import pytest

from engine.errors import UserError
from engine.voice import output as player
from engine.voice.limiter import AHEAD
from engine.voice.mixer import BLOCK, console
from engine.voice.output import DeviceOutput
from engine.voice.resampler import TAPS
from engine.voice.ring_buffer import CALLS, FADE, REACH, READ, UNDERRUNS, WRITTEN
from models.wavenet import RATE
from tests.parts import PATIENCE
from tests.voices import generator


class PortAudioError(Exception):
    pass


class Controls:
    """In place of the module sounddevice: one device that can be unplugged, or be held by another program."""

    PortAudioError = PortAudioError
    default = SimpleNamespace(device=(None, 0))
    _ffi = SimpleNamespace(cast=lambda kind, value: value)
    _initialized, _lib = 1, None

    def __init__(self):
        self.latency, self.others = 0.005, []
        self.plugged, self.held, self.streams, self.tries = True, False, [], threading.Semaphore(0)

    def query_devices(self) -> list[dict]:
        names = ["usb"] * self.plugged + self.others
        return [{"name": name, "max_output_channels": 2, "default_samplerate": 48_000.0} for name in names]

    def _terminate(self) -> None:
        pass

    def _initialize(self) -> None:
        self.tries.release()

    def _StreamBase(self, *_, **__) -> SimpleNamespace:
        def start() -> None:
            if self.held:
                raise PortAudioError("Device unavailable")

        made = SimpleNamespace(latency=self.latency, start=start, calls=[])
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


def unplugged(controls: Controls, device="") -> DeviceOutput:
    """A player whose device has just gone: it asks no more."""
    made = DeviceOutput(generator(), console(2), device)
    for now in (0.0, 0.5):
        made.block[CALLS] += 1
        made.look(now)
    assert made.notice == "" and made.away is None
    made.block[UNDERRUNS] = 3
    controls.plugged = False
    made.look(1.4)
    assert made.notice == ""
    made.look(1.6)
    assert made.notice == "sound device 'usb' is gone: looking for it"
    return made


def test_a_device_that_is_gone_is_looked_for_beside_the_show_and_plays_again(controls):
    made = unplugged(controls)
    for _ in range(3):
        assert controls.tries.acquire(timeout=PATIENCE)
        made.look(2.0)
    assert made.away.is_alive() and controls.streams[0].calls == ["abort", "close"]
    controls.plugged = True
    made.away.join(PATIENCE)
    made.look(3.0)
    assert made.notice == "" and made.away is None and len(controls.streams) == 2
    assert made.underruns == 3, "what was counted before it went"
    made.block[CALLS] += 1
    made.look(3.5)
    made.close()
    assert controls.streams[1].calls == ["abort", "close"] and not made.thread.is_alive()


def test_another_device_that_has_the_number_now_is_not_taken(controls):
    controls.others = ["hdmi"]
    made = unplugged(controls, "0")
    for _ in range(3):
        assert controls.tries.acquire(timeout=PATIENCE)
    assert made.away.is_alive() and len(controls.streams) == 1
    controls.plugged = True
    made.away.join(PATIENCE)
    assert made.name == "usb" and len(controls.streams) == 2
    made.close()


def test_a_show_that_ends_meanwhile_does_not_wait(controls):
    made = unplugged(controls)
    made.close()
    assert not made.away.is_alive() and not made.thread.is_alive()


def test_a_device_that_is_missing_at_the_start_is_waited_for(controls, tmp_path):
    controls.plugged = False
    made = DeviceOutput(generator(), console(2), "usb", record=tmp_path / "show.wav", strict=False)
    assert made.notice.startswith("no sound device 'usb'") and made.notice.endswith("; waiting for it")
    for now in (0.0, 5.0):
        assert controls.tries.acquire(timeout=PATIENCE)
        made.look(now)
        assert made.underruns == 0 and made.level == 0
    controls.plugged = True
    made.away.join(PATIENCE)
    made.look(6.0)
    assert made.notice == "" and len(controls.streams) == 1 and (tmp_path / "show.wav").exists()
    made.close()


@pytest.mark.parametrize("device, taken", [(0.003, 256), (0.0213, 1024), (0.2, 2048)])
@pytest.mark.parametrize("asked", [0.02, 0.05, 0.5])
def test_the_stated_latency_is_made_of_ours_and_the_devices(controls, device, taken, asked):
    controls.latency = device
    made = DeviceOutput(generator(), console(2), latency=asked)
    block = BLOCK * 48_000 / RATE
    waiting = TAPS / 2 * 48_000 / RATE + AHEAD + taken + block + made.block[REACH]
    assert made.latency == pytest.approx(waiting / 48_000 + device, abs=1e-4)
    least = taken + made.block[FADE] + block
    assert made.block[REACH] >= least - 2, "what the device takes at once, a fade and a block are always there"
    assert made.latency == pytest.approx(asked, abs=1e-4) or made.latency > asked and made.block[REACH] < least + 2
    made.close()


def test_a_recording_holds_all_that_was_made_when_it_is_closed(controls, tmp_path):
    made = DeviceOutput(generator(), console(2), record=tmp_path / "show.wav")
    made.block[READ] = 6000  # as if a device had played so much, and nobody had looked since
    while made.block[WRITTEN] < 6000:
        pass
    made.close()
    with wave.open(str(tmp_path / "show.wav")) as file:
        assert file.getnframes() == made.block[WRITTEN] >= 6000 and file.getnchannels() == 2


def test_another_sounddevice_is_wrong_before_anything_plays(controls):
    del Controls._terminate
    try:
        with pytest.raises(UserError, match="sounddevice has no _terminate here: pip install 'sounddevice>=0.5,<0.6'"):
            DeviceOutput(generator(), console(2))
    finally:
        Controls._terminate = lambda self: None


def test_more_channels_than_the_device_has_are_wrong(controls):
    with pytest.raises(UserError, match="channels is at most 2 on 'usb', found 5"):
        DeviceOutput(generator(), console(2), channels=5)


def test_a_device_that_another_program_holds_is_wrong_and_nothing_sounds_on(controls):
    controls.held, before = True, set(threading.enumerate())
    told = "sound device 'usb' does not open: device unavailable; is another program using it"
    with pytest.raises(UserError, match=told):
        DeviceOutput(generator(), console(2))
    assert set(threading.enumerate()) <= before
