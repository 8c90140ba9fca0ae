"""neocog list: everything that can be named, each line usable as an argument."""

from collections.abc import Callable, Iterator

from engine import patch
from engine.cameras import cameras
from engine.midi import midi_inputs, midi_outputs
from engine.pull import pulled
from engine.screen import displays
from engine.sound import sound_devices
from models import NETWORKS

SECTIONS: dict[str, tuple[str, Callable]] = {
    "cameras": ("--source", lambda: [*cameras(), "demo", "pattern"]),
    "midi out": ("[midi] out", midi_outputs),
    "midi in": ("[midi] input", midi_inputs),
    "sound": ("[voice] device", sound_devices),
    "displays": ("--display", displays),
    "networks": ("--detector, --features", lambda: [*NETWORKS, *pulled()]),
    "patches": ("PATCH", patch.shipped),
}


def listing() -> Iterator[str]:
    """The lines to print: a heading for each kind with where to use it, then what there is."""
    for name, (use, find) in SECTIONS.items():
        yield f"{name} ({use})"
        yield from (f"  {line}" for line in find() or ["none"])
