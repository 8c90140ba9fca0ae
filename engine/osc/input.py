"""OSC in: whoever may reach the port turns knobs; what is malformed or unknown is counted, shown and ignored."""

import math
import re
import socket

from engine.errors import UserError
from engine.osc.decoding import decode
from engine.osc.targets import host_and_port, is_address
from engine.values import Change

PACKETS, BYTES, MESSAGES = 200, 65_536, 400  # the most one poll reads: a flood cannot stop the show
BUFFER = 1 << 20  # bytes that wait in the socket; what does not fit there the system drops
WHOLE = 65_536  # bytes read of a packet: no system calls one of that size too long
LARGEST = 4096  # bytes of a packet; more is malformed
SHOWN = 10.0  # seconds that a notice stays
SINGS = re.compile(r"voice/\d{1,3}/(pitch|loudness|gate|timbre|pan)")
TAKES = {"param/": float, "patch": str, "view": str, "layer": str, "unit": int, "freeze": int, "blackout": int}
LEARN = "midi/learn"  # and the path of a parameter: the next controller that is moved turns it


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
    if name == LEARN and len(arguments) == 1 and isinstance(arguments[0], str):
        return Change(name, arguments[0], "osc")
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
    """A port that is polled: /param/<name>, /patch, /view, /layer, /unit, /freeze, /blackout, /voice/<n>/<what>,
    /midi/learn and /panic become changes.

    malformed counts packets and messages that made no sense, unknown those for addresses that do not exist.
    """

    def __init__(self, address: str = "127.0.0.1:9001") -> None:
        """Listen at HOST:PORT, at [::]:PORT on all networks and both kinds of address; UserError if that is impossible."""
        self.malformed = self.unknown = 0
        self.notice, self.until = "", 0.0
        self.begin()
        self.inlet = listening(address)

    def poll(self, now: float) -> list[Change]:
        """The changes that have arrived, in order, of each name the newest; at once, whatever strangers send."""
        if now > self.until:
            self.notice = ""
        self.begin()
        left = 0
        for _ in range(PACKETS):
            try:
                packet = self.inlet.recv(WHOLE)
            except BlockingIOError:
                break
            except OSError:  # on Windows somebody's closed port: the packets behind it are as good as any
                continue
            self.read(packet, now)
            left += len(packet)
            if left >= BYTES or self.messages >= MESSAGES:
                break
        return list(self.changes.values())

    def begin(self) -> None:
        """Start a poll with nothing taken."""
        self.changes: dict[object, Change] = {}
        self.messages = 0

    def read(self, packet: bytes, now: float) -> None:
        """Take a packet's changes, count what is wrong with it."""
        try:
            if len(packet) > LARGEST:
                raise ValueError(f"a packet of more than {LARGEST} bytes")
            messages = decode(packet)
        except ValueError as error:
            return self.refuse(str(error), now)
        self.messages += len(messages)
        for address, arguments in messages:
            try:
                found = change(address.rstrip("/"), arguments)
            except ValueError as error:
                self.refuse(str(error), now)
                continue
            if found is None:
                self.unknown += 1
                self.show(f"nothing is called {address!r:.60}, {self.unknown} unknown so far", now)
            elif found.name.startswith("voice/"):  # every one counts: a note may begin and end within a poll
                self.changes[len(self.changes), found.name] = found
            else:
                self.changes.pop(found.name, None)
                self.changes[found.name] = found

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


def listening(address: str) -> socket.socket:
    """A socket that hears datagrams at HOST:PORT and never waits; UserError if there can be none."""
    host, port = host_and_port(address, "osc in")
    try:
        family = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)[0][0] if is_address(host) else socket.AF_INET
        inlet = socket.socket(family, socket.SOCK_DGRAM)
        try:
            inlet.setblocking(False)
            inlet.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            if family == socket.AF_INET6:
                inlet.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))
            if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # on Windows two programs could hear half of it each
                inlet.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            inlet.bind((host, port))
        except BaseException:
            inlet.close()
            raise
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or "there is no such port"
        raise UserError(
            f"osc in cannot listen at {address} ({reason.lower()}): close what uses port {port}, perhaps another "
            "neocog, or listen at another HOST:PORT"
        ) from error
    return inlet
