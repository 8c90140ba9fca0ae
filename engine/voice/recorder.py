"""What the voice sings, kept in WAV files."""

import struct
import wave
from contextlib import suppress
from pathlib import Path

import numpy as np

from engine.errors import UserError

LONGEST = 2**30 - 2**16  # samples a file, six hours: below 2 GiB, which every program reads


class Recorder:
    """A WAV file, mono, 16 bit; UserError if it cannot be begun. A long recording goes on in a file beside it, show-2.wav.

    What cannot be written ends the recording and not the show; notice says why.
    """

    def __init__(self, path: Path, rate: int):
        if path.suffix.lower() != ".wav":
            raise UserError(f"a recording is a .wav file, found {str(path)!r}: name it so")
        self.path, self.rate, self.part, self.notice = path, rate, 1, ""
        self.begin(path)

    def begin(self, path: Path) -> None:
        try:
            self.disk = open(path, "wb")
        except OSError as error:
            raise UserError(f"cannot write {path}: {(error.strerror or 'no such place').lower()}") from error
        self.file = wave.open(self.disk, "wb")
        self.file.setnchannels(1)
        self.file.setsampwidth(2)
        self.file.setframerate(self.rate)

    def turn(self, rate: int) -> None:
        """Go on with samples of this rate, in a new file if it is another one."""
        if rate != self.rate:
            self.rate = rate
            self.attempt(self.next)

    def write(self, samples: np.ndarray) -> None:
        data = (samples * 32767).round().astype("<i2").tobytes()
        if self.file.tell() + len(samples) > LONGEST:
            self.attempt(self.next)
        self.attempt(lambda: self.file.writeframes(data))

    def next(self) -> None:
        self.close()
        self.part += 1
        self.begin(self.path.with_stem(f"{self.path.stem}-{self.part}"))

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
