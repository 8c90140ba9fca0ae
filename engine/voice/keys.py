"""MIDI keys on the voice, live and from files: pedal, wheel, controllers and MPE as the MIDI 1.0 specification says.

Pitch bend range and MPE zones: RPN 0 and 6 (MIDI Association, M1-100-UM). Volume and expression go by the square, as
General MIDI recommends.
"""

import math
from collections import defaultdict
from dataclasses import dataclass, field

from engine.midi.velocity import attack, brightness, loudness  # the curve is one for keys, files and patches' notes
from engine.voice.allocation import Allocation
from engine.voice.tuning import EQUAL, Tuning
from models.wavenet import RANGE

MODULATION, INSTRUMENT, DATA, VOLUME, EXPRESSION, PEDAL, SLIDE, RPN_LOW, RPN_HIGH = 1, 70, 6, 7, 11, 64, 74, 100, 101
SOUND_OFF, RESET, NOTES_OFF, MONO, POLY = 120, 121, 123, 126, 127
BEND, MEMBERS_BEND = 2.0, 48.0  # semitones to each side; the second on the member channels of an MPE zone
PRESSED = 0.25  # loudness that pressing a key adds on a member channel of MPE


@dataclass(slots=True)
class Channel:
    """Where a channel's wheel and controllers stand, 0..1; bend -1..1, and the parameter that data is for."""

    bend: float = 0.0
    reach: float = BEND
    pedal: bool = False
    mono: bool = False
    member: bool = False
    values: dict[int, float] = field(default_factory=dict)
    pressure: float = 0.0
    parameter: tuple[int, int] = (127, 127)


@dataclass(slots=True)
class Strike:
    """A note that sounds: which one of all, its pitch, how it was struck, and whether its key is still down."""

    key: tuple
    channel: int
    pitch: float
    velocity: float
    down: bool = True


class Keys:
    """Plays notes of 16 channels on an Allocation, each its own voice, or one a channel, legato, after controller 126.

    timbre is what all of them have in common, tuning where they lie.
    """

    def __init__(self, allocation: Allocation, timbre: dict[str, float] | None = None, tuning: Tuning = EQUAL):
        self.allocation, self.timbre, self.tuning = allocation, timbre or {}, tuning
        self.channels: dict[int, Channel] = defaultdict(Channel)
        self.strikes: list[Strike] = []  # the oldest first
        self.count = 0

    def take(self, name: str, value: tuple) -> None:
        """What came from a port or a file: "note" (pitch, velocity 0..1, channel), "bend" (-1..1, channel), "control"
        (number, value 0..1, channel) or "pressure" (0..1, channel)."""
        getattr(self, name)(*value)

    def note(self, pitch: float, velocity: float, channel: int) -> None:
        """A key goes down, or up where velocity is 0: then the oldest strike of this key that is down."""
        same = [strike for strike in self.strikes if (strike.channel, strike.pitch) == (channel, pitch)]
        if velocity > 0:
            for strike in same:
                if not strike.down:  # the pedal held it: it is struck again
                    self.end(strike)
            self.count += 1
            key = ("midi", 0, channel) if self.channels[channel].mono else ("midi", self.count)
            strike = Strike(key, channel, pitch, velocity)
            legato = any(other.key == key for other in self.strikes) and key in self.allocation.keys
            self.strikes.append(strike)
            if legato:
                self.allocation.turn(key, **self.values(strike))
            else:
                self.allocation.begin(key, self.values(strike))
        elif down := [strike for strike in same if strike.down]:
            down[0].down = False
            if not self.channels[channel].pedal:
                self.end(down[0])

    def bend(self, bend: float, channel: int) -> None:
        self.channels[channel].bend = bend
        self.turn(channel)

    def pressure(self, pressure: float, channel: int) -> None:
        self.channels[channel].pressure = pressure
        self.turn(channel)

    def control(self, number: int, value: float, channel: int) -> None:
        state = self.channels[channel]
        whole = round(127 * value)
        if number == PEDAL:
            state.pedal = whole >= 64
            if not state.pedal:
                self.lift(lambda strike: strike.channel == channel and not strike.down)
        elif number in (SOUND_OFF, NOTES_OFF, MONO, POLY):
            self.lift(lambda strike: strike.channel == channel)
            state.mono = number == MONO or state.mono and number != POLY
        elif number == RESET:
            kept = {VOLUME: state.values[VOLUME]} if VOLUME in state.values else {}
            self.channels[channel] = Channel(reach=state.reach, mono=state.mono, member=state.member, values=kept)
            self.lift(lambda strike: strike.channel == channel and not strike.down)
        elif number == RPN_HIGH:
            state.parameter = whole, state.parameter[1]
        elif number == RPN_LOW:
            state.parameter = state.parameter[0], whole
        elif number == DATA and state.parameter == (0, 0):
            state.reach = float(whole)
        elif number == DATA and state.parameter == (0, 6) and channel in (1, 16):
            for step in range(1, whole + 1):
                member = self.channels[channel + step if channel == 1 else channel - step]
                member.reach, member.member = MEMBERS_BEND, True
        else:
            state.values[number] = value
        self.turn(channel)

    def values(self, strike: Strike) -> dict[str, float]:
        """How a strike sounds as wheel and controllers stand now."""
        state = self.channels[strike.channel]
        controls = state.values
        level = controls.get(VOLUME, 1.0) * controls.get(EXPRESSION, 1.0)
        soft = 40 * math.log10(level) / RANGE if level > 0 else -1.0
        pressed, swung = (state.pressure, 0.0) if state.member else (0.0, state.pressure)
        return {"attack": attack(strike.velocity)} | self.timbre | {
            "pitch": self.tuning.pitch(strike.pitch) + state.bend * state.reach,
            "loudness": min(max(loudness(strike.velocity) + PRESSED * pressed + soft, 0.0), 1.0),
            "brightness": self.timbre.get("brightness", brightness(strike.velocity)) + controls.get(SLIDE, 0.5) - 0.5,
            "vibrato": max(controls.get(MODULATION, 0.0), swung, self.timbre.get("vibrato", 0.0)),
            "instrument": controls.get(INSTRUMENT, self.timbre.get("instrument", 0.0))}

    def turn(self, channel: int) -> None:
        for strike in self.strikes:
            if strike.channel == channel:
                self.allocation.turn(strike.key, **self.values(strike))

    def lift(self, which=lambda strike: True) -> None:
        """End the strikes of which this is true; all of them if nothing is said."""
        for strike in [strike for strike in self.strikes if which(strike)]:
            self.end(strike)

    def end(self, strike: Strike) -> None:
        self.strikes.remove(strike)
        under = [other for other in self.strikes if other.key == strike.key]
        if under:  # one note a channel: the one before sounds on
            self.allocation.turn(strike.key, **self.values(under[-1]))
        else:
            self.allocation.end(strike.key)
