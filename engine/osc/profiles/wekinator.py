"""The profile wekinator: one vector of floats a frame, for Wekinator to learn from (wekinator.org)."""

from functools import lru_cache

import numpy as np

from engine.errors import UserError
from engine.osc.encoding import BUNDLE, message
from engine.osc.frame_template import NOTHING, FrameTemplate, Piece, piece
from engine.osc.profiles.profile import TEMPLATES, Frame, Profile, word
from engine.osc.profiles.readings import Readings, View
from engine.values import STATISTICS, EngineStatus, Scene

NOBODY = np.zeros((0, 1))


@lru_cache(TEMPLATES)
def wekinator(limit: int, count: int) -> FrameTemplate:
    """A frame: /wek/inputs with so many floats."""
    return FrameTemplate(limit, count, NOTHING, inputs_piece(count))


def inputs_piece(count: int) -> Piece:
    return piece(("/wek/inputs", "f" * count, range(count)))


def most_inputs(limit: int) -> int:
    """How many floats a datagram takes."""
    count = limit // 5
    while len(BUNDLE) + len(inputs_piece(count).data) > limit:
        count -= 1
    return count


class Wekinator(Profile):
    """/wek/inputs with the same number of floats in each frame: the target's inputs, else all that layers say.

    Wekinator drops a message with another count and takes what is no float for 0. The names of the inputs are told
    once, if a datagram takes them: later ones would undo what somebody typed there.
    """

    def prepare(self) -> None:
        self.told_inputs, self.most = False, most_inputs(self.limit)
        if len(self.inputs) > self.most:
            raise UserError(
                f"wekinator takes {self.most} inputs in a datagram, found {len(self.inputs)}: leave some out"
            )
        if len(set(self.inputs)) < len(self.inputs):
            raise UserError("wekinator takes each input once: leave out what is there twice")
        self.readings = Readings(self.inputs, self.classes)

    def frames(self, scene: Scene, status: EngineStatus) -> list[Frame]:
        """No frame until there are layers to choose the inputs from."""
        if not self.readings.names:
            every = [f"layer/{word(tap)}/{name}" for tap in scene.layers for name in STATISTICS]
            self.readings = Readings(every[: self.most], self.classes)
        if not self.readings.names:
            return []
        numbers = self.readings(View.of(scene, status, self))
        self.notice = self.readings.notice or self.notice
        return [(wekinator(self.limit, len(numbers)), numbers, NOBODY)]

    def names(self, scene: Scene) -> list[bytes]:
        """The names of the inputs, in their order."""
        if self.told_inputs or not self.readings.names:
            return []
        self.told_inputs = True
        told = message("/wekinator/control/setInputNames", *self.readings.names)
        return [told] if len(told) <= self.limit else []
