"""The window's peer for a machine without a screen: how the show goes, in the terminal or the log."""

import os
import sys
from collections import Counter
from math import exp
from typing import TextIO

from engine.notices import Notices
from engine.side_channel import unblocked
from engine.values import EngineStatus, Layer, Percept, Scene
from engine.window.meters import meters

RATE, LOG_RATE = 10, 1 / 60  # times a second that the line in a terminal is written anew, that a log gets one
BARS = "▁▂▃▄▅▆▇█"
RELEASE = 10.0  # seconds in which a layer's bar forgets most of its loudest moment (to 1/e)


class Terminal:
    """One line: frame rate, latency, losses, layers, objects.

    In a terminal the line stays in place, and the layers are bars from the first to the last, each against its recent
    loudest; elsewhere it is a new line each minute, and one at the end. Notices come between, as Notices has them.
    Time is the frames' own. A terminal that nobody reads, or that has gone away, is no reason to wait or to stop.
    """

    ended, trouble = False, ""

    def __init__(self, stream: TextIO | None = None):
        self.stream = unblocked(stream or sys.stdout)
        self.live = self.stream.isatty()
        self.written = None
        self.untold: tuple[Scene, EngineStatus] | None = None  # the newest frame, where no line says how it went
        self.notices = Notices()
        self.start = self.time = None
        self.ceilings: dict[str, float] = {}

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *raised) -> None:
        self.close()

    def poll(self) -> None:
        """Nobody is at the keys."""

    def draw(self, cues) -> None:
        """There is no picture to draw over."""

    def save(self) -> None:
        """There is no picture to save."""

    def shown(self) -> None:
        """There is no picture to record or share."""

    def show(self, percept: Percept, scene: Scene, patch, status: EngineStatus) -> None:
        """Tell of a frame, if it is time to."""
        self._tell(self.notices.new(status, scene.time))
        self._follow(scene)
        now, self.untold = int((scene.time - self.start) * (RATE if self.live else LOG_RATE)), (scene, status)
        if now != self.written:
            self._go(now)

    def close(self) -> None:
        """Say how it went at last; a terminal's cursor is left on a line of its own."""
        if self.live and self.written is not None:
            self._write("\n")
        elif self.untold and not self.live:
            self._go(None)
        self.written = self.untold = None

    def _go(self, written: int | None) -> None:
        """Say how the newest frame went; written is the number of this line."""
        (scene, status), self.untold, self.written = self.untold, None, written
        if self.live:
            self._write("\r" + self._line(scene, status)[: columns(self.stream) - 1] + "\x1b[K")
        else:
            self._write(f"{scene.time - self.start:.0f} s  {self._line(scene, status)}\n")

    def _tell(self, lines: list[str]) -> None:
        for line in lines:
            self._write(("\r\x1b[K" if self.live else "") + line + "\n")
        if lines and self.live:
            self.written = None

    def _follow(self, scene: Scene) -> None:
        if self.start is None:
            self.start = self.time = scene.time
        sunk = exp((self.time - scene.time) / RELEASE)
        self.time = scene.time
        before = self.ceilings
        self.ceilings = {name: max(layer.mean, before.get(name, 0.0) * sunk) for name, layer in scene.layers.items()}

    def _line(self, scene: Scene, status: EngineStatus) -> str:
        words = [f"{status.fps:.1f} fps", f"{status.latency * 1000:.0f} ms"]
        losses = (status.dropped, "dropped"), (status.malformed, "malformed"), (status.underruns, "underruns")
        words += [f"{count} {kind}" for count, kind in losses if count]
        if self.live:
            names = list(scene.layers)
            words.append(" ".join((*names[:1], "".join(map(self._bar, names, scene.layers.values())), *names[1:][-1:])))
        else:
            words += [f"{name} {layer.mean:.3g}" for name, layer in scene.layers.items()]
        words += [f"voices {meters(status.meters)} dB"] if any(status.meters) else []
        words += [f"{count} {name}" for name, count in Counter(track.name for track in scene.tracks).items()]
        return "  ".join(words)

    def _bar(self, name: str, layer: Layer) -> str:
        ceiling = self.ceilings[name]
        return BARS[min(7, int(8 * layer.mean / ceiling))] if ceiling > 0 else BARS[0]

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


def columns(stream: TextIO) -> int:
    """The width of a terminal in characters; 80 where it does not tell."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except OSError:
        return 80
