"""What the voice plays, kept in WAV or FLAC files."""

import struct
import wave
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

from engine.errors import UserError
from engine.libraries import load
from engine.record.names import free  # what is recorded is named alike in both rooms

LONGEST = 2**31 - 2**17  # bytes a file, which every program reads; three hours of stereo at 48 kHz and 16 bit
KINDS = {".wav": (16, 24, 32), ".flac": (16, 24)}  # and the bits a sample that they hold


class Recorder:
    """A WAV or FLAC file, as its name ends, of so many channels and bits a sample; UserError if it cannot be begun.

    A file that is there already stays: the recording takes the next free name, show-2.wav, unless it may overwrite. A
    long recording goes on in the next one. What cannot be written ends the recording and not the show; notice says why.
    """

    def __init__(self, path: Path, rate: int, channels: int = 1, bits: int = 16, overwrite: bool = False):
        kind = path.suffix.lower()
        if kind not in KINDS:
            raise UserError(f"a recording is a .wav or .flac file, found {str(path)!r}: name it so")
        if bits not in KINDS[kind]:
            raise UserError(f"a {kind} file has {' or '.join(map(str, KINDS[kind]))} bits a sample, found {bits}")
        self.name, self.rate, self.channels, self.bits, self.notice = path, rate, channels, bits, ""
        self.begin(path if overwrite else free(path))

    def begin(self, path: Path) -> None:
        try:
            self.disk = open(path, "wb")
        except OSError as error:
            raise UserError(f"cannot write {path}: {(error.strerror or 'no such place').lower()}") from error
        self.path, self.written = path, 0
        kind = Flac if path.suffix.lower() == ".flac" else Wav
        self.file = kind(self.disk, self.rate, self.channels, self.bits)

    def turn(self, rate: int, channels: int) -> None:
        """Go on with frames of this rate and so many channels, in a new file if that is another kind."""
        if (rate, channels) != (self.rate, self.channels):
            self.rate, self.channels = rate, channels
            self.attempt(self.next)

    def write(self, frames: np.ndarray) -> None:
        """Append frames (n, channels) of -1..1."""
        size = frames.size * self.bits // 8
        if self.written + size > LONGEST:
            self.attempt(self.next)
        self.written += size
        whole = np.rint(frames.astype(np.float64) * (2 ** (self.bits - 1) - 1)).astype("<i4").reshape(-1, self.channels)
        self.attempt(lambda: self.file.write(whole))

    def next(self) -> None:
        self.close()
        self.begin(free(self.name))

    def attempt(self, step) -> None:
        if self.notice:
            return
        try:
            step()
        except (OSError, UserError, struct.error, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self.notice = f"the recording has ended: {reason.lower()}"
            self.close()

    def close(self) -> None:
        for file in (self.file, self.disk):
            with suppress(OSError, struct.error, RuntimeError):  # the end of a full disk
                file.close()


class Wav:
    """Writes whole numbers (n, channels) into a WAV file, whose head is true after every write."""

    def __init__(self, disk: BinaryIO, rate: int, channels: int, bits: int):
        self.file, self.width = wave.open(disk, "wb"), bits // 8
        self.file.setnchannels(channels)
        self.file.setsampwidth(self.width)
        self.file.setframerate(rate)

    def write(self, whole: np.ndarray) -> None:
        self.file.writeframes(np.ascontiguousarray(whole).view(np.uint8).reshape(-1, 4)[:, :self.width].tobytes())

    def close(self) -> None:
        self.file.close()


class Flac:
    """Writes whole numbers (n, channels) into a FLAC file."""

    def __init__(self, disk: BinaryIO, rate: int, channels: int, bits: int):
        soundfile = load("soundfile")
        self.shift = 32 - bits  # libsndfile takes the upper bits
        try:
            self.file = soundfile.SoundFile(disk.fileno(), "w", rate, channels, f"PCM_{bits}", format="FLAC",
                                            closefd=False)
        except RuntimeError as error:
            raise UserError(f"a flac file has up to 8 channels and 655350 Hz, found {channels} and {rate}") from error

    def write(self, whole: np.ndarray) -> None:
        try:
            self.file.write(whole.astype(np.int32) << self.shift)
        except AssertionError as error:  # how soundfile says that less was written
            raise OSError("no space left, or the disk is gone") from error

    def close(self) -> None:
        self.file.close()
