"""neocog listen: the OSC that arrives, as a table in a terminal, as a line for each message anywhere else."""

import shutil
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from engine.errors import UserError
from engine.osc.decoding import decode
from engine.osc.encoding import LIMIT
from engine.osc.inlet import BUFFER
from engine.osc.understanding import Understanding

PERIOD = 0.25  # seconds from one drawing of the table to the next
FAMILY = 3  # addresses of one value below the same parent, from which on they share a line
MOST = 1000  # addresses remembered; those of a sender that invents more are only counted
CLEAR = "\x1b[H\x1b[J"  # to the upper left corner, and nothing below


def word(value: object) -> str:
    """An argument: strings in quotes, their control characters escaped."""
    return f"{value:.4g}" if isinstance(value, float) else str(value) if type(value) is int else repr(value)


def line(address: str, arguments: Iterable) -> str:
    """A message in columns: address, then each argument."""
    return f"  {escaped(address):<24} " + " ".join(f"{word(value):>9}" for value in arguments)


def escaped(address: str) -> str:
    return address.encode("unicode_escape").decode()


def lines(packet: bytes, sender: str) -> list[str]:
    """What a packet says: its messages, under a heading if it is a bundle, or why it is malformed."""
    try:
        messages = decode(packet)
    except ValueError as error:
        return [f"! malformed packet of {len(packet)} bytes from {sender}: {error}"]
    heading = [f"# bundle of {len(messages)} from {sender}"] if packet.startswith(b"#bundle\0") else []
    return heading + [line(address, arguments) for address, arguments in messages]


class Table:
    """What arrives by address: how often a second, and the newest values; below it what receivers make of it."""

    def __init__(self, now: float) -> None:
        self.latest: dict[str, list] = {}
        self.counts, self.rates, self.since = Counter(), {}, now
        self.packets = self.malformed = self.largest = self.beyond = 0
        self.senders: dict[str, None] = {}
        self.understanding = Understanding()

    def take(self, packet: bytes, sender: str) -> None:
        """Take a packet in."""
        self.packets += 1
        self.largest = max(self.largest, len(packet))
        if len(self.senders) < MOST:
            self.senders[sender] = None
        try:
            messages = decode(packet)
        except ValueError:
            self.malformed += 1
            return
        for address, arguments in messages:
            if address not in self.latest and len(self.latest) == MOST:
                self.beyond += 1
                continue
            self.latest[address] = arguments
            self.counts[address] += 1
            self.understanding.take(address, arguments)

    def lines(self, now: float, width: int = 80, height: int = 24) -> list[str]:
        """The table in so many columns and lines; rates are those since a second ago, as near as there are drawings."""
        seconds = now - self.since
        if seconds >= 1.0 or not self.rates:
            rest, self.packets = self.packets, 0
            self.rates = {address: self.counts[address] / max(seconds, PERIOD) for address in self.latest}
            self.pace, self.since = rest / max(seconds, PERIOD), now
            self.counts.clear()
        heading = f"{self.pace:.0f} packets a second from {', '.join(list(self.senders)[:3]) or 'nobody yet'}"
        heading += f", the largest {self.largest} bytes" + (f" (over {LIMIT})" if self.largest > LIMIT else "")
        heading += f", {self.malformed} malformed" if self.malformed else ""
        below = ["", *(f"= {told}" for told in self.understanding.lines())] if self.understanding.objects else []
        if len(below) > (most := max(2, (height - 2) // 2)):
            below = [*below[: most - 1], f"= and {len(below) - most + 1} profiles more"]
        return [shortened(text, width - 1) for text in (heading, *self.shown(max(1, height - 2 - len(below))), *below)]

    def shown(self, room: int) -> Iterator[str]:
        """So many lines: if not all fit, one below each root (/object, /layer) first, and how many more there are."""
        rows = list(self.rows())
        fits = len(rows) + bool(self.beyond) <= room
        chosen = set(range(len(rows))) if fits else set(by_turns(rows)[: room - 1])
        yield from (f"{rate:5.0f}/s {text}" for place, (_, rate, text) in enumerate(rows) if place in chosen)
        if more := len(rows) - len(chosen) + self.beyond:
            roots = dict.fromkeys(root for place, (root, *_) in enumerate(rows) if place not in chosen)
            yield f"        and {more} more" + (f", below {' '.join(roots)}" if roots else "")

    def rows(self) -> Iterator[tuple[str, float, str]]:
        """Root, rate and text of each line: an address has one; those of one value share it if a parent has FAMILY."""
        families: dict[str, list[str]] = {}
        for address, values in self.latest.items():
            family = address.rpartition("/")[0]
            if family and len(values) == 1:
                families.setdefault(family, []).append(address)
        for address, values in self.latest.items():
            family = address.rpartition("/")[0]
            members = families.get(family, []) if len(values) == 1 else []
            root = escaped("/".join(address.split("/")[:2]))
            if len(members) < FAMILY:
                yield root, self.rates.get(address, 0.0), line(address, values)
            elif address == members[0]:
                words = (f"{escaped(other.rpartition('/')[2])} {word(self.latest[other][0])}" for other in members)
                fastest = max(self.rates.get(other, 0.0) for other in members)
                yield root, fastest, f"  {escaped(family) + '/':<24} " + "  ".join(words)


def by_turns(rows: Sequence[tuple[str, float, str]]) -> list[int]:
    """Places of rows, the first of each root before the second of any; in a root those that come often are first."""
    fastest: dict[str, float] = {}
    for root, rate, _ in rows:
        fastest[root] = max(rate, fastest.get(root, 0.0))
    seen, turns = Counter(), []
    for place in sorted(range(len(rows)), key=lambda place: rows[place][1] < fastest[rows[place][0]] / 2):
        seen[rows[place][0]] += 1
        turns.append((seen[rows[place][0]], place))
    return [place for _, place in sorted(turns)]


def shortened(text: str, width: int) -> str:
    """A line of at most so many characters, that says where it was cut."""
    return text if len(text) <= width else text[: width - 1] + "…"


def listen(
    port: int = 9000, write: Callable[[str], object] = partial(print, flush=True), table: bool | None = None
) -> None:
    """Show every OSC packet that reaches the port from anywhere, until Ctrl-C; UserError if the port is taken.

    As a table if wanted; None means where the output is a terminal.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as inlet:
        inlet.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        inlet.settimeout(PERIOD)  # some systems let Ctrl-C through only between waits
        try:
            inlet.bind(("", port))
        except (OSError, OverflowError) as error:
            raise UserError(f"listen wants a free port, found {port} taken or refused: choose another") from error
        write(f"listening on udp port {port}, ctrl-c to end")
        try:
            show(inlet, write, sys.stdout.isatty() if table is None else table)
        except KeyboardInterrupt:
            pass


def show(inlet: socket.socket, write: Callable[[str], object], table: bool) -> None:
    """Write what arrives, for ever."""
    drawn = time.monotonic()
    seen = Table(drawn)
    while True:
        try:
            packet, (host, place) = inlet.recvfrom(65536)
        except TimeoutError:
            packet = None
        if packet is not None and table:
            seen.take(packet, f"{host}:{place}")
        elif packet is not None:
            write("\n".join(lines(packet, f"{host}:{place}")))
        now = time.monotonic()
        if table and now - drawn >= PERIOD:
            drawn = now
            write(CLEAR + "\n".join(seen.lines(now, *shutil.get_terminal_size())))
