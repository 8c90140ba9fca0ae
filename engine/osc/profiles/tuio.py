"""The profile tuio: TUIO 1.1 (tuio.org/?specification), objects as tangibles and as blobs."""

import platform
from functools import lru_cache

import numpy as np

from engine.osc.frame_template import FrameTemplate, Message, Piece, piece
from engine.osc.profiles.profile import ID, LABEL, TEMPLATES, VX, VY, Frame, H, Profile, W, X, Y, of_row
from engine.values import COLUMNS, EngineStatus, Scene

AREA = len(COLUMNS)  # the column that stands behind a track's own
FSEQ = 0  # the only number outside the table
ZERO = None  # boxes do not turn, and acceleration is not measured

# address, the types of its set message, and what each argument is
OBJECTS = ("/tuio/2Dobj", "sii" + "f" * 8, (
    "set", ID, LABEL, X, Y, ZERO, VX, VY, ZERO, ZERO, ZERO,  # s i x y a X Y A m r
))  # fmt: skip
BLOBS = ("/tuio/2Dblb", "si" + "f" * 11, (
    "set", ID, X, Y, ZERO, W, H, AREA, VX, VY, ZERO, ZERO, ZERO,  # s x y a w h f X Y A m r
))  # fmt: skip


@lru_cache
def one_set(profile: Message) -> Piece:
    return piece(profile)


@lru_cache(TEMPLATES)
def tuio(limit: int, objects: int, source: str, profile: Message) -> FrameTemplate:
    """A bundle of one TUIO profile: source, alive, a set for each object, fseq."""
    address, columns = profile[0], AREA + 1
    alive = [1 + columns * index + ID for index in range(objects)]
    header = piece((address, "ss", ("source", source)), (address, "s" + "i" * objects, ("alive", *alive)))
    sets = [of_row(one_set(profile), 1, index, columns) for index in range(objects)]
    return FrameTemplate(limit, 1, header, *sets, trailer=piece((address, "si", ("fseq", FSEQ))))


class Tuio(Profile):
    """TUIO 1.1: a bundle of /tuio/2Dobj, whose symbol is the class, and one of /tuio/2Dblb with the box.

    A prefix is the name of the source. Leaving is absence from alive. A frame that says nothing new has the fseq -1,
    as the specification wants it.
    """

    def prepare(self) -> None:
        self.source = f"{self.prefix.strip('/') or 'neocog'}@{platform.node() or 'localhost'}"
        self.prefix, self.last, self.empty = "", -1, False

    def frames(self, scene: Scene, status: EngineStatus) -> list[Frame]:
        """Session id is the track's, positions and sizes 0..1, velocities in pictures a second."""
        table = self.table(scene.tracks)
        table = np.column_stack((table, table[:, W] * table[:, H]))
        news = scene.born or scene.gone or (scene.index != self.last and not (self.empty and not scene.tracks))
        self.last, self.empty = scene.index, not scene.tracks
        numbers = [scene.index & 0x7FFFFFFF if news else -1]
        return [(tuio(self.limit, len(table), self.source, profile), numbers, table) for profile in (OBJECTS, BLOBS)]
