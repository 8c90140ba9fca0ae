"""The voice on a sound device: opened, fed, watched, and opened again after it was gone."""

import threading
from pathlib import Path

import numpy as np

from engine.choosing import Missing
from engine.errors import UserError
from engine.priority import first
from engine.quiet import quiet
from engine.voice.devices import find, fresh_portaudio, portaudio
from engine.voice.file_output import described
from engine.voice.limiter import AHEAD
from engine.voice.mixer import BLOCK, Console, mixer
from engine.voice.recorder import Recorder
from engine.voice.resampler import TAPS
from engine.voice.ring_buffer import (
    CALLS,
    CLOSING,
    FLOATS,
    KEPT,
    LOST,
    REACH,
    RECORDED,
    SIZE,
    SPARE,
    STOP,
    TAKEN,
    UNDERRUNS,
    WRITTEN,
    callback,
    memory,
    produce,
)
from engine.voice.ring_buffer import FADE as FADING
from models.generator import Generator
from models.wavenet import RATE

FADE = 0.005  # seconds
FRAMES = 256  # a callback, where the device lets us choose
MOST = 2048  # frames that a device takes at a time at most, in one callback or in several
STILL = 1.0  # seconds without a callback after which a device counts as lost
HANGS = 2.0  # seconds in which a stream is left; PortAudio waits ten minutes for a JACK server that has ended
PEAKS = 2048  # samples that the level is told of
SOONEST, SLOWEST = 0.5, 10.0  # seconds between tries to open a device that is gone, each twice the last


