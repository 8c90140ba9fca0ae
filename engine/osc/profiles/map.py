"""The profile map: numbers of the scene at a receiver's own addresses, as the rig's [[osc.map]] says."""

from functools import lru_cache

import numpy as np

from engine.errors import UserError
from engine.osc.encoding import checked
from engine.osc.frame_template import NOTHING, FrameTemplate, piece
from engine.osc.profiles.profile import TEMPLATES, Frame, Profile
from engine.osc.profiles.readings import Readings, View
from engine.values import EngineStatus, Scene

NOBODY = np.zeros((0, 1))


@lru_cache(TEMPLATES)
def mapped(limit: int, addresses: tuple[str, ...]) -> FrameTemplate:
    """A frame: one float at each address."""
    said = [piece((address, "f", [number])) for number, address in enumerate(addresses)]
    return FrameTemplate(limit, len(addresses), NOTHING, *said)


class Map(Profile):
    """One float at each address of the rig's [[osc.map]], and nothing else but a patch's cues."""

    def prepare(self) -> None:
        if not self.maps:
            raise UserError(
                'a target of the profile map wants [[osc.map]] in the rig, with from = "layer/conv3/mean" '
                'and to = "/the/receivers/address"'
            )
        names, addresses = zip(*self.maps, strict=True)
        self.addresses = tuple(map(checked, addresses))
        self.readings = Readings(names, self.classes)

    def frames(self, scene: Scene, status: EngineStatus) -> list[Frame]:
        """Numbers are sent as they are, 0 for a slot that nobody has."""
        numbers = self.readings(View.of(scene, status, self))
        self.notice = self.readings.notice or self.notice
        return [(mapped(self.limit, self.addresses), numbers, NOBODY)]
