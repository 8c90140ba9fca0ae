"""Another neocog on this machine that sends to the same receiver or plays the same instrument: told, since nobody there
could tell the two apart."""

import os
import re
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

from engine.osc.targets import Target

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt

AGAIN = 3.0  # seconds until it is looked whether the other is still there
SENT = (
    "another neocog on this machine sends to {} as well, and nobody there can tell the two apart: "
    'choose another target, or give this one a name in the rig, as in [[osc.target]] prefix = "/left"'
)
PLAYED = (
    "another neocog on this machine plays channel {} of midi output {!r} as well, and each can end the other's notes: "
    "choose another channel, or another output"
)


class Neighbours:
    """A port that sends nothing: it holds a locked file for each target, which another neocog then cannot lock.

    So it does for each channel that is played of a MIDI output: playing tells its name and those, "" for no output.
    The system lets go of a file when the program ends, however that comes. notices name what another neocog holds.
    """

    def __init__(
        self,
        targets: Iterable[Target],
        playing: Callable[[], tuple[str, Iterable[int]]] = lambda: ("", ()),
        folder: Path | None = None,
    ) -> None:
        self.targets = {f"{target.profile}@{target}{target.prefix}": SENT.format(target) for target in targets}
        self.playing, self.folder = playing, folder or Path(tempfile.gettempdir())
        self.held: dict[str, IO] = {}
        self.notices: tuple[str, ...] = ()
        self.due = float("-inf")

    def send(self, scene, cues, status, now: float) -> None:
        """There is nothing to send."""

    def tick(self, now: float) -> None:
        """Take what is to be had, at the start and every three seconds."""
        if now >= self.due:
            self.due = now + AGAIN
            output, channels = self.playing()
            played = {f"midi-{output}-{channel}": PLAYED.format(channel + 1, output) for channel in channels if output}
            self.notices = tuple(told for name, told in (self.targets | played).items() if not self.take(name))

    def take(self, name: str) -> bool:
        """Whether this is now ours alone, as far as it can be known."""
        if name in self.held:
            return True
        user = os.getuid() if hasattr(os, "getuid") else ""
        try:
            file = open(self.folder / f"neocog-{user}-{re.sub('[^A-Za-z0-9.]+', '-', name)}.lock", "w")
        except OSError:  # no folder that can be written to
            return True
        if locked(file):
            self.held[name] = file
            return True
        file.close()
        return False

    def close(self, now: float) -> None:
        for file in self.held.values():
            file.close()


def locked(file: IO) -> bool:
    """Lock a file until it is closed; False if another program has."""
    try:
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    return True
