"""The voice into a file, in the show's own time."""

import numpy as np

from engine.voice.mixer import BLOCK, Console, mix, mixer
from engine.voice.recorder import Recorder
from models.generator import Generator
from models.wavenet import RATE


AT_ONCE = round(0.1 * RATE / BLOCK)  # blocks that a live show makes up for at once: some milliseconds of work
SILENT = round(10 * RATE / BLOCK)  # blocks of silence that it writes at once in place of what is later than those


class FileOutput:
    """The player without a device: the show's own time, into a file.

    `look(now)` makes the sound from the first now to this one. In a live show it never holds up a frame for that: what
    the machine was too slow for, or asleep for, is silence in the file, and counted.
    """

    def __init__(self, generator: Generator, console: Console, recorder: Recorder, ring: tuple[float, ...] = (),
                 live: bool = False):
        self.underruns, self.level, self.live = 0, 0.0, live
        self.generator, self.console, self.recorder = generator, console, recorder
        self.mixer = mixer(generator.lanes, recorder.rate, recorder.channels, ring)
        self.told = f"{described(generator)} into {recorder.path}"
        self.made: int | None = None  # blocks, from the show's beginning on

    @property
    def notice(self) -> str:
        return self.recorder.notice

    def look(self, now: float) -> None:
        if self.notice:  # the recording has ended: nobody hears what would be made
            self.level = 0.0
            return
        due = int(now * RATE / BLOCK)
        self.made = due if self.made is None else self.made
        late = due - self.made - AT_ONCE
        if self.live and late > 0:
            self.skip(min(late, SILENT))
            due = min(due, self.made + AT_ONCE)
        while self.made < due:
            count = mix(self.generator.machine, self.generator.targets, self.console, self.mixer)
            self.recorder.write(self.mixer.out[:count])
            self.level = float(np.abs(self.mixer.out[:count]).max())
            self.made += 1

    def skip(self, blocks: int) -> None:
        """Write silence in place of so many blocks."""
        frames = round(blocks * BLOCK * self.recorder.rate / RATE)
        self.recorder.write(np.zeros((frames, self.recorder.channels), np.float32))
        self.made += blocks
        self.underruns += 1

    def close(self) -> None:
        self.recorder.close()


def described(generator: Generator) -> str:
    """Which voice it is, and how many lanes it has."""
    network = generator.network
    return f"{', '.join(network.instruments)} in {len(network.noise.dilations)} layers, {generator.lanes} lanes,"
