"""Terminal and log as a side channel: nobody who leaves them unread, stopped or full holds up the show."""

import contextlib
import io
import os
import select
import sys
import threading
from typing import TextIO

WAITING = 1 << 14  # bytes that wait for somebody to read; a line that does not fit there is lost, and counted
PIECE = 512  # bytes that a pipe takes at once where it takes any (PIPE_BUF, as POSIX has it at least)


class SideChannel(io.TextIOBase):
    """A text stream in the place of another one that has a descriptor; it never waits and never fails.

    What a terminal stopped with Ctrl-S, a full pipe or a full disk does not take at once waits in a buffer of WAITING
    bytes. What does not fit is lost until all of that is out; then a line says how many were lost.
    """

    def __init__(self, stream: TextIO):
        self.stream, self.descriptor = stream, unblocking(stream.fileno())
        self.waiting, self.full, self.lost = bytearray(), False, 0
        self.lock = threading.RLock()  # a library may warn from another thread, a signal come in between

    encoding = property(lambda self: self.stream.encoding or "utf-8")

    def fileno(self) -> int:
        return self.stream.fileno()

    def isatty(self) -> bool:
        return self.stream.isatty()

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """Let go of it; the stream that it stands for stays as it is."""
        if not self.closed:
            super().close()
            if self.descriptor != self.stream.fileno():
                os.close(self.descriptor)

    def write(self, text: str) -> int:
        """Say something; characters that the encoding lacks become question marks."""
        data = text.encode(self.encoding, "replace")
        with self.lock:
            self.flush()
            self.full |= len(self.waiting) + len(data) > WAITING
            if self.full:
                self.lost += text.count("\n")
            else:
                self.waiting += data
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Hand on what is taken at once."""
        with self.lock, contextlib.suppress(OSError):  # nobody reads any more, or the disk is full: perhaps later
            while self.waiting and takes(self.descriptor):
                del self.waiting[:os.write(self.descriptor, self.waiting[:PIECE])]
            if self.full and not self.waiting:
                self.full, self.lost, told = False, 0, f"\n{self.lost} lines are lost: they were not read\n"
                self.waiting += told.encode(self.encoding, "replace")
                self.flush()


def unblocked(stream: TextIO) -> TextIO:
    """The stream as a side channel; itself where it is one, or has no descriptor that could block."""
    try:
        stream.fileno()
    except (OSError, ValueError):  # of a test, a notebook, an editor
        return stream
    return stream if isinstance(stream, SideChannel) else SideChannel(stream)


def unblocking(descriptor: int) -> int:
    """A terminal's descriptor that never blocks, opened anew since the shell shares the first; any other as it is."""
    if os.isatty(descriptor) and hasattr(os, "ttyname"):
        with contextlib.suppress(OSError):  # another user's, after su
            return os.open(os.ttyname(descriptor), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    return descriptor


def takes(descriptor: int) -> bool:
    """Whether a descriptor takes some bytes at once; Windows does not tell of files and consoles."""
    return sys.platform == "win32" or bool(select.select((), (descriptor,), (), 0)[1])


def open_standard_streams() -> None:
    """Let standard streams that were closed lead nowhere: else a socket gets their number, and what is printed."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)
