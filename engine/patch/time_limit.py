"""A time limit around code we did not write, so that a patch with an endless loop cannot hang a show.

One thread looks ten times a second whether the same block still runs, and interrupts the main thread with a signal. It
counts its looks, not the clock: a machine that was asleep meanwhile does not blame the patch for the night.
"""

import _thread
import os
import signal
import threading
import time

INTERRUPTED = 130  # the exit code of a program that Ctrl-C ended
TICK = 0.1  # seconds from one look to the next
# A signal that nothing else here raises. Windows has no alarm; there the block is interrupted at its next step in
# Python, elsewhere also in the middle of a sleep.
SIGNAL = getattr(signal, "SIGALRM", signal.SIGFPE)


class TooLong(BaseException):
    """The code inside a time_limit took longer than it was given. Few catch a BaseException by mistake."""


class Watchdog:
    """Looks after one block at a time, that of the main thread."""

    def __init__(self) -> None:
        self.block: time_limit | None = None
        self.expired: time_limit | None = None
        self.thread: threading.Thread | None = None

    def start(self) -> None:
        if self.thread is None:
            signal.signal(SIGNAL, self.interrupt)
            self.thread = threading.Thread(target=self.watch, name="patch watchdog", daemon=True)
            self.thread.start()

    def watch(self) -> None:
        watched, looks = None, 0
        while True:
            time.sleep(TICK)
            block = self.block
            looks = looks + 1 if block is watched else 0
            watched = block
            if block is not None and looks * TICK >= block.seconds:
                if block.last and block is self.expired:
                    os._exit(INTERRUPTED)
                self.expired = block
                if hasattr(signal, "pthread_kill"):
                    signal.pthread_kill(threading.main_thread().ident, SIGNAL)
                else:
                    _thread.interrupt_main(SIGNAL)

    def interrupt(self, *_) -> None:
        """Runs in the main thread, as blocks begin and end there: it never hits the code after a block."""
        block = self.block
        if block is not None and block is self.expired:
            raise TooLong(f"took longer than {block.seconds:g} s")


WATCHDOG = Watchdog()


class time_limit:  # noqa: N801 - it reads as a statement
    """with time_limit(2): raises TooLong inside the block when it runs longer, again and again until the block ends.

    Outside the main thread the block runs unguarded. One that is the last to run in the program, and swallows its
    interruption, ends with the program.
    """

    last = False

    def __init__(self, seconds: float):
        self.seconds = seconds

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            WATCHDOG.start()
            WATCHDOG.block = self

    def __exit__(self, *raised) -> None:
        WATCHDOG.block = None


def deaf() -> bool:
    """Whether a block runs on after it was interrupted."""
    return WATCHDOG.block is not None and WATCHDOG.block is WATCHDOG.expired


def interrupt(*signal) -> None:
    """End what is being done; a patch that swallows an interruption is not asked again: then the program ends."""
    if deaf():
        os._exit(INTERRUPTED)
    if WATCHDOG.block is not None:
        WATCHDOG.block.last = True
    raise KeyboardInterrupt
