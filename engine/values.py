"""The values that flow through a show, one frozen dataclass per stage: Frame, Percept, Scene, cues, Change.

Boxes are centre and size in 0..1 of the frame, origin top left, everywhere but in the window and in letterboxing.
"""

from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np

from engine.errors import UserError
from engine.osc.encoding import checked


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: pixels (H, W, 3) uint8 RGB, a running index (a gap is a dropped frame), capture time in seconds.

    A stale frame is the last good picture of a source that has stopped; it comes so that the show goes on.
    """

    pixels: np.ndarray
    index: int
    time: float
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """How a layer feels: mean and peak activation, sparsity and entropy in 0..1, centroid in 0..1, change in 0..1.

    units are the strongest maps as (index, mean activation), strongest first.
    """

    mean: float
    peak: float
    sparsity: float
    entropy: float
    cx: float
    cy: float
    change: float
    units: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Guess:
    """What the feature network takes the whole picture for: class index, its name, probability 0..1."""

    label: int
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Percept:
    """What the eyes return for a frame.

    detections (N, 6) float32 rows x y w h score class; layers by tap name; five guesses, likeliest first;
    embedding, the pooled last layer; maps by tap name, (C, H, W) tensors that stay on the device.
    """

    frame: Frame
    detections: np.ndarray
    layers: dict[str, Layer]
    classes: tuple[Guess, ...]
    embedding: np.ndarray
    maps: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Track:
    """An object with an identity: id grows and is never reused, slot is dense and reused, age in seconds.

    label is the class index and name its word; x y w h in 0..1; vx vy in frame widths and heights a second.
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


class Tracks(tuple[Track, ...]):
    """Objects, oldest first, that are also a table: numbers has their id slot label score x y w h vx vy age as rows.

    numbers is (N, 11) float64; the tracker, which has them already, sets them.
    """

    def __add__(self, others: "Tracks") -> "Tracks":
        return Tracks((*self, *others))

    @cached_property
    def numbers(self) -> np.ndarray:
        return np.array(list(map(NUMBERS, self)), float).reshape(-1, 11)


NUMBERS = attrgetter("id", "slot", "label", "score", "x", "y", "w", "h", "vx", "vy", "age")


@dataclass(frozen=True, slots=True)
class Scene:
    """All a patch may look at: the tracks alive, those born and gone in this frame, layer statistics and guesses."""

    time: float
    index: int
    tracks: Tracks
    born: Tracks
    gone: Tracks
    layers: dict[str, Layer]
    classes: tuple[Guess, ...]
    embedding: np.ndarray
    stale: bool = False


@dataclass(frozen=True, slots=True, init=False)
class Osc:
    """A cue: one OSC message to every target, as Osc("/tide", 0.5, "high"); arguments are int, float or str."""

    address: str
    arguments: tuple[int | float | str, ...]

    def __init__(self, address: str, *arguments: int | float | str):
        for argument in arguments:
            if not isinstance(argument, (int, float, str, np.integer, np.floating, np.bool_)):
                raise UserError(f"{address} takes numbers and strings, found {argument!r}: spread lists with *")
        object.__setattr__(self, "address", checked(address))
        object.__setattr__(self, "arguments", arguments)


@dataclass(frozen=True, slots=True)
class Note:
    """A cue: a MIDI note with its note-off. pitch 0..127 (60 is middle C), velocity 0..1, seconds, channel 1..16."""

    pitch: int
    velocity: float = 0.8
    seconds: float = 0.5
    channel: int = 1


@dataclass(frozen=True, slots=True)
class Control:
    """A cue: a MIDI control change. number 0..127, value 0..1, channel 1..16."""

    number: int
    value: float
    channel: int = 1


@dataclass(frozen=True, slots=True)
class Say:
    """A cue: a voice sings on, as long as it is said in every frame.

    pitch in MIDI notes, fractions allowed (60 is middle C); loudness, brightness (0.5 is natural at the pitch) and
    roughness (0.02 is a good bow) 0..1; size in octaves, -1 a giant's instrument, 1 a child's; instrument as the voice
    has them; voice tells one singer from the next.
    """

    pitch: float
    loudness: float = 0.7
    brightness: float = 0.5
    roughness: float = 0.02
    size: float = 0.0
    instrument: int = 0
    voice: int = 0


Cue = Osc | Note | Control | Say


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
    patch error).
    """

    fps: float = 0.0
    latency: float = 0.0
    dropped: int = 0
    malformed: int = 0
    underruns: int = 0
    stale: bool = False
    stages: tuple[tuple[str, float], ...] = ()
    notices: tuple[str, ...] = ()
