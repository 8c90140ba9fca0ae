"""The profile augmenta: Augmenta's OSC protocol, version 2."""

from functools import lru_cache

import numpy as np

from engine.osc.frame_template import FrameTemplate, Piece, piece
from engine.osc.profiles.profile import (
    AGE,
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

SCENE = ("/scene", "iiff", range(4))  # frame, count, width and height
ORIENTATION, FRAME = len(COLUMNS), len(COLUMNS) + 1  # the columns that stand behind a track's own

# /object/enter, update and leave: types, and which columns they are
TYPES = "iii" + "f" * 12
PERSON = (
    FRAME, ID, SLOT, AGE,
    X, Y,  # centroid
    VX, VY,
    ORIENTATION,
    X, Y, W, H, ZERO,  # bounding box: centre, size, rotation, which boxes have not
    ZERO,  # height in metres, which cannot be seen
)  # fmt: skip


@lru_cache
def person(event: str) -> Piece:
    return piece((f"/object/{event}", TYPES, PERSON))


@lru_cache(TEMPLATES)
def augmenta(limit: int, objects: int, events: Events) -> FrameTemplate:
    """A frame: /scene, then an /object message for each event."""
    said = [of_row(person(event), len(SCENE[2]), index, FRAME + 1) for event, index in events_of(events, objects)]
    return FrameTemplate(limit, len(SCENE[2]), piece(SCENE), *said)


class Augmenta(Profile):
    """Augmenta v2: /object/enter, update and leave with fifteen arguments each, and /scene.

    The orientation is where the object goes, in degrees against the clock from the right, 0 where it stands.
    """

    def frames(self, scene: Scene, status: EngineStatus) -> list[Frame]:
        """Positions and sizes 0..1, velocities in pictures a second; the scene's size is the target's metres."""
        table, events = self.events(scene)
        orientation = np.degrees(np.arctan2(-table[:, VY], table[:, VX])) % 360.0
        frame = scene.index & 0x7FFFFFFF
        table = np.column_stack((table, orientation, np.full(len(table), frame)))
        return [(augmenta(self.limit, len(scene.tracks), events), [frame, len(scene.tracks), *self.metres], table)]
