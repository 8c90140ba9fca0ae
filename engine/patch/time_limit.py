"""A time limit around code we did not write, so that a patch with an endless loop cannot hang a show."""

import signal
import threading
from contextlib import contextmanager


class TooLong(Exception):
    """The code inside a time_limit took longer than it was given."""


@contextmanager
def time_limit(seconds: float):
    """Raise TooLong inside the block when it runs longer than seconds.

    It needs interval timers and the main thread; elsewhere (Windows, a thread) the block runs unguarded.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def expire(*_):
        raise TooLong(f"took longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)  # again and again: a bare except may swallow the first
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
