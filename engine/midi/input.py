"""MIDI in: a controller's knobs turn params, a keyboard's keys and wheel play the voice.

The bytes are those of the MIDI 1.0 Detailed Specification (MIDI Association, document 4.2.1).
"""

import itertools
import time
from collections.abc import Callable

from engine.midi.output import BEND, CONTROL, NOTE_OFF, NOTE_ON
from engine.midi.library import port_names
from engine.midi.ports import MidiPort, NoPort
from engine.values import Change

MOST = 1024  # messages one poll reads


def midi_inputs() -> list[str]:
    """The MIDI inputs there are, one a line; each line begins with the number that names its port to MidiIn."""
    return port_names("input")


class MidiIn:
    """Turns params with the knobs of a MIDI controller and plays the voice with its keys and its pitch wheel.

    name is the port's number or a part of its name, "" for none; UserError lists the ports if there is no such one and
    strict, else it is waited for. knobs are the controller numbers in the order of the params: the n-th, counted from 0,
    comes in as "knob/n", 0..1.
    """

    def __init__(
        self,
        name: str,
        knobs: tuple[int, ...],
        clock: Callable[[], float] = time.monotonic,
        port: MidiPort | NoPort | None = None,
        strict: bool = False,
    ):
        self.port = port or (MidiPort("input", name, strict) if name else NoPort())
        self.knobs = {controller: f"knob/{index}" for index, controller in enumerate(knobs)}
        self.clock = clock
        self.held: set[tuple[int, int]] = set()  # pitch and channel of the keys that are down

    @property
    def notices(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.port.notice,)))

    def poll(self) -> list[Change]:
        """The newest position of each knob and of the wheel since the last call, and every key in order.

        A key comes as "note" with (pitch 0..127, velocity 0..1, channel 1..16), velocity 0 when it goes up; the wheel
        as "bend", -1..1. The keys of a keyboard that goes away go up.
        """
        self.port.look(self.clock())
        turned, played = {}, []
        if not self.port.here:
            played += [("note", (pitch, 0.0, channel)) for pitch, channel in sorted(self.held)]
            self.held.clear()
        for message in itertools.islice(iter(self.port.receive, None), MOST):
            status, controller, value = (*message, 0, 0, 0)[:3]
            controller, value = controller & 0x7F, value & 0x7F
            kind, channel = status & 0xF0, (status & 0x0F) + 1
            if kind == CONTROL and controller in self.knobs:
                turned[self.knobs[controller]] = value / 127
            elif kind in (NOTE_ON, NOTE_OFF):
                velocity = value / 127 if kind == NOTE_ON else 0.0
                (self.held.add if velocity else self.held.discard)((controller, channel))
                played.append(("note", (controller, velocity, channel)))
            elif kind == BEND:
                turned["bend"] = ((value << 7 | controller) - 8192) / 8192
        return [Change(name, value, "midi") for name, value in (*turned.items(), *played)]

    def close(self) -> None:
        self.port.close()
