"""Which patches there are to choose from, and which version of a file is saved."""

from pathlib import Path

from engine.patch.loader import SHIPPED, names, shipped

LOOK = 1.0  # seconds from one look into the folder to the next


class PatchFolder:
    """The patches of a folder and the shipped ones by name: paths, and names in order."""

    def __init__(self, home: Path):
        self.home, self.paths = home, {}
        self.seen, self.looked = None, float("-inf")

    names = property(lambda self: sorted(self.paths))

    def survey(self, now: float, playing: Path) -> bool:
        """See once a second whether patches came or went, and say so; the one that plays is there in any case."""
        if 0 <= now - self.looked < LOOK:
            return False
        self.looked, before, self.seen = now, self.seen, stamp((self.home,))
        if self.seen == before and self.paths:
            return False
        self.paths = {name: SHIPPED / f"{name}.py" for name in shipped()}
        self.paths |= {name: self.home / f"{name}.py" for name in names(self.home)} | {playing.stem: playing}
        return True

    def neighbour(self, name: str, way: int) -> str:
        """The name so many further on, round the end; the first where it is gone."""
        order = self.names
        place = order.index(name) + way if name in order else 0
        return order[place % len(order)]


def stamp(files: tuple[Path, ...]) -> tuple | None:
    """What tells one saved version of files from the next; None when one of them is gone.

    The inode and the time of its change tell edits apart that keep size and date.
    """
    try:
        return tuple((status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
                     for status in (file.stat() for file in files))
    except OSError:
        return None
