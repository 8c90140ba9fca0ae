"""neocog list: everything that can be named, each line usable as an argument."""

from collections.abc import Callable, Iterator

from engine import patch
from engine.cameras import cameras
from engine.midi import midi_inputs, midi_outputs
from engine.screen import displays
from models import NETWORKS


def sound_devices() -> list[str]:
    """The sound devices that PortAudio sees."""
    try:
        import sounddevice
    except OSError:  # the wheel carries PortAudio for macOS and Windows only
        return ["none: portaudio is missing (debian: apt install libportaudio2)"]
    return [f"{number}: {device['name']}" for number, device in enumerate(sounddevice.query_devices())
            if device["max_output_channels"]]


SECTIONS: dict[str, tuple[str, Callable]] = {
    "cameras": ("--source", lambda: [*cameras(), "demo", "pattern"]),
    "midi out": ("[midi] out", midi_outputs),
    "midi in": ("[midi] input", midi_inputs),
    "sound": ("", sound_devices),
    "displays": ("--display", displays),
    "networks": ("--detector, --features", lambda: list(NETWORKS)),
    "patches": ("PATCH", patch.shipped),
}


def listing() -> Iterator[str]:
    """The lines to print: a heading for each kind with where to use it, then what there is."""
    for name, (use, find) in SECTIONS.items():
        yield f"{name} ({use})" if use else name
        yield from (f"  {line}" for line in find() or ["none"])
