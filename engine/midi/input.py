"""MIDI in: a controller's knobs turn params, a keyboard's keys and wheel play the voice.

The bytes are those of the MIDI 1.0 Detailed Specification (MIDI Association, document 4.2.1).
"""

import itertools
import time
from collections.abc import Callable

from engine.midi.learn import Learn
from engine.midi.library import port_names
from engine.midi.output import BEND, CONTROL, NOTE_OFF, NOTE_ON, PRESSURE, PROGRAM
from engine.midi.ports import MidiPort, NoPort
from engine.values import Change

MOST = 1024  # messages one poll reads
WHEELS = (1, 6, 7)  # modulation, data and volume of a keyboard move what its keys sound, also where they are knobs
FINE = 32  # from a controller to the one of its fine half


def midi_inputs() -> list[str]:
    """The MIDI inputs there are, one a line; each line begins with the number that names its port to MidiIn."""
    return port_names("input")


class MidiIn:
    """Turns params with the knobs of a MIDI controller and plays the voice with its keys, wheels and pedal.

    name is the port's number or a part of its name, "" for none; UserError lists the ports if there is no such one and
    strict, else it is waited for. knobs are the controller numbers in the order of the params: the n-th, counted from
    0, comes in as "knob/n", 0..1. What learn knows comes in as the path of its parameter with "/normal" after it, 0..1.
    """

    def __init__(
        self,
        name: str,
        knobs: tuple[int, ...],
        clock: Callable[[], float] = time.monotonic,
        port: MidiPort | NoPort | None = None,
        strict: bool = False,
        learn: Learn | None = None,
    ):
        self.port = port or (MidiPort("input", name, strict) if name else NoPort())
        self.knobs = {controller: f"knob/{index}" for index, controller in enumerate(knobs)}
        self.clock, self.learn = clock, learn or Learn()
        self.held: set[tuple[int, int]] = set()  # pitch and channel of the keys that are down
        self.coarse: dict[tuple[int, int], int] = {}  # by channel and controller, of those that may have a fine half
        self.fine: set[tuple[int, int]] = set()  # those that have sent one

    @property
    def notices(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.port.notice, self.learn.notice)))

    def poll(self) -> list[Change]:
        """The newest position of each knob since the last call, and what plays the voice, in order.

        That is "note" with (pitch 0..127, velocity 0..1, channel 1..16), velocity 0 when a key goes up; "bend" with
        (-1..1, channel); "pressure" with (0..1, channel); "control" with (number, 0..1, channel) for controllers that
        are no knobs, and for WHEELS; and "program" with the number of a program, 0..127. The keys of a keyboard that
        goes away go up.
        """
        now = self.clock()
        self.port.look(now)
        turned, played = {}, []
        if not self.port.here:
            played += [("note", (pitch, 0.0, channel)) for pitch, channel in sorted(self.held)]
            self.held.clear()
        for message in itertools.islice(iter(self.port.receive, None), MOST):
            status, number, value = (*message, 0, 0, 0)[:3]
            number, value = number & 0x7F, value & 0x7F
            kind, channel = status & 0xF0, (status & 0x0F) + 1
            if kind == CONTROL:
                knob, position = self.position(number, value, channel)
                if learned := self.learn.take(knob, position, channel, now):
                    turned[learned.name] = learned.value
                elif knob in self.knobs:
                    turned[self.knobs[knob]] = position
                if not learned and (knob not in self.knobs or number in WHEELS):
                    played.append(("control", (number, value / 127, channel)))
            elif kind in (NOTE_ON, NOTE_OFF):
                velocity = value / 127 if kind == NOTE_ON else 0.0
                (self.held.add if velocity else self.held.discard)((number, channel))
                played.append(("note", (number, velocity, channel)))
            elif kind == BEND:
                played.append(("bend", (((value << 7 | number) - 8192) / 8192, channel)))
            elif kind == PRESSURE:
                played.append(("pressure", (number / 127, channel)))
            elif kind == PROGRAM:
                turned["program"] = number
        return [Change(name, value, "midi") for name, value in (*turned.items(), *played)]

    def take(self, change: Change) -> bool:
        """Begin to learn which controller turns the parameter that "midi/learn" names; False for anything else."""
        if change.name != "midi/learn":
            return False
        self.learn.begin(str(change.value))
        return True

    def position(self, number: int, value: int, channel: int) -> tuple[int, float]:
        """Which controller a control change moves, and to where, 0..1.

        Controllers 32 to 63 are the fine halves of 0 to 31. One that has sent its fine half counts in 14 bits from then
        on: its coarse half alone means a fine half of 0.
        """
        coarse = number - FINE
        if FINE <= number < 2 * FINE and number not in self.knobs and (channel, coarse) in self.coarse:
            self.fine.add((channel, coarse))
            return coarse, (self.coarse[channel, coarse] << 7 | value) / 16383
        if number < FINE:
            self.coarse[channel, number] = value
        return number, (value << 7) / 16383 if (channel, number) in self.fine else value / 127

    def close(self) -> None:
        self.port.close()
