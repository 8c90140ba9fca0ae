"""neocog list: everything that can be named, each line usable as an argument."""

from collections.abc import Callable, Iterator

from engine.capture.cameras import cameras
from engine.capture.ndi import ndi_sources
from engine.commands.networks import pulled
from engine.midi.input import midi_inputs
from engine.midi.output import midi_outputs
from engine.patch.loader import shipped
from engine.voice.devices import sound_devices
from engine.window.displays import displays
from models import FEATURES, NETWORKS

SECTIONS: dict[str, tuple[str, Callable]] = {
    "cameras": ("--source", lambda: [*cameras(), "demo", "test-card", "drawing", "crowd:12"]),
    "ndi": ("--source", ndi_sources),
    "midi out": ("[midi] out", midi_outputs),
    "midi in": ("[midi] input", midi_inputs),
    "sound": ("[voice] device", sound_devices),
    "displays": ("--display", displays),
    "networks": ("--detector, --features", lambda: [*NETWORKS, *FEATURES, *pulled()]),
    "patches": ("PATCH", shipped),
}


def lines() -> Iterator[str]:
    """The lines to print: a heading for each kind with where to use it, then what there is."""
    for name, (use, find) in SECTIONS.items():
        yield f"{name} ({use})"
        try:
            found = find() or ["none"]
        except Exception as error:  # what a system or another's library raises keeps no other kind from being listed
            found = [f"none: {error}"]
        yield from (f"  {line}" for line in found)
