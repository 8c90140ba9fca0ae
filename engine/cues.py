"""Cues: what a patch yields. They are checked and made plain numbers at once, so that none can fail later."""

from dataclasses import dataclass, fields
from reprlib import repr as short
from typing import Any

import numpy as np

from engine.draw import Draw
from engine.errors import UserError
from engine.osc.encoding import LIMIT, checked, plain

MOST_ARGUMENTS = LIMIT // 4  # of an OSC message: more fit into no datagram


@dataclass(frozen=True, slots=True, init=False)
class Osc:
    """A cue: one OSC message to every target, as Osc("/tide", 0.5, "high"); arguments are int, float or str.

    UserError for what is none of these and for what no datagram holds.
    """

    address: str
    arguments: tuple[int | float | str, ...]

    def __init__(self, address: str, *arguments: int | float | str):
        object.__setattr__(self, "address", checked(address))
        if len(arguments) > MOST_ARGUMENTS:
            raise UserError(f"{address} has {len(arguments)} arguments, a message takes {MOST_ARGUMENTS}: send several")
        object.__setattr__(self, "arguments", tuple(self.argument(value) for value in arguments))

    def argument(self, value: Any) -> int | float | str:
        if isinstance(value, (int, float, np.integer, np.floating, np.bool_)):
            return plain(value)
        if not isinstance(value, str):
            raise UserError(f"{self.address} takes numbers and strings, found {short(value)}: spread lists with *")
        if len(value) > LIMIT:
            raise UserError(f"{self.address} has a string of {len(value)} characters, a message takes {LIMIT}: "
                            "shorten it")
        return plain(value)


def as_numbers(cue: Any) -> None:
    """Make every field of a cue that is told a plain number; UserError for one that is none."""
    for entry in fields(cue):
        value = getattr(cue, entry.name)
        if value is None and entry.default is None:
            continue
        if type(value) is int or type(value) is float:
            continue
        if not isinstance(value, (int, float, np.integer, np.floating, np.bool_)):
            raise UserError(f"{type(cue).__name__} takes a number as {entry.name}, found {short(value)}")
        object.__setattr__(cue, entry.name, plain(value))


@dataclass(frozen=True, slots=True)
class Note:
    """A cue: a MIDI note with its note-off. pitch 0..127 (60 is middle C), velocity 0..1, seconds, channel 1..16."""

    pitch: int
    velocity: float = 0.8
    seconds: float = 0.5
    channel: int = 1

    __post_init__ = as_numbers


@dataclass(frozen=True, slots=True)
class Control:
    """A cue: a MIDI control change. number 0..127, value 0..1, channel 1..16."""

    number: int
    value: float
    channel: int = 1

    __post_init__ = as_numbers


@dataclass(frozen=True, slots=True)
class Say:
    """A cue: a voice sounds on, as long as it is said in every frame.

    pitch in MIDI notes, fractions allowed (60 is middle C); loudness, brightness (0.5 is natural at the pitch) and
    roughness (0.02 is a good bow) 0..1; size in octaves, -0.5 a giant's instrument, 0.5 a child's; instrument 0, 1, as
    the voice has them, and what lies between two; attack 0 as bowed to 1, eight times as quick; vibrato 0..1; voice
    tells one from the next. pan is its place between the first loudspeaker, 0, and the last, 1; x and y instead its
    place in the picture, 0..1 from the top left, where a ring of three loudspeakers or more stands around (two hear x
    alone).
    """

    pitch: float
    loudness: float = 0.7
    brightness: float = 0.5
    roughness: float = 0.02
    size: float = 0.0
    instrument: float = 0.0
    voice: int = 0
    pan: float = 0.5
    x: float | None = None
    y: float | None = None
    attack: float = 0.0
    vibrato: float = 0.0

    __post_init__ = as_numbers


Cue = Osc | Note | Control | Say | Draw
