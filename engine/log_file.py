"""The log of a show: what it has to tell, with date and time, in files that take so much of the disk and no more."""

import os
import queue
import threading
import time
import traceback
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from engine.cues import Cue
from engine.errors import UserError
from engine.notices import Notices
from engine.values import EngineStatus, Scene

LARGEST, OLDER = 1_000_000, 4  # bytes of a file, and how many older ones are kept: night.log.1 is the one before
WAITING = 256  # lines on their way to the disk; what comes while so many wait is lost, and counted
EVERY = 60.0  # seconds from one line about how the show goes to the next
PATIENCE = 10.0  # seconds that the end of a show waits for the disk


class Files:
    """A file that lines are added to; when it is large it becomes an older one, and the oldest goes."""

    def __init__(self, path: Path):
        self.names = [path, *(path.with_name(f"{path.name}.{number}") for number in range(1, OLDER + 1))]
        self.open()

    def open(self) -> None:
        self.file = open(self.names[0], "ab", buffering=0)

    def write(self, line: str) -> None:
        """Add a line; OSError where the disk does not take it."""
        data = f"{line}\n".encode("utf-8", "replace")
        if self.file.closed:  # a file could not be renamed
            self.open()
        if self.file.tell() + len(data) > LARGEST:
            self.file.close()
            for older, newer in zip(self.names[:0:-1], self.names[-2::-1], strict=True):
                if newer.exists():
                    os.replace(newer, older)
            self.open()
        self.file.write(data)

    def close(self) -> None:
        self.file.close()


class LogFile:
    """A port that writes notices as they come and go, and once a minute how the show goes, from a thread of its own.

    UserError if there can be no such file. A disk that is full or hangs costs lines; notices says so.
    """

    def __init__(self, path: Path):
        self.path, self.lost, self.trouble, self.due = path, 0, "", float("-inf")
        self.news = Notices()
        try:
            self.files = Files(path)
        except OSError as error:
            raise UserError(f"cannot keep a log at {path}: {(error.strerror or 'no such place').lower()}") from error
        self.lines: queue.Queue[str | None] = queue.Queue(WAITING)
        self.thread = threading.Thread(target=self.write, name=f"log {path.name}", daemon=True)
        self.thread.start()

    @property
    def notices(self) -> tuple[str, ...]:
        """Why the log does not have all."""
        lacks = self.lost and f"{self.path} lacks {self.lost} lines: the disk is too slow"
        return tuple(filter(None, (self.trouble, lacks)))

    def say(self, line: str) -> None:
        """Have a line written as soon as the disk takes it."""
        try:
            self.lines.put_nowait(f"{datetime.now().isoformat(' ', 'seconds')}  {line}")
        except queue.Full:
            self.lost += 1

    def send(self, scene: Scene, cues: Iterable[Cue], status: EngineStatus, now: float) -> None:
        """What is new with a frame; now in seconds."""
        for line in self.news.new(status, now):
            self.say(line)
        if not 0 <= self.due - now <= EVERY:
            self.due = now + EVERY
            self.say(f"{status.fps:.1f} fps, {status.latency * 1000:.0f} ms, {status.dropped} dropped, "
                     f"{status.malformed} malformed, {status.underruns} underruns, {len(scene.tracks)} objects")

    def tick(self, now: float) -> None:
        """Nothing is due between frames."""

    def fault(self, error: BaseException) -> None:
        """All that is known of a fault that ends the show."""
        for line in "".join(traceback.format_exception(error)).splitlines():
            self.say(line)

    def close(self, now: float) -> None:
        """The show is over; waits until the disk has it all, at most 10 s."""
        self.say("ended")
        until = time.monotonic() + PATIENCE
        try:
            self.lines.put(None, timeout=PATIENCE)
        except queue.Full:  # the disk hangs
            return
        self.thread.join(until - time.monotonic())

    def write(self) -> None:
        """What the thread does."""
        while (line := self.lines.get()) is not None:
            try:
                self.files.write(line)
                self.trouble = ""
            except OSError as error:
                self.trouble = f"{self.path} takes no more lines: {(error.strerror or 'refused').lower()}"
        self.files.close()
