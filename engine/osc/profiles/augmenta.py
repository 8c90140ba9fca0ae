"""The profile augmenta: Augmenta's OSC protocol, version 2."""

from functools import lru_cache

import numpy as np

from engine.osc.frame_template import FrameTemplate
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
    in_order,
    row,
)
from engine.values import COLUMNS, EngineStatus, Scene

FRAME, COUNT, WIDTH, HEIGHT = range(4)  # the numbers outside the table
ORIENTATION = len(COLUMNS)  # the column that stands behind a track's own

# /object/enter, update and leave after the frame: types, and which columns they are
TYPES = "iii" + "f" * 12
PERSON = (
    ID, SLOT, AGE,
    X, Y,  # centroid
    VX, VY,
    ORIENTATION,
    X, Y, W, H, ZERO,  # bounding box: centre, size, rotation, which boxes have not
    ZERO,  # height in metres, which cannot be seen
)  # fmt: skip


@lru_cache(TEMPLATES)
def augmenta(limit: int, objects: int, events: Events) -> FrameTemplate:
    """A frame: /scene, then an /object message for each event."""
    said = []
    for event, index in events_of(events, objects):
        person = in_order(PERSON, row(4, index, ORIENTATION + 1))
        said.append([(f"/object/{event}", TYPES, [FRAME, *person])])
    return FrameTemplate(limit, 4, [("/scene", "iiff", (FRAME, COUNT, WIDTH, HEIGHT))], *said)


class Augmenta(Profile):
    """Augmenta v2: /object/enter, update and leave with fifteen arguments each, and /scene.

    The orientation is where the object goes, in degrees against the clock from the right, 0 where it stands.
    """

    def frames(self, scene: Scene, status: EngineStatus) -> list[Frame]:
        """Positions and sizes 0..1, velocities in pictures a second; the scene's size is the target's metres."""
        table, events = self.events(scene)
        orientation = np.degrees(np.arctan2(-table[:, VY], table[:, VX])) % 360.0
        numbers = [scene.index & 0x7FFFFFFF, len(scene.tracks), *self.metres]
        return [(augmenta(self.limit, len(scene.tracks), events), numbers, np.column_stack((table, orientation)))]
