"""What the voice plays, kept in WAV files."""

import struct
import wave
from contextlib import suppress
from pathlib import Path

import numpy as np

from engine.errors import UserError

LONGEST = 2**31 - 2**17  # bytes a file, which every program reads; three hours of stereo at 48 kHz and 16 bit
BITS = (16, 24, 32)


class Recorder:
    """A WAV file of so many channels, 16, 24 or 32 bit; UserError if it cannot be begun.

    A file that is there already stays: the recording takes the next free name, show-2.wav, unless it may overwrite. A long
    recording goes on in the next one. What cannot be written ends the recording and not the show; notice says why.
    """

    def __init__(self, path: Path, rate: int, channels: int = 1, bits: int = 16, overwrite: bool = False):
        if path.suffix.lower() != ".wav":
            raise UserError(f"a recording is a .wav file, found {str(path)!r}: name it so")
        self.name, self.rate, self.channels, self.bits, self.notice = path, rate, channels, bits, ""
        self.begin(path if overwrite else self.free())

    def free(self) -> Path:
        """The first name of ours that no file has."""
        number, path = 1, self.name
        while path.is_file():
            number += 1
            path = self.name.with_stem(f"{self.name.stem}-{number}")
        return path

    def begin(self, path: Path) -> None:
        try:
            self.disk = open(path, "wb")
        except OSError as error:
            raise UserError(f"cannot write {path}: {(error.strerror or 'no such place').lower()}") from error
        self.path, self.written = path, 0
        self.file = wave.open(self.disk, "wb")
        self.file.setnchannels(self.channels)
        self.file.setsampwidth(self.bits // 8)
        self.file.setframerate(self.rate)

    def turn(self, rate: int, channels: int) -> None:
        """Go on with frames of this rate and so many channels, in a new file if that is another kind."""
        if (rate, channels) != (self.rate, self.channels):
            self.rate, self.channels = rate, channels
            self.attempt(self.next)

    def write(self, frames: np.ndarray) -> None:
        """Append frames (n, channels) of -1..1."""
        data = encoded(frames, self.bits)
        if self.written + len(data) > LONGEST:
            self.attempt(self.next)
        self.written += len(data)
        self.attempt(lambda: self.file.writeframes(data))

    def next(self) -> None:
        self.close()
        self.begin(self.free())

    def attempt(self, step) -> None:
        if self.notice:
            return
        try:
            step()
        except (OSError, UserError, struct.error) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self.notice = f"the recording has ended: {reason.lower()}"
            self.close()

    def close(self) -> None:
        for file in (self.file, self.disk):
            with suppress(OSError, struct.error):  # the end of a full disk
                file.close()


def encoded(frames: np.ndarray, bits: int) -> bytes:
    """Samples of -1..1 as little-endian whole numbers of so many bits."""
    whole = np.rint(frames.astype(np.float64) * (2 ** (bits - 1) - 1)).astype("<i4")
    if bits == 16:
        return whole.astype("<i2").tobytes()
    return np.ascontiguousarray(whole).view(np.uint8).reshape(-1, 4)[:, : bits // 8].tobytes()
