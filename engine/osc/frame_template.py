"""OSC frames compiled once per shape: where each number goes is worked out once, then numbers are only filled in."""

import struct
from collections.abc import Sequence
from itertools import accumulate, chain, pairwise

import numpy as np
from numba import njit, types

from engine.osc.encoding import BUNDLE, INT, LARGEST, portions, text

Argument = int | str | None  # which number it is, or the string itself, or 0 for ever
Message = tuple[str, str, Sequence[Argument]]  # address, types (i, f and s), and an argument for each
Piece = Sequence[Message]  # messages that travel together
TABLE = types.Array(types.float64, 2, "C", readonly=True)


@njit(types.void(types.u4[::1], types.u4[:, ::1], types.f8[::1], TABLE), cache=True)  # before any frame waits for it
def fill(words, plan, numbers, table):
    """Write numbers into words as OSC has them, big-endian; a row of plan is a word's index, a number's, and its type.

    Numbers count on into the table, row by row. None is refused: an int ends at int32's ends, what no float32 holds
    (NaN, inf) is 0.
    """
    single = np.empty(1, np.float32)
    bits = single.view(np.uint32)
    rows = table.reshape(-1)
    for step in range(len(plan)):
        index = plan[step, 1]
        value = numbers[index] if index < len(numbers) else rows[index - len(numbers)]
        if plan[step, 2]:
            word = np.uint32(np.int32(min(max(value, -(2.0**31)), 2.0**31 - 1) if value == value else 0.0))
        else:
            single[0] = value if abs(value) <= LARGEST else 0.0
            word = bits[0]
        words[plan[step, 0]] = word >> 24 | word >> 8 & 0xFF00 | word << 8 & 0xFF0000 | word << 24


class FrameTemplate:
    """A frame of fixed addresses, types and strings, compiled: called with its numbers it gives datagrams.

    Each is a bundle of at most limit bytes from the header to the trailer; a piece of the body stays whole, and fits
    between them. Messages say numbers of a row of so many, then those of a table. All addresses begin with the prefix.
    """

    def __init__(
        self, limit: int, numbers: int, header: Piece, *body: Piece, trailer: Piece = (), prefix: str = ""
    ) -> None:
        header, trailer, *body = ([(prefix + address, *rest) for address, *rest in piece] for piece in (header, trailer, *body))
        start, self.end = len(BUNDLE) + size(header), size(trailer)
        self.sizes = tuple(map(size, body))
        data, plan, ends = bytearray(), [], [0]
        for run in portions(self.sizes, limit - start - self.end)[0]:
            data += BUNDLE
            for message in chain(header, *body[run], trailer):
                plan += [(len(data) // 4 + word, number, kind == "i") for word, number, kind in numbers_in(message)]
                data += blank(message)
            ends.append(len(data))
        self.words = np.frombuffer(data, np.uint32)
        self.parts = [memoryview(data)[slice(*both)] for both in pairwise(ends)]
        self.plan = np.array(plan, np.uint32).reshape(-1, 3)
        self.header = slice(len(BUNDLE), start)
        self.numbers = np.zeros(numbers)
        self.row = memoryview(self.numbers).cast("B")
        self.pack = struct.Struct(f"{numbers}d").pack_into

    def __call__(self, numbers: Sequence[float], table: np.ndarray) -> list[bytes]:
        """The datagrams that say these numbers and the rows of a table, (N, columns) float64."""
        self.pack(self.row, 0, *numbers)
        fill(self.words, self.plan, self.numbers, table)
        return list(map(bytes, self.parts))

    def pieces(self, parts: list[bytes]) -> tuple[bytes, list[bytes], bytes]:
        """Header, pieces and trailer of the datagrams that a call gave."""
        body = b"".join([part[self.header.stop : len(part) - self.end] for part in parts])
        places = pairwise(accumulate(self.sizes, initial=0))
        return parts[0][self.header], [body[slice(*both)] for both in places], parts[0][len(parts[0]) - self.end :]


def parts_of(message: Message) -> list[bytes]:
    """A message from its address to its last argument, in the parts that are filled in one by one; numbers are 0."""
    address, types, arguments = message
    values = [text(value) if kind == "s" else bytes(4) for kind, value in zip(types, arguments, strict=True)]
    return [text(address) + text("," + types), *values]


def blank(message: Message) -> bytes:
    """A message as an element, all its numbers 0."""
    data = b"".join(parts_of(message))
    return INT(len(data)) + data


def numbers_in(message: Message) -> list[tuple[int, int, str]]:
    """Where a message's element has numbers: which word, which number, which type."""
    places = accumulate(map(len, parts_of(message)), initial=4)
    return [
        (place // 4, value, kind)
        for place, kind, value in zip(list(places)[1:], message[1], message[2])
        if kind != "s" and value is not None
    ]


def size(piece: Piece) -> int:
    """How many bytes the messages of a piece take in a bundle."""
    return sum(len(blank(message)) for message in piece)
