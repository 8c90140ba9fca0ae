"""MIDI ports: found by number or part of a name, waited for where they are missing, found again after they went.

The MIDI system is the first that runs of CoreMIDI, Windows MM, ALSA's sequencer, and JACK where there is no ALSA.
"""

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.choosing import Missing, choose
from engine.errors import UserError
from engine.libraries import NotLoaded
from engine.midi.library import Client, MidiError, client_name

LOOK = 1.0  # seconds between two looks at whether a port is still there, or there again
CARDS = "/sys/class/sound/card{}/device"  # on Linux leads to the place where a sound card is plugged in
FIRST, EACH, LAST = 16, 4, 127  # ALSA's clients of cards: four for each, from 16 on


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device is known by: its name, its place, and how many of that name there were.

    The place is where it is plugged in as far as the system tells, else which of its name it was, counted from 0.
    """

    name: str
    place: str
    twins: int

    @classmethod
    def of(cls, number: int, names: Mapping[int, str]) -> "Identity":
        name = without_address(names[number])
        twins = [other for other in names if without_address(names[other]) == name]
        return cls(name, place(names[number]) or str(twins.index(number)), len(twins))

    def number(self, names: Mapping[int, str]) -> int | None:
        """The number of this device among the ports that are there; None if it is not or cannot be told from a twin."""
        same = [number for number in names if without_address(names[number]) == self.name]
        if len(same) == self.twins == 1:
            return same[0]
        there = [number for number in same if Identity.of(number, names).place == self.place]
        told = any(place(names[number]) for number in same) or len(same) == self.twins
        return there[0] if told and len(there) == 1 else None


class NoPort:
    """The port of a rig that names none: never there, and nobody misses it."""

    here, notice = False, ""

    def look(self, now: float) -> bool:
        return False

    def send(self, *message: int) -> None:
        pass

    def receive(self) -> None:
        return None

    def close(self) -> None:
        pass


class MidiPort:
    """A port of the kind "output" or "input" that may be missing, go away and come back; no other is taken for it.

    wanted is its number, its name or a part of it; UserError lists the ports where it fits more than one, and, if
    strict, where it fits none.
    """

    def __init__(self, kind: str, wanted: str, strict: bool = False):
        self.kind, self.wanted = kind, wanted
        self.here, self.client, self.identity, self.missing = False, None, None, ""
        self.next = -math.inf
        try:
            self.connect()
        except Missing as error:
            if strict:
                raise
            self.missing = f"{error}; waiting for it"

    @property
    def notice(self) -> str:
        if self.here:
            return ""
        return f"midi {self.kind} {self.identity.name!r} is gone: looking for it" if self.identity else self.missing

    def look(self, now: float) -> bool:
        """Once a second see whether the port is there; True when it has come, or come back."""
        if now < self.next:
            return False
        self.next = now + LOOK
        if self.client and not self.client.alive:
            self.close()
        if not self.here:
            try:
                self.connect()
            except UserError as error:
                self.missing = f"{error}; waiting for it"
            return self.here
        names = self.client.ports()
        if names.get(self.identity.number(names)) != self.name:
            self.close()
        return False

    def connect(self) -> None:
        """Open the port if it is there; Missing if not, UserError where that is not clear or it does not open."""
        try:
            self.client = self.client or Client(self.kind, client_name(self.kind))
        except (MidiError, NotLoaded) as error:
            raise Missing(f"no midi {self.kind} {self.wanted!r}: {error}") from error
        names = self.client.ports()
        number = self.identity.number(names) if self.identity else choose(self.wanted, names, f"midi {self.kind}")
        if number is None:
            return
        try:
            self.client.open(number)
        except MidiError as error:
            self.close()
            raise Missing(f"midi {self.kind} {names[number]!r} does not open: another program may use it") from error
        self.here, self.name, self.identity = True, names[number], self.identity or Identity.of(number, names)

    def send(self, *message: int) -> None:
        """Send the bytes of a message; a port that refuses them is gone."""
        if self.here:
            try:
                self.client.send(message)
            except MidiError:
                self.close()

    def receive(self) -> list[int] | None:
        """The bytes of the oldest message that waits, None if there is none. At most 1023 wait, newer ones are lost."""
        return self.client.receive() if self.here else None

    def close(self) -> None:
        if self.client:
            self.client.close()
        self.here, self.client = False, None


def without_address(name: str) -> str:
    """A name without the client and port number that ALSA adds, for these change with every plugging in."""
    return re.sub(r" \d+:\d+$", "", name)


def place(name: str) -> str:
    """Where the device with this port of ALSA's is plugged in, else the port's address; "" on other systems."""
    address = re.search(r" (\d+):\d+$", name)
    if not address:
        return ""
    card = CARDS.format((int(address[1]) - FIRST) // EACH)
    known = FIRST <= int(address[1]) <= LAST and os.path.exists(card)
    return f"{os.path.realpath(card)}:{address[0].rpartition(':')[2]}" if known else address[0]
