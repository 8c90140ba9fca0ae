"""The recorder: a port that keeps all that leaves a show, and what the camera saw, in a folder."""

import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.cues import Cue
from engine.errors import UserError
from engine.record.journal import NAME, VERSION, line
from engine.record.video import Video
from engine.values import EngineStatus, Frame, Scene

WAITING = 2000  # entries on their way to the disk, some ten seconds; what comes when it is full is left out and counted
PICTURES = 16  # pictures among them, for they are large
SAFE = 1.0  # seconds between the times that the system is told to put all on the disk, against a cut of the power
PATIENCE = 10.0  # seconds that the end of a show waits for the disk
VIDEO = "camera.mkv"


class Recorder:
    """Writes scenes.jsonl (journal.py) and camera.mkv in a folder of its own, from a thread of its own.

    UserError if that cannot be begun. A disk that is full or gone ends the recording and not the show; one that is slow
    costs pictures, then entries, unless patient: a show in its own time waits for it. notices says so.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any], patient: bool = False,
                 turned: Callable[[], tuple[tuple, ...]] = tuple):
        """turned tells what each osc target is turned to, which is kept when it changes."""
        self.folder, self.trouble, self.lost = folder, "", 0
        self.patience = PATIENCE if patient else 0.0
        self.turned, self.kept = turned, ()
        self.room = threading.Semaphore(PICTURES)
        self.began: float | None = None
        self.video: Video | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.journal = open(folder / NAME, "x", encoding="utf-8")
            header = {"neocog": VERSION, "began": datetime.now().isoformat(timespec="seconds"), **about}
            self.journal.write(line(header))
            self.journal.flush()
        except OSError as error:
            raise UserError(f"cannot record into {folder}: {(error.strerror or 'no such place').lower()}") from error
        self.entries: queue.Queue = queue.Queue(WAITING)
        self.thread = threading.Thread(target=self.write, name=f"record {folder.name}", daemon=True)
        self.thread.start()

    @property
    def notices(self) -> tuple[str, ...]:
        """What the recording lacks, and why it has ended if it has."""
        lacks = f"the recording lacks {self.lost} pictures or entries: the disk is too slow" if self.lost else ""
        return tuple(filter(None, (self.trouble, lacks)))

    def see(self, frame: Frame) -> None:
        """A picture that the show has seen; one that is only said again is not kept."""
        if frame.stale or self.trouble:
            return
        if not self.room.acquire(timeout=self.patience):
            self.lost += 1
        elif not self.put((frame.pixels, frame.time)):
            self.room.release()

    def send(self, scene: Scene, cues: Iterable[Cue], status: EngineStatus, now: float) -> None:
        """A frame as it left through the ports."""
        before, self.kept = self.kept, self.turned()
        if self.kept != before:
            for number, values in enumerate(self.kept, 1):
                self.put(("turn", now, number, *values))
        self.put(("send", now, scene, tuple(cues), status))

    def tick(self, now: float) -> None:
        """What was due between frames has left."""
        self.put(("tick", now))

    def put(self, entry: tuple) -> bool:
        """Hand an entry to the thread that writes; False if there is no room for it."""
        if self.trouble:
            return False
        try:
            self.entries.put(entry, timeout=self.patience)
        except queue.Full:
            self.lost += 1
            return False
        return True

    def close(self, now: float) -> None:
        """The show is over; waits until the disk has it all, at most 10 s."""
        self.put(("close", now))
        with suppress(queue.Full):
            self.entries.put(None, timeout=0 if self.trouble else PATIENCE)
            self.thread.join(PATIENCE)

    def write(self) -> None:
        """What the recorder's thread does."""
        safe = time.monotonic() + SAFE
        try:
            while (entry := self.entries.get()) is not None:
                if isinstance(entry[0], str):
                    self.journal.write(line(entry))
                else:
                    self.picture(*entry)
                    self.room.release()
                if self.entries.empty():
                    self.journal.flush()
                if time.monotonic() >= safe:
                    self.journal.flush()
                    os.fsync(self.journal.fileno())
                    safe = time.monotonic() + SAFE
        except Exception as error:  # a disk that is full, a folder taken away: the show goes on
            self.trouble = f"the recording has ended: {(getattr(error, 'strerror', None) or str(error)).lower()}"
        finally:
            self.end()

    def picture(self, pixels, seconds: float) -> None:
        if self.video is None:
            self.began = seconds
            self.video = Video(self.folder / VIDEO, pixels.shape[1::-1])
        self.video.add(pixels, seconds - self.began)

    def end(self) -> None:
        for part in (self.journal, self.video):
            try:
                if part is not None:
                    part.close()
            except Exception as error:  # the end of a full disk
                self.trouble = self.trouble or f"the recording is not whole: {error}"
