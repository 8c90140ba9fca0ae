"""The MIDI library: which system it uses, whose JACK it speaks to, and how a client is left whose JACK has ended.

supriya-midi binds RtMidi 6: wheels for every Python and system, virtual ports, errors as exceptions. Of the others that
have such wheels, rtmidi2 ends the process at RtMidi's exceptions and pylibremidi's know no ALSA sequencer.
"""

import atexit
import contextlib
import ctypes
import sys
from collections.abc import Iterator
from functools import cache
from types import ModuleType

from engine.libraries import load
from engine.quiet import enter, quiet

KINDS = {"output": "MidiOut", "input": "MidiIn"}
ACTIVE_SENSING = [0xFE]  # the message that says nothing but that somebody is there


class MidiError(Exception):
    """The MIDI system refuses, or none runs."""


@cache
def library() -> ModuleType:
    """supriya_midi; NotLoaded without ALSA's library, which the wheel leaves to the system, and asked again then."""
    if sys.platform == "linux":
        # The wheel brings a JACK client of protocol 8; JACK 1.9.15 and later speak 9. The system's, loaded first, wins.
        with contextlib.suppress(OSError):
            ctypes.CDLL("libjack.so.0", mode=ctypes.RTLD_GLOBAL)
    return load("supriya_midi")


@contextlib.contextmanager
def told() -> Iterator[None]:
    """What RtMidi raises as a MidiError."""
    try:
        yield
    except library().RtMidiError as error:
        raise MidiError(str(error)) from error


def client_name(kind: str) -> str:
    """The same in every show: patchbays of JACK and ALSA save connections by it."""
    return f"neocog-{kind}"


class Client:
    """Somebody at the first MIDI system that runs: CoreMIDI, Windows MM, ALSA's sequencer, or JACK without ALSA.

    kind is "output" or "input"; MidiError where none runs, NotLoaded without the library. What goes wrong later is a
    MidiError too.
    """

    def __init__(self, kind: str, name: str):
        self.kind, self.witness, self.ended = kind, None, False
        rtmidi = library()
        with quiet(), told():
            self.api = self.rt = None
            for api in rtmidi.get_compiled_apis():
                with contextlib.suppress(RuntimeError, rtmidi.RtMidiError):
                    self.rt = getattr(rtmidi, KINDS[kind])(api, name)
                    self.api = api
                    break
            if self.rt is None or self.api is rtmidi.RtMidiAPI.RTMIDI_DUMMY:
                raise MidiError("no midi system runs")
            if self.api is rtmidi.RtMidiAPI.UNIX_JACK:  # only an output with a port is told that its server has ended
                self.witness = rtmidi.MidiOut(self.api, f"{name}-watch")
                self.witness.open_virtual_port("watch")

    def ports(self) -> dict[int, str]:
        """The names of the other programs' ports by number."""
        with quiet(), told():
            return {number: name for number, name in enumerate(self.rt.get_ports()) if not name.startswith("neocog-")}

    def open(self, number: int) -> None:
        """Connect to a port."""
        with quiet(), told():
            self.rt.open_port(number, self.kind)

    def send(self, message: tuple[int, ...]) -> None:
        """Send the bytes of a message."""
        with told():
            self.rt.send_message(message)

    def receive(self) -> list[int] | None:
        """The bytes of the oldest message that waits, None if there is none."""
        message = self.rt.get_message()
        return message and message[0]

    @property
    def alive(self) -> bool:
        """Whether the JACK server that this belongs to has not ended."""
        if self.witness is not None and not self.ended:
            try:
                with quiet(), told():
                    self.witness.send_message(ACTIVE_SENSING)
            except MidiError:  # it is said once
                self.ended = True
        return not self.ended

    def close(self) -> None:
        """Leave. What belonged to a JACK server that has ended is never given back: that would end the process."""
        gone = not self.alive
        for each in filter(None, (self.rt, self.witness)):
            if gone:
                abandon(each)
            else:
                each.close_port()
                each.delete()


def abandon(rt) -> None:
    """Keep what cannot be closed from being closed by Python, which deletes what nobody names."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(rt._rt_midi))
    atexit.register(enter)  # the binding would complain of it to the terminal


def port_names(kind: str) -> list[str]:
    """A line for each port there is, beginning with its number; none where no MIDI system runs, NotLoaded without the
    library."""
    try:
        client = Client(kind, "neocog-list")
    except MidiError:
        return []
    names = client.ports()
    client.close()
    return [f"{number}: {name}" for number, name in names.items()]
