"""Live: pictures as they come, from a thread of their own, through every failure of what they come from."""

import contextlib
import itertools
import math
import threading
from collections.abc import Callable, Iterator

import numpy as np

from engine.capture.mailbox import Mailbox
from engine.capture.readers import USUAL_RATE, Picture
from engine.values import Frame

SILENCE = 2.0  # seconds without a new picture before a source counts as stale,
PACES = 3.0  # or so many times what it lately took from one picture to the next, if that is longer
REPEAT = 0.1  # seconds between the frames of a stale source
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds between tries to get a lost source back; each doubles the last


class Live:
    """A source that never ends and never raises: files play in their own time and start over, lost cameras come back.

    While nothing comes, `stale` is true, `notice` says why, and the last picture (a dark one, if there was none) is
    given again ten times a second, with rising index and time. Whether it is stale does not depend on the reader,
    which may hang. open_reader() returns a reader (readers.py) or raises; it is called in the capture thread.
    """

    offline, ended = False, False

    def __init__(
        self,
        name: str,
        open_reader: Callable,
        clock: Callable[[], float],
        wait: Callable[[float], object] | None = None,
    ):
        self.name = name
        self.rate = USUAL_RATE  # until the reader tells its own
        self.open_reader, self.reader = open_reader, None
        self.clock = clock
        self.closing = threading.Event()
        self.wait = wait or self.closing.wait
        self.latest = Mailbox()
        self.indices = itertools.count()  # shared by both threads: next() is atomic
        self.fresh = clock()  # when the newest picture came, or the next one is due, or the first was waited for
        self.limit = SILENCE  # seconds from then on after which nothing new counts as silence
        self.shown, self.gap = self.fresh, 0.0  # when the newest picture came, seconds since the one before
        self.failure: tuple[float, str] | None = None  # when the next try is, and what went wrong
        self.next_repeat = 0.0
        self.thread = threading.Thread(target=self.capture, name=f"capture {name}", daemon=True)

    def start(self) -> "Live":
        """Start the capture thread."""
        self.thread.start()
        return self

    @property
    def dropped(self) -> int:
        """How many frames came and went before the loop asked for one."""
        return self.latest.dropped

    @property
    def stale(self) -> bool:
        """Whether nothing new comes."""
        return self.failure is not None or self.clock() - self.fresh > self.limit

    @property
    def notice(self) -> str:
        """What to tell the performer: a sentence while the source is stale, else nothing."""
        failure = self.failure
        if not self.stale:
            return self.reader.notice if self.reader else ""
        if failure is None:
            return f"{self.name} gives no pictures: waiting for it"
        due, reason = failure
        seconds = math.ceil(due - self.clock())
        return f"{self.name} gives no pictures ({reason}): trying again {f'in {seconds} s' if seconds > 0 else 'now'}"

    def newer(self, than: int, timeout: float) -> Frame | None:
        """The newest frame if its index is above `than`; waits up to timeout seconds for one, then None."""
        if self.stale:
            timeout = min(timeout, max(0.0, self.next_repeat - self.clock()))
        frame = self.latest.newer(than, timeout)
        now = self.clock()
        if frame is None and self.stale and now >= self.next_repeat:
            self.next_repeat = now + REPEAT
            last = self.latest.frame
            pixels = last.pixels if last else np.full((480, 640, 3), 16, np.uint8)
            moment = last.moment if last else 0.0
            frame = Frame(pixels, next(self.indices), now, stale=True, source=self.name, moment=moment)
        return frame

    def close(self) -> None:
        """Stop. A reader that hangs is left behind: releasing it from another thread could crash."""
        self.closing.set()
        if self.thread.ident:
            self.thread.join(1.0)

    def capture(self) -> None:
        """What the capture thread does."""
        for frame in self.frames():
            self.latest.put(frame)

    def frame(self, picture: Picture, now: float) -> Frame:
        """A fresh frame; the shorter of the last two gaps says how long a silence makes the source stale."""
        gap, self.gap = self.gap, now - self.shown
        self.limit = max(SILENCE, PACES * min(gap, self.gap))
        self.fresh = self.shown = now
        return Frame(picture.pixels, next(self.indices), now, source=self.name, moment=picture.moment)

    def frames(self) -> Iterator[Frame]:
        """Fresh frames, each when it is due; in between, the tries to get a lost source back."""
        pause, start = SHORTEST_PAUSE, self.clock()
        while not self.closing.is_set():
            reason, played = "it stopped", False
            try:
                with contextlib.closing(self.open_reader()) as reader:
                    self.rate, self.reader = reader.rate, reader
                    while not self.closing.is_set() and (picture := reader.read()) is not None:
                        if reader.paced:
                            start = max(start, self.clock() - picture.moment)  # where it is late it goes on from here
                            self.fresh = start + picture.moment
                            self.wait(self.fresh - self.clock())
                        pause, played, self.failure = SHORTEST_PAUSE, True, None
                        yield self.frame(picture, self.clock())
                if played and reader.paced:
                    start += reader.end  # it is through: from the beginning
                    continue
            except Exception as error:  # whatever a driver, a decoder or a network comes up with: the show goes on
                reason = str(error)
            self.failure = self.clock() + pause, reason
            self.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
