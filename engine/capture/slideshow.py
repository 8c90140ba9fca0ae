"""The slide show: what a folder holds, in turn: pictures, moving pictures, videos."""

import os
import re

from engine.capture.decoder import film
from engine.capture.pictures import KINDS, Animation, loaded, moves
from engine.capture.readers import USUAL_RATE, Drawn, Picture
from engine.errors import UserError

SECONDS = 5.0  # how long a picture stays
VIDEOS = (".3gp", ".avi", ".dv", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf",
          ".ogv", ".ts", ".webm", ".wmv")
TOLD = 10.0  # seconds of the show that it is said what could not be played


class Slideshow:
    """A reader that plays a folder over and over in natural order (img2 before img10), looking into it at each turn.

    Pictures stay for 5 s, videos and moving pictures play once. What cannot be played is left out and told once in
    `notice`. UserError when there is nothing to play.
    """

    paced, rate, end = True, USUAL_RATE, float("inf")

    def __init__(self, folder: str):
        self.folder, self.path, self.item = folder, "", None
        self.start = self.moment = 0.0
        self.refused: dict[str, float] = {}  # what was told, and until when
        self.next()

    @property
    def notice(self) -> str:
        """What could not be played lately."""
        return "; ".join(wrong for wrong, until in self.refused.items() if self.moment < until)

    def read(self) -> Picture:
        while (picture := self.item.read()) is None:
            self.start += self.item.end
            self.item.close()
            self.next()
        self.moment = self.start + picture.moment
        return Picture(picture.pixels, self.moment)

    def next(self) -> None:
        """Open what comes after the present one, in the folder as it is now."""
        paths = playable(self.folder)
        after = [path for path in paths if natural(path) > natural(self.path)]
        for self.path in after + paths[:len(paths) - len(after)]:
            try:
                self.item = reader(self.path)
                return
            except UserError as wrong:
                self.refused.setdefault(str(wrong), self.moment + TOLD)
        raise UserError(f"{self.folder} has nothing in it that can be played: {next(iter(self.refused), '')}")

    def close(self) -> None:
        self.item.close()


class Still(Drawn):
    """A reader of one picture for so many seconds."""

    def __init__(self, path: str, seconds: float):
        pixels = loaded(path)
        super().__init__(lambda t: pixels)
        self.end = seconds

    def read(self) -> Picture | None:
        return super().read() if self.count < self.end * self.rate else None


def reader(path: str, seconds: float = SECONDS):
    """A reader for a file; pictures stay for so many seconds. UserError if it cannot be played."""
    if not path.lower().endswith(KINDS):
        return film(path)
    return Animation(path) if moves(path) else Still(path, seconds)


def playable(folder: str) -> list[str]:
    """The paths of what can be played in a folder, in natural order; UserError if there is none."""
    try:
        names = sorted(os.listdir(folder), key=natural)
    except OSError as error:
        raise UserError(f"{folder} cannot be opened: {error.strerror.lower()}") from error
    paths = [os.path.join(folder, name) for name in names if name.lower().endswith(KINDS + VIDEOS) and name[0] != "."]
    if not paths:
        kinds = " ".join(KINDS + VIDEOS)
        raise UserError(f"{folder} has no pictures in it and no videos; their names end in one of {kinds}")
    return paths


def natural(name: str) -> tuple:
    """A key that sorts numbers in names by their value."""
    parts = re.split(r"(\d+)", name)
    return tuple((int(part), "") if place % 2 else (-1, part.lower()) for place, part in enumerate(parts)), name
