"""Numbers read off a scene by name, as the profile split calls them: layer/conv3/mean, object/0/x, count/person.

A vector for Wekinator and a receiver's own addresses are fed with them.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.errors import UserError
from engine.osc.profiles.profile import OF_SLOT, SLOT, WRAP, Profile, word
from engine.signals.paths import WAYS, reader  # what a patch's signals are made of can be sent without a patch
from engine.values import STATISTICS, EngineStatus, Scene

FRAME_NAMES = ("number", "time", "count")
CHOICES = (*WAYS, "signal/<name>", *(f"frame/{name}" for name in FRAME_NAMES), "stale")


@dataclass(frozen=True, slots=True)
class View:
    """The numbers of a scene, mirrored as a target wants it: of the frame, of each layer by tap, each object by slot.

    counts has how many there are of each class; stale is 1 while the camera gives nothing new.
    """

    scene: Scene
    frame: Sequence[float]
    layers: dict[str, Sequence[float]]
    ranged: dict[str, Sequence[float]]
    objects: dict[str, Sequence[float]]
    counts: Counter[str]
    stale: float

    @classmethod
    def of(cls, scene: Scene, status: EngineStatus, profile: Profile) -> "View":
        return cls(
            scene=scene,
            frame=(scene.index % 2**24, scene.time % WRAP, len(scene.tracks)),
            layers={word(tap): profile.layer_numbers(layer) for tap, layer in scene.layers.items()},
            ranged={word(tap): profile.layer_numbers(layer.ranged) for tap, layer in scene.layers.items()},
            objects={str(int(row[SLOT])): row for row in profile.table(scene.tracks).tolist()},
            counts=Counter(word(track.name) for track in scene.tracks),
            stale=scene.stale or status.stale,
        )


def reading(name: str, classes: Sequence[str]) -> Callable[[View], float]:
    """What reads the number of this name off a view; UserError with the choices for a name that cannot be.

    What there is not at the moment, as an object in a slot that nobody has, reads 0; a layer that there is not raises
    KeyError.
    """
    match name.strip("/").split("/"):
        case ["layer", tap, number] if number in STATISTICS:
            index = STATISTICS.index(number)
            return lambda view: view.layers[tap][index]
        case ["layer", tap, "ranged", number] if number in STATISTICS:
            index = STATISTICS.index(number)
            return lambda view: view.ranged[tap][index]
        case ["object", slot, "present"] if slot.isdecimal():
            return lambda view: slot in view.objects
        case ["object", slot, number] if slot.isdecimal() and number in OF_SLOT:
            index = OF_SLOT[number]
            return lambda view: view.objects[slot][index] if slot in view.objects else 0.0
        case ["count", kind] if kind in map(word, classes):
            return lambda view: view.counts[kind]
        case ["count", kind]:
            raise UserError(f"the detector has no class {kind!r}: choose from {', '.join(map(word, classes))}")
        case ["frame", number] if number in FRAME_NAMES:
            index = FRAME_NAMES.index(number)
            return lambda view: view.frame[index]
        case ["stale"]:
            return lambda view: view.stale
        case ["signal", signal] if signal:
            return lambda view: view.scene.signals.get(signal, 0.0)
    try:
        read = reader(name.strip("/"))
    except UserError as error:
        raise UserError(f"a scene has no number {name!r:.80}: choose from {', '.join(CHOICES)}") from error
    return lambda view: read(view.scene) or 0.0


class Readings:
    """The numbers of these names, scene after scene; notice names a layer that there is not, which then reads 0."""

    def __init__(self, names: Sequence[str], classes: Sequence[str]) -> None:
        """UserError with the choices for a name that cannot be."""
        self.names, self.reads = tuple(names), [reading(name, classes) for name in names]
        self.notice = ""

    def __call__(self, view: View) -> list[float]:
        self.notice = ""
        return [self.read(name, read, view) for name, read in zip(self.names, self.reads, strict=True)]

    def read(self, name: str, read: Callable[[View], float], view: View) -> float:
        try:
            return read(view)
        except KeyError:
            self.notice = f"osc: no layer for {name!r}, choose from {', '.join(view.layers) or 'none yet'}"
            return 0.0
