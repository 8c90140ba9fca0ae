"""The voice into a file, in the show's own time."""

import numpy as np

from engine.voice.mixer import BLOCK, Console, mix, mixer
from engine.voice.recorder import Recorder
from models.generator import Generator
from models.wavenet import RATE


class FileOutput:
    """The player without a device: the show's own time, into a file.

    `look(now)` makes the sound from the first now to this one.
    """

    def __init__(self, generator: Generator, console: Console, recorder: Recorder, ring: tuple[float, ...] = ()):
        self.underruns, self.level = 0, 0.0
        self.generator, self.console, self.recorder = generator, console, recorder
        self.mixer = mixer(generator.lanes, recorder.rate, recorder.channels, ring)
        self.told = f"{described(generator)} into {recorder.path}"
        self.made: int | None = None  # blocks, from the show's beginning on

    @property
    def notice(self) -> str:
        return self.recorder.notice

    def look(self, now: float) -> None:
        if self.made is None:
            self.made = int(now * RATE / BLOCK)
        while (self.made + 1) * BLOCK <= now * RATE:
            count = mix(self.generator.machine, self.generator.targets, self.console, self.mixer)
            self.recorder.write(self.mixer.out[:count])
            self.level = float(np.abs(self.mixer.out[:count]).max())
            self.made += 1

    def close(self) -> None:
        self.recorder.close()


def described(generator: Generator) -> str:
    """Which voice it is, and how many lanes it has."""
    network = generator.network
    return f"{', '.join(network.instruments)} in {len(network.noise.dilations)} layers, {generator.lanes} lanes,"
