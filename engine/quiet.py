"""Libraries that write to the terminal, past Python, kept from doing so."""

import contextlib
import os
import threading
from collections.abc import Iterator

LOCK = threading.Lock()


class Silence:
    """Descriptor 2 leads nowhere while somebody is inside; the last one out, of whatever thread, puts it back."""

    inside, kept = 0, -1


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what ALSA, JACK and SDL print if they are missing from the terminal: they write to descriptor 2 itself."""
    enter()
    try:
        yield
    finally:
        leave()


def enter() -> None:
    with LOCK:
        if not Silence.inside:
            try:
                Silence.kept = os.dup(2)
            except OSError:  # closed already: nothing to keep quiet
                Silence.kept = -1
            else:
                nothing = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nothing, 2)
                os.close(nothing)
        Silence.inside += 1


def leave() -> None:
    with LOCK:
        Silence.inside -= 1
        if not Silence.inside and Silence.kept >= 0:
            os.dup2(Silence.kept, 2)
            os.close(Silence.kept)
