"""Standard MIDI files: what a keyboard would have sent, and when (MIDI Association, RP-001)."""

from collections.abc import Iterator
from typing import NamedTuple

from engine.errors import UserError

DRUMS = 10  # the channel of General MIDI's percussion: no pitches, left out


class Event(NamedTuple):
    """What a keyboard would send at a time in seconds: name and value as MidiIn has them."""

    time: float
    name: str
    value: tuple


def read_midi(path: str) -> list[Event]:
    """What a file plays, in seconds, tempo and SMPTE time applied; UserError if it is no MIDI file or has no notes."""
    import mido

    try:
        file = mido.MidiFile(path, clip=True)
        events = list(played(file.ticks_per_beat, mido.merge_tracks(file.tracks)))
    except FileNotFoundError as error:
        raise UserError(f"no MIDI file {path!r}") from error
    except Exception as error:  # mido raises whatever the bytes lead it to
        raise UserError(f"{path!r} is no MIDI file that can be read: export it again as a standard MIDI file"
                        ) from error
    if not any(event.name == "note" and event.value[1] for event in events):
        raise UserError(f"{path!r} holds no notes")
    return events + list(ends(events))


def played(division: int, messages) -> Iterator[Event]:
    """The events of a merged track. division is ticks a beat, or, below 0, frames a second and ticks a frame."""
    if division < 0:
        frames, ticks = -(division >> 8), division & 0xFF
        tick = 1 / ((30 / 1.001 if frames == 29 else frames) * ticks)
    else:
        tick = 0.5 / division
    now = 0.0
    for message in messages:
        now += message.time * tick
        if message.type == "set_tempo" and division > 0:
            tick = message.tempo / 1e6 / division
        elif not message.is_meta and hasattr(message, "channel") and message.channel + 1 != DRUMS:
            yield from (Event(now, *known) for known in said(message))


def said(message) -> Iterator[tuple[str, tuple]]:
    """Name and value of a channel message, if it is one that plays the voice."""
    channel = message.channel + 1
    if message.type in ("note_on", "note_off"):
        velocity = message.velocity / 127 if message.type == "note_on" else 0.0
        yield "note", (message.note, velocity, channel)
    elif message.type == "control_change":
        yield "control", (message.control, message.value / 127, channel)
    elif message.type == "pitchwheel":
        yield "bend", (message.pitch / 8192, channel)
    elif message.type == "aftertouch":
        yield "pressure", (message.value / 127, channel)


def ends(events: list[Event]) -> Iterator[Event]:
    """The ends of what the file leaves sounding, at its end."""
    last = events[-1].time
    for channel in sorted({event.value[-1] for event in events}):
        yield Event(last, "control", (123, 0.0, channel))
