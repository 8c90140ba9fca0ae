"""Sound devices: listed, and found by number or part of their name."""

import shutil
import tempfile
from contextlib import suppress

from engine.choosing import Missing, choose
from engine.libraries import NotLoaded, load
from engine.quiet import quiet

FILE = "--record FILE of a show and -o FILE of neocog voice write the sound to a file"

HANGING = []  # libraries that something still waits in, and that must not be unloaded
PRIVATE = ("_StreamBase", "_ffi", "_initialize", "_initialized", "_lib", "_terminate")  # what a compiled callback wants


def portaudio():
    """The module sounddevice; NotLoaded without PortAudio, or where it lacks what we use beside its documentation."""
    with quiet():
        sounddevice = load("sounddevice")
    if lacking := [name for name in PRIVATE if not hasattr(sounddevice, name)]:
        raise NotLoaded(f"sounddevice has no {lacking[0]} here: pip install 'sounddevice>=0.5,<0.6'")
    return sounddevice


def fresh_portaudio() -> None:
    """Go on with a second PortAudio where the first one hangs: a copy of the library has its own state. Linux only.

    What still waits in the first one ends by itself, and touches nothing of the second.
    """
    sounddevice = portaudio()
    with suppress(OSError, StopIteration), open("/proc/self/maps") as maps, tempfile.TemporaryDirectory() as folder:
        loaded = next(line.split(maxsplit=5)[5].strip() for line in maps if "libportaudio" in line)
        HANGING.append(sounddevice._lib)
        sounddevice._lib = sounddevice._ffi.dlopen(shutil.copy(loaded, folder))
        sounddevice._initialized = 0


def devices() -> list[tuple[int, dict]]:
    """Number and description of each output there is; NotLoaded without PortAudio, Missing where it cannot tell."""
    return having("max_output_channels")


def inputs() -> list[tuple[int, dict]]:
    """The same of each input."""
    return having("max_input_channels")


def having(channels: str) -> list[tuple[int, dict]]:
    sounddevice = portaudio()
    try:
        with quiet():
            return [(number, told) for number, told in enumerate(sounddevice.query_devices()) if told[channels]]
    except sounddevice.PortAudioError as error:
        raise Missing(f"no sound: portaudio cannot tell which devices there are ({error}); {FILE}") from error


def sound_devices() -> list[str]:
    """A line for each output that PortAudio sees; it begins with the number that names the device in a rig."""
    return [f"{number}: {told['name']}" for number, told in devices()]


def find(wanted: str, hears: bool = False) -> tuple[int, dict]:
    """A device by number or part of its name, "" for the system's own; UserError lists the candidates.

    hears: one that sound comes in by.
    """
    try:
        there = inputs() if hears else devices()
    except NotLoaded as error:
        raise NotLoaded(f"{error}; {FILE}") from error
    if not there:
        raise Missing(f"no sound device{wanted and f' {wanted!r}, there is none at all'}: connect one; {FILE}")
    if not wanted:
        own = portaudio().default.device[1]
        return next((each for each in there if each[0] == own), there[0])
    number = choose(wanted, {number: told["name"] for number, told in there},
                    "sound input" if hears else "sound device")
    return number, dict(there)[number]
