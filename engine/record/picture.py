"""The picture that the audience sees, kept in a file from one press of a key to the next."""

import queue
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.parameters import Parameters
from engine.record.names import free
from engine.record.video import Video

PATH = "record/picture"
FILE = "neocog.mkv"
WAITING = 8  # pictures on their way to the disk; what comes while so many wait is left out and counted
PATIENCE = 10.0  # seconds that the end of a recording waits for the disk


class PictureRecorder:
    """Follows record/picture: while that is on, pictures go into neocog.mkv, or the next free name, in this folder.

    Motion JPEG in Matroska, written by a thread of its own; a file that is cut off plays up to its last second. A
    disk that is full ends the recording and not the show; one that is slow costs pictures. notices says so.
    """

    def __init__(self, parameters: Parameters):
        self.parameters, self.thread, self.lost, self.trouble = parameters, None, 0, ""

    @property
    def notices(self) -> tuple[str, ...]:
        if not self.lost:
            return ()
        return (f"{self.path.name} lacks {self.lost} pictures: the disk or the processor is too slow",)

    def send(self, shown: Callable[[], np.ndarray | None], seconds: float) -> None:
        """shown returns the picture (H, W, 3) uint8 RGB, or None where there is no window; seconds are the show's."""
        if self.trouble or not self.parameters[PATH]:
            return self.end()
        picture = shown()
        if picture is None:
            self.trouble = "there is no picture to record: start without --headless"
            return self.end()
        if self.thread is None:
            self.path, self.lost = free(Path(FILE)), 0
            self.pictures: queue.Queue = queue.Queue()
            self.thread = threading.Thread(target=self.write, args=(self.path, self.pictures), name="record picture",
                                           daemon=True)
            self.thread.start()
        if self.pictures.qsize() < WAITING:
            self.pictures.put((picture, seconds))
        else:
            self.lost += 1

    def end(self) -> threading.Thread | None:
        """Let the file end once the disk has all of it; the thread that sees to it, if there is one."""
        thread, self.thread = self.thread, None
        if thread is not None:
            self.pictures.put(None)
        if thread is not None or self.trouble:
            self.parameters.set(PATH, 0, "record")
            self.parameters.answer(PATH, self.trouble or f"recorded {self.path}")
        self.trouble = ""
        return thread

    def close(self) -> None:
        """The show is over; waits until the disk has it all, at most 10 s."""
        if (thread := self.end()) is not None:
            thread.join(PATIENCE)

    def write(self, path: Path, pictures: queue.Queue) -> None:
        """What the thread does, for one file."""
        video = None
        try:
            while (entry := pictures.get()) is not None:
                picture, seconds = entry
                if video is None:
                    video, began = Video(path, picture.shape[1::-1]), seconds
                video.add(picture, seconds - began)
            video.close()
        except Exception as error:  # a disk that is full, a folder taken away
            self.trouble = f"{path} has ended: {(getattr(error, 'strerror', None) or str(error)).lower()}"
