"""neocog voice: notes, a MIDI file or a keyboard, played into a sound file or to the sound device."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from engine.errors import UserError
from engine.midi.file import Event, read_midi
from engine.midi.input import MidiIn
from engine.settings import VoiceSettings
from engine.voice.devices import find, portaudio
from engine.voice.opening import voice_of
from engine.voice.port import KEYS
from engine.voice.tuning import EQUAL, read_scala

TAIL = 1.0  # seconds in which the last note rings out
TICK = 0.005  # seconds between looks at a keyboard or at the time
NAME = re.compile(r"([a-g])(b{0,2}|#{0,2})(-?\d)")
STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}


class Written(NamedTuple):
    """How a file is written: rate in Hz, channels, bits a sample."""

    rate: int
    channels: int
    bits: int


def pitch_of(text: str) -> float:
    """The MIDI note of a name (c4 is middle C, 60; eb2, F#3, b♭1) or of a number (45.5); UserError for all else."""
    found = NAME.fullmatch(text.lower().replace("♯", "#").replace("♭", "b"))
    if found:
        letter, accidentals, octave = found.groups()
        pitch = 12 * (int(octave) + 1) + STEPS[letter] + accidentals.count("#") - accidentals.count("b")
    else:
        try:
            pitch = float(text)
        except ValueError:
            pitch = -1.0
    if not 0 <= pitch <= 127:
        raise UserError(f"no note {text!r}: give names like a2, eb3, f#1 or MIDI numbers 0 to 127, as 45 or 45.5")
    return pitch


def in_a_row(notes: list[str], seconds: float) -> list[Event]:
    """Notes one after the other, each so long."""
    row = []
    for place, pitch in enumerate(map(pitch_of, notes)):
        row += [Event(place * seconds, "note", (pitch, 0.8, 1)), Event((place + 1) * seconds, "note", (pitch, 0.0, 1))]
    return row


def live(port: str) -> Iterator[Event | None]:
    """What is played on a keyboard, None while nothing happens, until somebody interrupts."""
    keyboard = MidiIn(port, (), strict=True)
    began = time.monotonic()
    try:
        while True:
            changes = [change for change in keyboard.poll() if change.name in KEYS]
            yield from (Event(time.monotonic() - began, change.name, change.value) for change in changes)
            yield None
            time.sleep(TICK)
    finally:
        keyboard.close()


def play(row: list[Event], port: str, out: str, timbre: dict[str, float], settings: VoiceSettings, written: Written,
         reverb: float) -> None:
    """Play a row of events, or what comes from a MIDI port, into the file `out` or, without one, on the device."""
    path = Path(out) if out else None
    device = port or not path
    if device:
        find(settings.device)
    from engine.voice.allocation import Allocation
    from engine.voice.file_output import FileOutput
    from engine.voice.keys import Keys
    from engine.voice.mixer import console as console_of
    from engine.voice.output import DeviceOutput
    from engine.voice.recorder import Recorder

    generator, lanes = voice_of(settings, trial=device)
    console = console_of(generator.lanes, reverb=reverb)
    allocation = Allocation(generator.targets, console.places)
    allocation.allow(lanes)
    keys = Keys(allocation, timbre, read_scala(settings.tuning) if settings.tuning else EQUAL)
    if device:
        player = DeviceOutput(generator, console, settings.device, settings.latency, settings.channels, record=path)
    else:
        player = FileOutput(generator, console, Recorder(path, *written, overwrite=True))
    print(f"voice: {player.told}", flush=True)
    try:
        if port:
            began = time.monotonic()
            for event in live(port):
                player.look(time.monotonic() - began)
                if event is not None:
                    keys.take(event.name, event.value)
            return
        player.look(0.0)
        wait = in_real_time(player) if device else player.look
        end = row[-1].time + TAIL
        with tqdm(total=round(end, 1), unit="s", leave=False, bar_format="{l_bar}{bar}| {n:.0f}/{total:.0f} s") as bar:
            for event in [*row, Event(end, "note", (0, 0.0, 1))]:
                for until in steps(bar.n, event.time):
                    wait(until)
                    bar.update(until - bar.n)
                keys.take(event.name, event.value)
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


def channel_tones(settings: VoiceSettings) -> None:
    """A tone from each loudspeaker in turn, its number in the terminal."""
    number, told = find(settings.device)
    count = settings.channels or told["max_output_channels"]
    rate = told["default_samplerate"]
    for channel in range(count):
        print(f"channel {channel + 1} of {count} on {told['name']}", flush=True)
        portaudio().play(tone(rate, channel, count), rate, device=number, blocking=True)


def tone(rate: float, channel: int, count: int) -> np.ndarray:
    """Half a second of 440 Hz in one of so many channels, (n, count), faded at both ends."""
    time = np.arange(int(rate / 2)) / rate
    fade = np.minimum(1, np.minimum(time, 0.5 - time) / 0.02)
    sound = np.zeros((len(time), count), np.float32)
    sound[:, channel] = 0.3 * fade * np.sin(2 * np.pi * 440 * time)
    return sound


def voice_command(arguments) -> None:
    """neocog voice, from the words of the command line."""
    settings = replace(VoiceSettings(), device=arguments.device, name=arguments.voice, lanes=arguments.lanes,
                       channels=arguments.channels, tuning=arguments.tuning)
    if arguments.test_channels:
        return channel_tones(settings)
    given = [name for name in ("notes", "midi", "input") if getattr(arguments, name)]
    if len(given) != 1:
        raise UserError("voice wants one of: notes (a2 c3 e3), --midi FILE, --input PORT, or --test-channels")
    row = read_midi(arguments.midi) if arguments.midi else in_a_row(arguments.notes, arguments.seconds)
    timbre = {name: value for name in ("brightness", "roughness", "size", "attack", "vibrato", "instrument")
              if (value := getattr(arguments, name)) is not None}
    written = Written(int(arguments.rate), arguments.channels or 2, arguments.bits)
    play(row, arguments.input, arguments.out, timbre, settings, written, arguments.reverb)
