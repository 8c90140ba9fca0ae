"""OSC in: whoever may reach the port turns knobs; what is malformed or unknown is assign_numbers, shown and ignored."""

import math
import re
import socket

from engine.errors import UserError
from engine.osc.decoding import decode
from engine.osc.targets import host_and_port
from engine.values import Change

PACKETS, BYTES = 200, 16_384  # the most one poll reads, so that a flood cannot stop the show
BUFFER = 1 << 20  # bytes that wait in the socket; what does not fit there the system drops
LARGEST = 4096  # bytes of a packet; more is malformed
SHOWN = 10.0  # seconds that a notice stays
SINGS = re.compile(r"voice/\d{1,3}/(pitch|loudness|gate|timbre)")
TAKES = {"param/": float, "patch": str, "view": str, "layer": str, "unit": int, "freeze": int, "blackout": int}


def change(address: str, arguments: list) -> Change | None:
    """The change a message asks for, None for an unknown address; ValueError for arguments it cannot take.

    Pure Data sends every number as a float, so whole numbers may come as floats and the other way round.
    """
    name = address[1:]
    if name == "panic":
        return Change(name, 1, "osc")
    if sings := SINGS.fullmatch(name):
        most = 3 if sings[1] == "timbre" else 1
        if not 1 <= len(arguments) <= most or not all(map(finite, arguments)):
            wanted = "one to three finite numbers" if most > 1 else "one finite number"
            raise ValueError(f"{address!r:.60} takes {wanted}")
        return Change(name, tuple(arguments) if most > 1 else float(arguments[0]), "osc")
    root, slash, rest = name.partition("/")
    kind = TAKES.get(root + slash)
    if kind is None or "/" in rest or (slash and not rest):
        return None
    if len(arguments) != 1 or isinstance(arguments[0], str) != (kind is str):
        raise ValueError(f"{address!r:.60} takes one {'word' if kind is str else 'number'}")
    if kind is not str and not finite(arguments[0]):
        raise ValueError(f"{address!r:.60} takes one finite number")
    return Change(name, kind(arguments[0]), "osc")


def finite(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


class OscIn:
    """A port that is polled: /param/<name>, /patch, /view, /layer, /unit, /freeze, /blackout, /voice/<n>/<what> and
    /panic become changes.

    malformed counts packets and messages that made no sense, unknown those for addresses that do not exist.
    """

    def __init__(self, address: str = "127.0.0.1:9001") -> None:
        """Listen at HOST:PORT; UserError if that is impossible."""
        host, port = host_and_port(address, "osc in")
        self.malformed = self.unknown = 0
        self.notice, self.until = "", 0.0
        self.inlet = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.inlet.setblocking(False)
        self.inlet.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        try:
            self.inlet.bind((host, port))
        except (OSError, OverflowError) as error:
            self.inlet.close()
            reason = getattr(error, "strerror", None) or "there is no such port"
            raise UserError(
                f"osc in cannot listen at {address} ({reason.lower()}): close what uses port {port}, perhaps another "
                "neocog, or listen at another HOST:PORT"
            ) from error

    def poll(self, now: float) -> list[Change]:
        """The changes that have arrived, in order; at once, whatever strangers send."""
        if now > self.until:
            self.notice = ""
        changes, left = [], BYTES
        for _ in range(PACKETS):
            try:
                packet = self.inlet.recv(LARGEST + 1)
            except OSError:  # nothing more, or (on Windows) somebody's closed port
                break
            left -= len(packet)
            self.read(packet, changes, now)
            if left <= 0:
                break
        return changes

    def read(self, packet: bytes, changes: list[Change], now: float) -> None:
        """Add a packet's changes to the list, count what is wrong with it."""
        try:
            if len(packet) > LARGEST:
                raise ValueError(f"a packet of more than {LARGEST} bytes")
            messages = decode(packet)
        except ValueError as error:
            return self.refuse(str(error), now)
        for address, arguments in messages:
            try:
                found = change(address, arguments)
            except ValueError as error:
                self.refuse(str(error), now)
                continue
            if found is None:
                self.unknown += 1
                self.show(f"nothing is called {address!r:.60}, {self.unknown} unknown so far", now)
            else:
                changes.append(found)

    def refuse(self, reason: str, now: float) -> None:
        self.malformed += 1
        self.show(f"{reason:.80}, {self.malformed} malformed so far", now)

    def show(self, what: str, now: float) -> None:
        self.notice, self.until = f"osc in: {what}", now + SHOWN

    @property
    def notices(self) -> tuple[str, ...]:
        """What strangers sent in the last seconds that was no use."""
        return (self.notice,) if self.notice else ()

    def close(self) -> None:
        """Stop listening."""
        self.inlet.close()
