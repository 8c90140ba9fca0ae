"""The profile tsps: the Toolkit for Sensing People in Spaces, as its Processing library reads it."""

from functools import lru_cache

import numpy as np

from engine.osc.frame_template import FrameTemplate, Piece, piece
from engine.osc.profiles.profile import (
    ID,
    SLOT,
    TEMPLATES,
    VX,
    VY,
    ZERO,
    Events,
    Frame,
    H,
    Profile,
    W,
    X,
    Y,
    events_of,
    of_row,
)
from engine.values import COLUMNS, EngineStatus, Scene

SCENE = ("/TSPS/scene/", "ififf", range(5))  # time in ms, share of the picture covered, count, average motion x y
FRAMES, LEFT, TOP = range(len(COLUMNS), len(COLUMNS) + 3)  # the columns that stand behind a track's own
ADDRESSES = {
    "enter": "/TSPS/personEntered/", "update": "/TSPS/personUpdated/", "leave": "/TSPS/personWillLeave/"
}  # fmt: skip

TYPES = "iii" + "f" * 17
PERSON = (
    ID, SLOT, FRAMES,
    X, Y,  # centroid
    VX, VY,
    ZERO,  # depth
    LEFT, TOP, W, H,  # bounding box
    X, TOP,  # highest point
    ZERO, ZERO, ZERO, ZERO,  # Haar box
    ZERO, ZERO,  # optical flow
)  # fmt: skip


@lru_cache
def person(event: str) -> Piece:
    return piece((ADDRESSES[event], TYPES, PERSON))


@lru_cache(TEMPLATES)
def tsps(limit: int, objects: int, events: Events) -> FrameTemplate:
    """A frame: /TSPS/scene/, then a person message for each event."""
    said = [of_row(person(event), len(SCENE[2]), index, TOP + 1) for event, index in events_of(events, objects)]
    return FrameTemplate(limit, len(SCENE[2]), piece(SCENE), *said)


class Tsps(Profile):
    """TSPS: /TSPS/personEntered/, personUpdated/ and personWillLeave/ with twenty arguments each, and /TSPS/scene/.

    Every object is a person to it; its age is in pictures since it entered.
    """

    def prepare(self) -> None:
        self.since: dict[float, int] = {}  # the picture in which each object was first told

    def frames(self, scene: Scene, status: EngineStatus) -> list[Frame]:
        """Positions and sizes 0..1, velocities in pictures a second."""
        table, events = self.events(scene)
        ids = table[:, ID].tolist()
        self.since = {id: self.since.get(id, scene.index) for id in ids}
        ages = [scene.index - self.since[id] for id in ids]
        left, top = table[:, X] - table[:, W] / 2, table[:, Y] - table[:, H] / 2
        alive = table[: len(scene.tracks)]
        motion = alive[:, [VX, VY]].mean(0).tolist() if len(alive) else (0.0, 0.0)
        covered = min(float((alive[:, W] * alive[:, H]).sum()), 1.0)
        numbers = [int(scene.time * 1000.0) & 0x7FFFFFFF, covered, len(alive), *motion]
        return [(tsps(self.limit, len(scene.tracks), events), numbers, np.column_stack((table, ages, left, top)))]