class DeviceOutput:
    """The voice on a sound device. A lost device is looked for again and again; the show goes on without it.

    device is its number or a part of its name; UserError lists the devices if there is no such one and strict, else it
    is waited for. channels is how many it plays, 0 for two where it has them, ring the degrees where they stand.
    latency is the time from a target to the loudspeaker at most: until the device asks for sound, the block made then,
    what waits in the ring, what resampler and limiter look ahead, the device's own.
    """

    def __init__(self, generator: Generator, console: Console, device: str = "", latency: float = 0.05,
                 channels: int = 0, ring: tuple[float, ...] = (), record: Path | None = None, strict: bool = True):
        self.generator, self.console = generator, console
        self.wanted, self.aim, self.asked, self.ring = device, latency, channels, ring
        self.path, self.recorder = record, None
        self.lost, self.stream, self.block, self.latency = 0, None, memory(SIZE, 1, 1), 0.0
        self.away: threading.Thread | None = None  # looks for a device that is gone; the show does not wait for it
        self.leaving = threading.Event()
        try:
            self.open()
        except Missing as error:
            if strict:
                raise
            self.notice = self.told = f"{error}; waiting for it"
            self.look_for(None)

    def open(self) -> None:
        """Open the device and start; UserError lists the devices if there is no such one."""
        sounddevice = portaudio()
        number, told = find(self.wanted)
        most = told["max_output_channels"]
        channels = self.asked or min(2, most)
        if channels > most:
            raise UserError(f"[voice] channels is at most {most} on {told['name']!r}, found {channels}")
        rate = told["default_samplerate"]
        self.block = memory(0, int(FADE * rate), channels)
        try:
            with quiet():
                # sounddevice offers this to libraries that bring a compiled callback
                stream = sounddevice._StreamBase(
                    "output", samplerate=rate, blocksize=FRAMES, device=number, channels=channels, dtype="float32",
                    latency="low", extra_settings=None, clip_off=True, dither_off=True, never_drop_input=None,
                    prime_output_buffers_using_stream_callback=None, finished_callback=None,
                    callback=sounddevice._ffi.cast("PaStreamCallback *", callback.address),
                    userdata=sounddevice._ffi.cast("void *", self.block.ctypes.data), wrap_callback=None)
        except sounddevice.PortAudioError as error:
            raise refused(told, error) from error
        # no device takes more at a time than it holds
        self.taken = min(max(FRAMES / rate, stream.latency), MOST / rate)
        made = self.taken + (BLOCK + TAPS / 2) / RATE + AHEAD / rate
        least = self.taken + FADE + BLOCK / RATE
        ring = max(least, self.aim - made - stream.latency)
        self.latency, self.rate = made + ring + stream.latency, rate
        self.block[REACH] = int(ring * rate)
        if self.path and self.recorder is None:
            self.recorder = Recorder(self.path, int(rate), channels)
        elif self.recorder:
            self.recorder.turn(int(rate), channels)
        self.kept = np.zeros((KEPT if self.path else 0, channels), np.float32)
        work = (self.generator.machine, self.generator.targets, self.console,
                mixer(self.generator.lanes, rate, channels, self.ring), self.block, self.kept)
        self.block[STOP] = 1
        produce(*work)  # compiles where it has to, before anything plays
        self.block[STOP] = 0
        self.thread = threading.Thread(target=before_others, name="voice", daemon=True, args=work)
        self.thread.start()
        try:
            stream.start()
        except sounddevice.PortAudioError as error:
            self.hush()
            raise refused(told, error) from error
        self.stream, self.name, self.notice, self.calls, self.moved = stream, told["name"], "", 0, None
        self.channels = channels
        if self.wanted.isdecimal():
            self.wanted = self.name  # numbers mean another device after something was unplugged
        self.told = (f"{described(self.generator)} on {self.name}, {channels} channels, "
                     f"{1000 * self.latency:.0f} ms from cue to sound "
                     f"(blocks of {1000 * BLOCK / RATE:.1f} ms, a ring of {1000 * ring:.0f} ms)")

    @property
    def underruns(self) -> int:
        return self.lost + int(self.block[UNDERRUNS])

    @property
    def level(self) -> float:
        """The peak of what was made last, 0 to 1."""
        written = int(self.block[WRITTEN])
        frames = self.block.view(np.float32)[FLOATS:].reshape(SIZE, -1)
        return float(np.abs(frames[np.arange(written - PEAKS, written) & (SIZE - 1)]).max())

    @property
    def spare(self) -> float:
        """How much of the ring was left when it was lowest since the last time this was asked: 0 dry, 1 full."""
        least, self.block[SPARE] = int(self.block[SPARE]), SIZE
        room = self.block[REACH] - self.taken * self.rate - self.block[FADING]
        return min(max(least / room, 0.0), 1.0)

    def look(self, now: float) -> None:
        """Write down what waits to be recorded; see whether the device still asks for sound."""
        if self.away is not None and self.away.is_alive():
            return
        self.away = None
        self.keep()
        calls = int(self.block[CALLS])
        if calls != self.calls or self.moved is None:
            self.calls, self.moved = calls, now
        elif now - self.moved > STILL:
            self.notice = f"sound device {self.name!r} is gone: looking for it"
            stream = self.hush()
            self.keep()
            self.look_for(stream)

    def look_for(self, stream) -> None:
        """Look for the device beside the show, after leaving a stream that was open on it."""
        self.away = threading.Thread(target=self.come_back, args=(stream, self.block), daemon=True)
        self.away.start()

    def come_back(self, stream, held: np.ndarray) -> None:
        """Leave a stream, which still writes into what is held, and try again and again to open the device anew."""
        sounddevice = portaudio()
        leaving = threading.Thread(target=abandon, args=(stream,), daemon=True)
        leaving.start()
        leaving.join(HANGS)
        if leaving.is_alive():
            fresh_portaudio()
        wait = SOONEST
        while not self.leaving.wait(wait):
            wait = min(2 * wait, SLOWEST)
            try:
                with quiet():  # PortAudio sees new devices only when it begins anew
                    if sounddevice._initialized:
                        sounddevice._terminate()
                    sounddevice._initialize()
                self.open()
                return
            except (UserError, sounddevice.PortAudioError):
                pass

    def keep(self) -> None:
        if self.recorder is None:
            return
        first, last = int(self.block[TAKEN]), int(self.block[RECORDED])
        if last > first:
            self.recorder.write(self.kept[np.arange(first, last) & (KEPT - 1)])
            self.block[TAKEN] = last
        if self.block[LOST]:
            self.notice = f"recording: {int(self.block[LOST])} frames lost, the disk is too slow"
        self.notice = self.recorder.notice or self.notice

    def hush(self):
        """Stop making sound; the stream that is to be left, if there is one."""
        self.lost += int(self.block[UNDERRUNS])
        self.block[UNDERRUNS] = 0
        self.block[STOP] = 1
        self.thread.join()
        stream, self.stream = self.stream, None
        return stream

    def close(self) -> None:
        sounddevice = portaudio()
        self.leaving.set()
        if self.away is not None:
            self.away.join(1.0)
        if self.stream is not None:
            self.block[CLOSING] = 1
            threading.Event().wait(2 * FADE + 2 * self.taken)
            self.away = threading.Thread(target=abandon, args=(self.hush(),), daemon=True)
            self.away.start()
            self.away.join(1.0)
        if self.away is not None and self.away.is_alive():
            sounddevice._initialized = 0  # PortAudio waits ten minutes for a JACK server that has died, at exit as well
        self.keep()
        if self.recorder is not None:
            self.recorder.close()


def before_others(*work) -> None:
    """Produce in a thread that other programs wait for."""
    first()
    produce(*work)


def abandon(stream) -> None:
    """Close a stream, whatever has become of its device."""
    try:
        stream.abort()
        stream.close()
    except Exception:  # the device is gone: there is nobody to tell
        pass


def refused(told: dict, error: Exception) -> UserError:
    """What to say of a device that does not open."""
    reason = " ".join(str(error.args[0]).lower().split())
    return UserError(f"sound device {told['name']!r} does not open: {reason}; is another program using it?")
