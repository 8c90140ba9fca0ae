"""neocog voice: notes, a MIDI file or a keyboard, sung into a WAV file or to the sound device."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from engine.errors import UserError
from engine.midi.input import MidiIn
from engine.settings import VoiceSettings
from engine.voice.devices import find
from engine.voice.port import voice_of

TAIL = 1.0  # seconds in which the last note rings out
TICK = 0.005  # seconds between looks at a keyboard or at the time
NAME = re.compile(r"([a-g])([b#]?)(-?\d)")
STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11, "": 0, "#": 1}


@dataclass(frozen=True, slots=True)
class Event:
    """A key goes down at a time in seconds, or up where its velocity is 0."""

    time: float
    pitch: int
    velocity: float
    channel: int = 1


def pitch_of(text: str) -> int:
    """The MIDI note of a name (c4 is middle C, 60; eb2, f#3) or of a number; UserError for anything else."""
    found = NAME.fullmatch(text.lower())
    if found:
        letter, accidental, octave = found.groups()
        pitch = 12 * (int(octave) + 1) + STEPS[letter] + (-1 if accidental == "b" else STEPS[accidental])
    else:
        pitch = int(text) if text.isdecimal() else -1
    if not 0 <= pitch <= 127:
        raise UserError(f"no note {text!r}: give names like a2, eb3, f#1 or MIDI numbers 0 to 127")
    return pitch


def in_a_row(notes: list[str], seconds: float) -> list[Event]:
    """Notes one after the other, each so long."""
    row = []
    for place, pitch in enumerate(map(pitch_of, notes)):
        row += [Event(place * seconds, pitch, 0.8), Event((place + 1) * seconds, pitch, 0.0)]
    return row


def read_midi(path: str) -> list[Event]:
    """The notes of a standard MIDI file in seconds, tempo and sustain pedal applied; UserError if it is none."""
    import mido

    try:
        messages = list(mido.MidiFile(path, clip=True))
    except FileNotFoundError as error:
        raise UserError(f"no MIDI file {path!r}") from error
    except Exception as error:  # mido raises whatever the bytes lead it to
        raise UserError(f"{path!r} is no MIDI file that can be read: export it again as a standard MIDI file") from error
    now, row, held, pedals = 0.0, [], set(), set()
    for message in messages:
        now += message.time
        if message.type in ("note_on", "note_off"):
            key = (message.note, message.channel + 1)
            velocity = message.velocity / 127 if message.type == "note_on" else 0.0
            if not velocity and message.channel in pedals:
                held.add(key)
                continue
            held.discard(key)
            row.append(Event(now, message.note, velocity, message.channel + 1))
        elif message.type == "control_change" and message.control == 64:
            if message.value >= 64:
                pedals.add(message.channel)
                continue
            pedals.discard(message.channel)
            lifted = {key for key in held if key[1] == message.channel + 1}
            row += [Event(now, pitch, 0.0, channel) for pitch, channel in sorted(lifted)]
            held -= lifted
    if not row:
        raise UserError(f"{path!r} holds no notes")
    return row + [Event(now, pitch, 0.0, channel) for pitch, channel in sorted(held)]


def live(port: str) -> Iterator[Event | None]:
    """What is played on a keyboard, None while nothing happens, until somebody interrupts."""
    keyboard = MidiIn(port, (), strict=True)
    began = time.monotonic()
    try:
        while True:
            changes = [change for change in keyboard.poll() if change.name == "note"]
            yield from (Event(time.monotonic() - began, *change.value) for change in changes)
            yield None
            time.sleep(TICK)
    finally:
        keyboard.close()


def sing(row: list[Event], port: str, out: str, timbre: dict[str, float], settings: VoiceSettings) -> None:
    """Sing a row of events, or what comes from a MIDI port, into the file `out` or, without one, on the device."""
    if not out:
        find(settings.device)
    from engine.voice.allocation import Allocation
    from engine.voice.file_output import FileOutput
    from engine.voice.output import DeviceOutput

    generator = voice_of(settings)
    allocation = Allocation(generator.targets, len(generator.network.instruments))
    path = Path(out) if out else None
    player = FileOutput(generator, path) if path and not port else DeviceOutput(
        generator, settings.device, settings.latency, settings.volume, path)
    print(f"voice: {player.told}", flush=True)

    def play(event: Event) -> None:
        key = ("midi", event.channel, event.pitch)
        if event.velocity:
            allocation.sing(key, {**timbre, "pitch": event.pitch, "loudness": 0.4 + 0.6 * event.velocity})
        else:
            allocation.end(key)

    try:
        if port:
            began = time.monotonic()
            for event in live(port):
                player.look(time.monotonic() - began)
                if event is not None:
                    play(event)
            return
        player.look(0.0)
        wait = player.look if out else in_real_time(player)
        end = row[-1].time + TAIL
        with tqdm(total=round(end, 1), unit="s", leave=False, bar_format="{l_bar}{bar}| {n:.0f}/{total:.0f} s") as bar:
            for event in [*row, Event(end, 0, 0.0)]:
                for until in steps(bar.n, event.time):
                    wait(until)
                    bar.update(until - bar.n)
                play(event)
    finally:
        player.close()


def steps(start: float, end: float) -> Iterator[float]:
    """Times on the way from start to end, a second apart at most."""
    while end - start > 1.0:
        start += 1.0
        yield start
    yield end


def in_real_time(player):
    """A wait for a moment of the piece that looks after the player meanwhile."""
    began = time.monotonic()

    def wait(until: float) -> None:
        while (now := time.monotonic() - began) < until:
            player.look(now)
            time.sleep(min(TICK, until - now))

    return wait


def voice_command(arguments) -> None:
    """neocog voice, from the words of the command line."""
    given = [name for name in ("notes", "midi", "input") if getattr(arguments, name)]
    if len(given) != 1:
        raise UserError("voice wants one of: notes (a2 c3 e3), --midi FILE, or --input PORT")
    row = read_midi(arguments.midi) if arguments.midi else in_a_row(arguments.notes, arguments.seconds)
    timbre = {name: getattr(arguments, name) for name in ("brightness", "roughness", "size")
              if getattr(arguments, name) is not None}
    settings = replace(VoiceSettings(), device=arguments.device, name=arguments.voice, lanes=arguments.lanes)
    sing(row, arguments.input, arguments.out, timbre, settings)
