"""Another neocog on this machine that sends to the same receiver: told, since nobody there could tell the two apart."""

import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from engine.osc.targets import Target

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt

AGAIN = 3.0  # seconds until it is looked whether the other is still there


class Neighbours:
    """A port that sends nothing: it holds a locked file for each target, which another neocog then cannot lock.

    The system lets go of it when the program ends, however that comes. notices names the targets that another holds.
    """

    def __init__(self, targets: Iterable[Target], folder: Path | None = None) -> None:
        self.folder = folder or Path(tempfile.gettempdir())
        self.free = {f"{target.profile}@{target}{target.prefix}": target for target in targets}
        self.held: list[IO] = []
        self.due = float("-inf")

    def send(self, scene, cues, status, now: float) -> None:
        """There is nothing to send."""

    def tick(self, now: float) -> None:
        """Take what is to be had, at the start and every three seconds."""
        if now >= self.due:
            self.due = now + AGAIN
            self.free = {name: target for name, target in self.free.items() if not self.take(name)}

    def take(self, name: str) -> bool:
        """Whether this target is now ours alone, as far as it can be known."""
        user = os.getuid() if hasattr(os, "getuid") else ""
        try:
            file = open(self.folder / f"neocog-{user}-{re.sub('[^A-Za-z0-9.]+', '-', name)}.lock", "w")
        except OSError:  # no folder that can be written to
            return True
        if locked(file):
            self.held.append(file)
            return True
        file.close()
        return False

    @property
    def notices(self) -> tuple[str, ...]:
        return tuple(
            f"another neocog on this machine sends to {target} as well, and nobody there can tell the two apart: "
            'choose another target, or give this one a name in the rig, as in [[osc.target]] prefix = "/left"'
            for target in self.free.values() if self.due > float("-inf")
        )  # fmt: skip

    def close(self, now: float) -> None:
        for file in self.held:
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
