"""The values that flow through a show, one frozen dataclass per stage: Frame, Percept, Scene, Change, EngineStatus.

Boxes are centre and size in 0..1 of the frame, origin top left, everywhere but in the window and in letterboxing.
Values are really frozen: their arrays and mappings are read-only, and stay so through pickle and copy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from operator import attrgetter
from types import MappingProxyType
from typing import Any

import numpy as np

from engine.cues import Control, Note, Osc, Say  # noqa: F401 - where patches written before look for them

LIKELY = 0.2  # a guess that is less probable is not worth a word


def freeze(value: Any, *names: str) -> None:
    """Make these fields of a frozen dataclass read-only: arrays in place, mappings as proxies of copies."""
    for name in names:
        held = getattr(value, name)
        if isinstance(held, np.ndarray):
            held.flags.writeable = False
        elif not isinstance(held, MappingProxyType):
            object.__setattr__(value, name, MappingProxyType(dict(held)))


def rebuild(value: Any) -> tuple:
    """How pickle and copy take a frozen dataclass: made anew, since neither a proxy nor a read-only flag travels."""
    held = (getattr(value, entry.name) for entry in fields(value))
    return type(value), tuple(dict(item) if isinstance(item, MappingProxyType) else item for item in held)


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: pixels (H, W, 3) uint8 RGB, a running index (a gap is a dropped frame), capture time in seconds.

    A stale frame is the last good picture of a source that has stopped; it comes so that the show goes on. source says
    which camera or file it is of; moment is where in it the picture stands, in seconds (a camera has none: 0).
    """

    pixels: np.ndarray
    index: int
    time: float
    stale: bool = False
    source: str = ""
    moment: float = 0.0


@dataclass(frozen=True, slots=True)
class Ranged:
    """The statistics of a layer in 0..1: 0 is the lowest that each has lately been, 1 the highest."""

    mean: float = 0.0
    peak: float = 0.0
    sparsity: float = 0.0
    entropy: float = 0.0
    cx: float = 0.0
    cy: float = 0.0
    change: float = 0.0


STATISTICS = tuple(entry.name for entry in fields(Ranged))  # of a layer, in the order that all who tell them keep


@dataclass(frozen=True, slots=True)
class Layer:
    """How a layer feels: mean and peak activation, sparsity and entropy in 0..1, centroid in 0..1, change in 0..1.

    units are the strongest maps as (index, mean activation), strongest first; means (C,) those of all maps, and grid
    (h, w) the mean of all maps at each cell of the picture, both float32. ranged are the same seven statistics brought
    into 0..1 by what each has lately been.
    """

    mean: float
    peak: float
    sparsity: float
    entropy: float
    cx: float
    cy: float
    change: float
    units: tuple[tuple[int, float], ...]
    means: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32), compare=False, repr=False)
    grid: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32), compare=False, repr=False)
    ranged: Ranged = Ranged()

    def __post_init__(self) -> None:
        freeze(self, "means", "grid")

    __reduce__ = rebuild


@dataclass(frozen=True, slots=True)
class Guess:
    """What the feature network takes the whole picture for: class index, its name, probability 0..1."""

    label: int
    name: str
    score: float

    @property
    def likely(self) -> bool:
        """Whether it is worth saying in words."""
        return self.score >= LIKELY


@dataclass(frozen=True, slots=True)
class Percept:
    """What the eyes return for a frame.

    detections (N, 6) float32 rows x y w h score class; layers by tap name; twenty guesses, likeliest first;
    embedding, the pooled last layer; maps by tap name, (C, H, W) tensors that stay on the device; looks (N, D) float32,
    how each thing found looks, or (0, 0) where nobody has looked.
    """

    frame: Frame
    detections: np.ndarray
    layers: Mapping[str, Layer]
    classes: tuple[Guess, ...]
    embedding: np.ndarray
    maps: dict[str, Any]
    looks: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    def __post_init__(self) -> None:
        freeze(self, "detections", "layers", "embedding", "looks")


@dataclass(frozen=True, slots=True)
class Track:
    """An object with an identity: id grows and is never reused, slot is dense and reused, age in seconds.

    label is the class index and name its word; x y w h in 0..1; vx vy in frame widths and heights a second; part_of is
    the id of the person whose face this is, 0 for what is nobody's part; unseen, for how many seconds it was not found:
    where it is by then is a guess.
    """

    id: int
    slot: int
    label: int
    name: str
    score: float
    x: float
    y: float
    w: float
    h: float
    vx: float
    vy: float
    age: float
    part_of: int = 0
    unseen: float = 0.0


