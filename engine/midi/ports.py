"""MIDI ports: listed, found by number or by part of a name, and looked for again after they have gone away.

The first MIDI system that runs is used: CoreMIDI, Windows MM, ALSA's sequencer, or JACK where there is no ALSA.
"""

import contextlib
import math
import os
import re
from collections.abc import Iterator

import rtmidi

from engine.errors import UserError

LOOK = 1.0  # seconds between two looks at whether a port is still there, or there again
PROOF = 1000  # messages after which JACK has to prove that it is still there
KINDS = {rtmidi.MidiOut: "output", rtmidi.MidiIn: "input"}


class NoPort:
    """The port of a rig that names none: never there, and nobody misses it."""

    here, notice = False, ""

    def look(self, now: float) -> bool:
        return False

    def receive(self) -> None:
        return None

    def close(self) -> None:
        pass


class MidiPort:
    """A port of the kind rtmidi.MidiOut or rtmidi.MidiIn that may go away and come back.

    wanted is its number, its name (also without ALSA's "24:0" at the end) or a part of its name; UserError lists the
    ports where that is none of them, or more than one.
    """

    def __init__(self, kind: type, wanted: str):
        self.kind, self.wanted = kind, wanted
        self.next = -math.inf
        self.connect()
        stays = without_address(self.name)  # numbers mean another port after something was unplugged
        if wanted.isdigit() or wanted.lower() not in stays.lower():
            self.wanted = stays

    @property
    def here(self) -> bool:
        return self.client is not None

    @property
    def notice(self) -> str:
        return "" if self.here else f"midi {KINDS[self.kind]} {self.name!r} is gone: looking for it"

    def look(self, now: float) -> bool:
        """Once a second see whether the port is there; True when it has come back."""
        if now < self.next:
            return False
        self.next = now + LOOK
        if not self.here:
            with contextlib.suppress(UserError):
                self.connect()
            return self.here
        if self.name not in self.client.get_ports():
            self.close()
        return False

    def connect(self) -> None:
        self.client, client = None, new_client(self.kind)
        names = client.get_ports() if client else []
        try:
            self.name = choose(self.wanted, names, KINDS[self.kind])
            client.open_port(names.index(self.name), KINDS[self.kind])
            self.client, self.sent = client, 0
        except rtmidi.RtMidiError as error:
            raise UserError(f"midi {KINDS[self.kind]} {self.name!r} does not open: another program may use it") from error
        finally:
            if client and not self.here:
                client.delete()

    def send(self, *message: int) -> None:
        """Send the bytes of a message; a port that refuses them is gone."""
        if not self.here:
            return
        self.sent += 1
        if self.sent % PROOF == 0 and self.orphaned():
            self.client = None
            return
        try:
            self.client.send_message(message)
        except rtmidi.RtMidiError:
            self.close()

    def orphaned(self) -> bool:
        """Whether the JACK server that this port belonged to has ended, which rtmidi never notices.

        It would wait for ever once 2340 messages wait, and may crash when it closes the port. This takes 30 ms.
        """
        if self.client.get_current_api() != rtmidi.API_UNIX_JACK:
            return False
        other = rtmidi.MidiIn if self.kind is rtmidi.MidiOut else rtmidi.MidiOut
        return not any(name.startswith(own_name()) for name in port_names(other))

    def receive(self) -> list[int] | None:
        """The bytes of the oldest message that waits, None if there is none. At most 1023 wait, newer ones are lost."""
        message = self.client.get_message() if self.here else None
        return message and message[0]

    def close(self) -> None:
        if self.here and not self.orphaned():
            self.client.close_port()
            self.client.delete()
        self.client = None


def choose(wanted: str, names: list[str], kind: str) -> str:
    """The one name meant by a number, a whole name, or a part of a name; UserError lists the candidates."""
    fits = (
        [name for name in names if name == wanted]
        or [name for name in names if without_address(name) == wanted]
        or [name for number, name in enumerate(names) if wanted in (str(number), f"{number}: {name}")]
        or [name for name in names if wanted.lower() in name.lower()]
    )
    if len(set(fits)) == 1:
        return fits[0]
    if fits:
        raise UserError(f"{wanted!r} fits more than one midi {kind}: {', '.join(fits)}; give a number or more of the name")
    if names:
        raise UserError(f"no midi {kind} is called {wanted!r}: give the number or a part of {', '.join(numbered(names))}")
    raise UserError(f"no midi {kind} is called {wanted!r}, there is none at all: connect one or leave the name empty")


def numbered(names: list[str]) -> list[str]:
    return [f"{number}: {name}" for number, name in enumerate(names)]


def without_address(name: str) -> str:
    """A name without the client and port number that ALSA adds, for these change with every plugging in."""
    return re.sub(r" \d+:\d+$", "", name)


def port_names(kind: type) -> list[str]:
    """The names of the ports there are, none where no MIDI system runs."""
    client = new_client(kind)
    if client is None:
        return []
    names = client.get_ports()
    client.delete()
    return names


def new_client(kind: type) -> rtmidi.MidiOut | rtmidi.MidiIn | None:
    """A client of the first MIDI system that runs here; rtmidi keeps it until it is deleted."""
    with quiet():
        for api in rtmidi.get_compiled_api():
            with contextlib.suppress(rtmidi.RtMidiError):
                return kind(api, own_name())
    return None


def own_name() -> str:
    return f"neocog-{os.getpid()}"


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what ALSA and JACK print, when they are not there, from the terminal: they write to descriptor 2 itself."""
    try:
        kept = os.dup(2)
    except OSError:  # closed already
        yield
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)
