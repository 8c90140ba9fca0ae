"""MIDI out: notes and controllers leave, every note with its end.

The bytes are those of the MIDI 1.0 Detailed Specification (MIDI Association, document 4.2.1).
"""

import math
from collections.abc import Iterable

from engine.cues import Control, Cue, Note
from engine.midi.library import port_names
from engine.midi.ports import MidiPort, NoPort
from engine.unheard import Unheard
from engine.values import EngineStatus, Scene

NOTE_OFF, NOTE_ON, CONTROL, PROGRAM, PRESSURE, BEND = 0x80, 0x90, 0xB0, 0xC0, 0xD0, 0xE0
ALL_SOUND_OFF, ALL_NOTES_OFF = 120, 123
RELEASE = 64  # the velocity of a note-off that has none
LONGEST = 3600.0  # seconds a note may last
SHOWN = 10.0  # seconds the notice of a refused cue stays


def midi_outputs() -> list[str]:
    """The MIDI outputs there are, one a line; each line begins with the number that names its port to MidiOut."""
    return port_names("output")


class MidiOut:
    """Plays Note and Control cues on a MIDI output and ends every note it began.

    name is the port's number or a part of its name, "" for none; UserError lists the ports if there is no such one
    and strict; else it is waited for.
    Amounts outside their range are taken for its end; pitches, controllers and channels that do not exist, and what
    is no number, are refused and counted. While the port is gone there is silence.
    """

    def __init__(self, name: str, port: MidiPort | NoPort | None = None, strict: bool = False):
        self.port = port or (MidiPort("output", name, strict) if name else NoPort())
        self.unheard = Unheard("no MIDI out", {Control: "controllers"})  # of notes the voice tells
        self.ends: dict[tuple[int, int], float] = {}  # by channel and pitch, of the notes that sound
        self.channels: set[int] = set()
        self.values: dict[tuple[int, int], int] = {}  # by channel and controller, as they were sent last
        self.refused = 0
        self.refusal = ""
        self.shown = -math.inf

    @property
    def notices(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.port.notice, self.refusal)))

    def playing(self) -> tuple[str, set[int]]:
        """The name of the output, "" while there is none, and the channels that were played, counted from 0."""
        turned = {channel for channel, _ in self.values}
        return (self.port.name, self.channels | turned) if self.port.here else ("", set())

    def send(self, scene: Scene, cues: Iterable[Cue], status: EngineStatus, now: float) -> None:
        """Play these cues; what is neither Note nor Control is for others."""
        self.unheard.count(cues if isinstance(self.port, NoPort) else (), now)
        for cue in cues if self.port.here else ():
            try:
                if isinstance(cue, Note):
                    self.play(cue, now)
                elif isinstance(cue, Control):
                    self.turn(cue)
            except Exception as error:  # a patch may put anything in a cue
                self.refused += 1
                self.refusal = f"{self.refused} midi cues refused, the last one because {error}"
                self.shown = now + SHOWN

    def play(self, note: Note, now: float) -> None:
        """Begin a note, after ending the one of the same pitch; a velocity of 0 only ends that."""
        channel, pitch = whole("channel", note.channel, 1, 16) - 1, whole("pitch", note.pitch, 0, 127)
        velocity = round(127 * within("velocity", note.velocity, 1))
        end = now + within("seconds", note.seconds, LONGEST)
        if (channel, pitch) in self.ends:
            self.end(channel, pitch)
        if velocity:
            self.channels.add(channel)
            self.port.send(NOTE_ON | channel, pitch, velocity)
            self.ends[channel, pitch] = end

    def turn(self, control: Control) -> None:
        """Send a controller's value if it has changed: a MIDI cable holds about a thousand messages a second."""
        channel, number = whole("channel", control.channel, 1, 16) - 1, whole("controller", control.number, 0, 127)
        value = round(127 * within("value", control.value, 1))
        if self.values.get((channel, number)) != value:
            self.values[channel, number] = value
            self.port.send(CONTROL | channel, number, value)

    def end(self, channel: int, pitch: int) -> None:
        del self.ends[channel, pitch]
        self.port.send(NOTE_OFF | channel, pitch, RELEASE)

    def tick(self, now: float) -> None:
        """End the notes that are due. What a port that went was playing is forgotten; if it comes back it is hushed."""
        back = self.port.look(now)
        if back or not self.port.here:
            self.ends.clear()
            self.values.clear()
        if back:
            self.command(ALL_NOTES_OFF)
        for channel, pitch in sorted((key for key, end in self.ends.items() if end <= now), key=self.ends.get):
            self.end(channel, pitch)
        if now > self.shown:
            self.refusal = ""

    def panic(self, now: float) -> None:
        """Silence at once, also of what the instrument goes on sounding by itself."""
        self.hush()
        self.command(ALL_NOTES_OFF)
        self.command(ALL_SOUND_OFF)

    def close(self, now: float) -> None:
        """End all notes and give the port back."""
        self.hush()
        self.port.close()

    def hush(self) -> None:
        self.values.clear()
        for channel, pitch in list(self.ends):
            self.end(channel, pitch)

    def command(self, number: int) -> None:
        """Send a channel mode message to every channel that has played."""
        for channel in sorted(self.channels):
            self.port.send(CONTROL | channel, number, 0)


def whole(word: str, value: float, low: int, high: int) -> int:
    """The whole number nearest to a value that lies in low..high; ValueError if it does not."""
    value = float(value)
    if not low <= value <= high:
        raise ValueError(f"{word} {value:g} is not in {low}..{high}")
    return round(value)


def within(word: str, value: float, high: float) -> float:
    """A value, or the nearer end of 0..high; ValueError if it is no number."""
    value = float(value)
    if math.isnan(value):
        raise ValueError(f"{word} is not a number")
    return min(max(value, 0.0), high)