# The numbers of a track in the order that tables of tracks have them, with their kinds: all but its name.
COLUMNS = {entry.name: entry.type for entry in fields(Track) if entry.type is not str}
_numbers = attrgetter(*COLUMNS)


class Tracks(tuple[Track, ...]):
    """Objects, oldest first, that are also a table: numbers is (N, 13) float64, read-only, a row each as in COLUMNS."""

    @classmethod
    def of(cls, numbers: np.ndarray, classes: tuple[str, ...]) -> "Tracks":
        """The tracks that a table says, with the names that its labels have."""
        tracks = cls(
            Track(int(id), int(slot), int(label), classes[int(label)], *rest, int(part_of), unseen)
            for id, slot, label, *rest, part_of, unseen in numbers.tolist()
        )
        numbers.flags.writeable = False
        vars(tracks)["numbers"] = numbers
        return tracks

    def __add__(self, others: "Tracks") -> "Tracks":
        return Tracks((*self, *others))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a scene is read-only, {name} cannot be set: keep what you need in a variable of your "
                             "own")

    def __reduce__(self) -> tuple:
        return Tracks, (tuple(self),)

    @cached_property
    def numbers(self) -> np.ndarray:
        table = np.array(list(map(_numbers, self)), float).reshape(-1, len(COLUMNS))
        table.flags.writeable = False
        return table


@dataclass(frozen=True, slots=True)
class ZoneState:
    """A zone in one frame: its corners, the tracks inside, those that came in and went out; dwell is for how many
    seconds each of those inside is."""

    points: tuple[tuple[float, float], ...]
    inside: Tracks = Tracks()
    entered: Tracks = Tracks()
    left: Tracks = Tracks()
    dwell: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class LineState:
    """A line in one frame: its two ends, the tracks that crossed it each way, how many have so far."""

    points: tuple[tuple[float, float], ...]
    forward: Tracks = Tracks()
    back: Tracks = Tracks()
    total: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Who stands with whom: the ids of the nearest two and their distance in pictures, and groups of ids.

    With fewer than two, nearest is () and distance the length of the picture's diagonal, further than any two are.
    """

    nearest: tuple[int, ...] = ()
    distance: float = 2**0.5
    groups: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """All a patch may look at: the tracks alive, those born and gone in this frame, layer statistics and guesses.

    zones and signals are what the patch has declared, by name; pairs is who stands with whom; regions are means of
    parts of single units' maps, by the paths that signals and targets follow. It is plain data without tensors or
    pixels: it can be pickled, recorded, sent.
    """

    time: float
    index: int
    tracks: Tracks
    born: Tracks
    gone: Tracks
    layers: Mapping[str, Layer]
    classes: tuple[Guess, ...]
    embedding: np.ndarray
    stale: bool = False
    zones: Mapping[str, ZoneState | LineState] = field(default_factory=dict)
    signals: Mapping[str, float] = field(default_factory=dict)
    pairs: Pairs = Pairs()
    regions: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self, "layers", "embedding", "zones", "signals", "regions")

    __reduce__ = rebuild


@dataclass(frozen=True, slots=True)
class Change:
    """Something turned from outside: a name as in an OSC address without its first slash ("param/speed", "layer").

    value is a number, a string, or a tuple of them; origin is where it came from ("osc", "midi", "keys", "patch").
    """

    name: str
    value: Any
    origin: str


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """How the engine itself is doing: frames a second, capture-to-send latency in seconds, losses, troubles.

    dropped counts frames, malformed counts packets from strangers, underruns the times that sound ran dry; stages are
    milliseconds by name, in order; notices are lower-case sentences to show until they no longer hold (camera lost,
    patch error), answers what is said for a while to who asked for what cannot be had; recording says that the show is
    being kept; sounds are the voices that sound and their peak level 0..1, None where there is no sound; meters the
    peak of each voice, falling slowly.
    """

    fps: float = 0.0
    latency: float = 0.0
    dropped: int = 0
    malformed: int = 0
    underruns: int = 0
    sounds: tuple[int, float] | None = None
    meters: tuple[float, ...] = ()
    stale: bool = False
    recording: bool = False
    stages: tuple[tuple[str, float], ...] = ()
    notices: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """All notices and answers, each once."""
        return list(dict.fromkeys((*self.notices, *self.answers)))
