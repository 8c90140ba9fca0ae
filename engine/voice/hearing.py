"""Hear in: who sings into a microphone leads the voice by pitch, loudness and brightness."""

import math

import numpy as np

from engine.errors import UserError
from engine.quiet import quiet
from engine.values import Change
from engine.voice.devices import find, portaudio
from engine.voice.pitch import lags, period
from engine.voice.ring_buffer import FLOATS, SIZE, WRITTEN, hear, memory
from models.wavenet import hertz

RATE = 24_000  # that a pitch is looked for at, about: the device's rate by a whole number
HOP = 128  # samples at that rate between two looks, 5 ms
FRAMES = 128  # a callback, where the device lets us choose
LOUDEST, SILENT = -20.0, -55.0  # decibels of full scale: who sings so is loud at first, and who is below is not heard
FORGET = 0.3  # decibels a second by which the loudest moment is forgotten
RANGE = 48.0  # decibels from loudness 1 to 0
TIMBRE = 1.3  # octaves from the pitch to the middle of the spectrum that are natural
LEAP, SURE = 9.0, 3  # a leap of so many semitones is believed after so many looks
HOLD = 12  # looks without a tone after which it is over
STILL = 1.0  # seconds without a sample after which the microphone counts as lost


class Hearing:
    """What is heard, look by look: hear(block at RATE) gives (pitch, loudness, brightness), None while nobody sings.

    A tone begins with the second look that hears about the same, and ends after HOLD without.
    """

    def __init__(self, rate: float = RATE):
        self.rate, (self.least, self.most) = rate, lags(rate)
        self.recent = np.zeros(2 * self.most + 1, np.float32)
        self.apart = np.zeros(self.most + 2)
        self.pitch, self.loudest, self.missed = None, LOUDEST, 0
        self.other, self.count = 0.0, 0

    def hear(self, block: np.ndarray) -> tuple[float, float, float] | None:
        """One look, after HOP more samples."""
        self.recent = np.concatenate((self.recent[len(block):], block))
        near = self.recent[-self.most:]
        power = float(np.mean(near * near))
        level = 10 * math.log10(power + 1e-12)
        self.loudest = max(self.loudest - FORGET * len(block) / self.rate, level)
        loud = level > max(SILENT, self.loudest - RANGE)
        lag = period(self.recent, self.least, self.most, self.apart) if loud else 0.0
        self.follow(69 + 12 * math.log2(self.rate / lag / 440) if lag else None)
        if self.pitch is None:
            return None
        middle = math.sqrt(float(np.mean(np.diff(near) ** 2)) / (power + 1e-12)) * self.rate / (2 * math.pi)
        above = math.log2(max(middle, 1.0) / hertz(self.pitch))
        return (self.pitch, min(max(1 + (level - self.loudest) / RANGE, 0.0), 1.0),
                min(max(0.5 + 0.3 * (above - TIMBRE), 0.0), 1.0))

    def follow(self, heard: float | None) -> None:
        """Believe a pitch, or wait whether it is heard again."""
        if heard is None:
            self.missed += 1
            self.count = 0
            if self.missed >= HOLD:
                self.pitch = None
            return
        self.missed = 0
        if self.pitch is not None and abs(heard - self.pitch) < LEAP:
            self.pitch, self.count = heard, 0
            return
        self.count = self.count + 1 if abs(heard - self.other) < 1 else 1
        self.other = heard
        if self.count >= (2 if self.pitch is None else SURE):
            self.pitch, self.count = heard, 0


class Microphone:
    """A sound input that is polled; device is its number or a part of its name, UserError lists those there are.

    Its callback is compiled and only copies; what is not fetched within a third of a second is lost, the oldest first.
    """

    def __init__(self, device: str):
        sounddevice = portaudio()
        number, told = find(device, hears=True)
        self.name, rate = told["name"], told["default_samplerate"]
        self.step = max(1, round(rate / RATE))
        self.hearing = Hearing(rate / self.step)
        self.block, self.read, self.moved, self.notice, self.sings = memory(0, 1, 1), 0, None, "", False
        try:
            with quiet():
                self.stream = sounddevice._StreamBase(
                    "input", samplerate=rate, blocksize=FRAMES, device=number, channels=1, dtype="float32",
                    latency="low", extra_settings=None, clip_off=True, dither_off=True, never_drop_input=None,
                    prime_output_buffers_using_stream_callback=None, finished_callback=None,
                    callback=sounddevice._ffi.cast("PaStreamCallback *", hear.address),
                    userdata=sounddevice._ffi.cast("void *", self.block.ctypes.data), wrap_callback=None)
                self.stream.start()
        except sounddevice.PortAudioError as error:
            reason = " ".join(str(error.args[0]).lower().split())
            raise UserError(
                f"sound input {self.name!r} does not open: {reason}; is another program using it?") from error

    def poll(self, now: float) -> list[Change]:
        """The newest that is heard: "ear" with (pitch, loudness, brightness), or with () when the tone is over."""
        written, hop = int(self.block[WRITTEN]), HOP * self.step
        if written != self.read or self.moved is None:
            self.moved, self.notice = now, ""
        elif now - self.moved > STILL:
            self.notice = f"sound input {self.name!r} gives nothing"
        self.read = max(self.read, written - SIZE + 2 * hop)
        if self.read + hop > written:
            return []
        samples = self.block.view(np.float32)[FLOATS:]
        while self.read + hop <= written:
            part = samples[np.arange(self.read, self.read + hop) & (SIZE - 1)]
            heard = self.hearing.hear(part.reshape(-1, self.step).mean(1))
            self.read += hop
        if heard is None and not self.sings:
            return []
        self.sings = heard is not None
        return [Change("ear", heard or (), "microphone")]

    def close(self) -> None:
        self.stream.abort()
        self.stream.close()
