"""OSC and MIDI in, read beside the frames: what plays the voice reaches it at once, the rest waits for the loop."""

import select
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable

from engine.losses import Losses
from engine.priority import first
from engine.values import Change

PERIOD, REST = 0.003, 0.001  # seconds between two looks, and at least, however much comes in
MOST = 4096  # changes that wait for the loop; the oldest are lost, and counted


class Steering:
    """Reads inputs and hands each Change to `play`, which says whether it took it.

    beside: in a thread of its own, for a frame takes longer than a cue may; else when changes() is called, in the
    show's own time. What comes in by `inlet` is read at once then, the rest every PERIOD. An input that fails in the
    thread fails again in changes(), where it is seen.
    """

    def __init__(self, inputs: Iterable[Callable[[], Iterable[Change]]], play: Callable[[Change], bool], beside: bool,
                 inlet: socket.socket | None = None):
        self.inputs, self.play = tuple(inputs), play
        self.inlet = inlet
        self.waiting: deque[Change] = deque(maxlen=MOST)
        self.losses = Losses("osc, midi and control page")
        self.leaving = threading.Event()
        self.thread = threading.Thread(target=self.run, name="steering", daemon=True) if beside else None
        if self.thread:
            self.thread.start()

    def run(self) -> None:
        first()
        while not self.leaving.wait(REST):
            if self.inlet:
                select.select([self.inlet], (), (), PERIOD - REST)
            self.read()

    def read(self) -> None:
        for changes in self.inputs:
            for change in changes():
                if not self.play(change):
                    self.losses.count += len(self.waiting) == MOST
                    self.waiting.append(change)

    def changes(self) -> list[Change]:
        """What came since the last call and the voice did not take, in order."""
        if self.thread is None or not self.thread.is_alive():
            self.read()
        return [self.waiting.popleft() for _ in range(len(self.waiting))]

    def close(self) -> None:
        self.leaving.set()
        if self.thread:
            self.thread.join()
