"""The hand-over between the capture thread and the loop."""

import threading

from engine.values import Frame


class Mailbox:
    """One slot between two threads: the newest frame wins, and a frame nobody took in time is counted in `dropped`.

    Until somebody asks for the first, while a show is still being set up, none is late.
    """

    def __init__(self):
        self.frame: Frame | None = None
        self.dropped = 0
        self.waiting = self.asked = False  # whether the frame in the slot has yet to be taken; whether any was
        self.changed = threading.Condition()

    def put(self, frame: Frame) -> None:
        """Leave a frame, in place of the one before."""
        with self.changed:
            self.dropped += self.waiting and self.asked
            self.frame, self.waiting = frame, True
            self.changed.notify_all()

    def newer(self, than: int, timeout: float) -> Frame | None:
        """The frame in the slot as soon as its index is above `than`; None if that takes more than timeout seconds."""
        with self.changed:
            self.asked = True
            if not self.changed.wait_for(lambda: self.frame is not None and self.frame.index > than, timeout):
                return None
            self.waiting = False
            return self.frame
