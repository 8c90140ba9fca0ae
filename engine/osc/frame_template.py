"""OSC frames compiled once per shape: where each number goes is worked out once, then numbers are only filled in."""

import struct
from collections.abc import Sequence
from itertools import accumulate, chain, pairwise

import numpy as np
from numba import njit, types

from engine.osc.encoding import BUNDLE, INT, LARGEST, head, portions

Message = tuple[str, str, Sequence[int]]  # address, types (i and f), and which numbers it says
Piece = Sequence[Message]  # messages that travel together


READ_ONLY = types.Array(types.float64, 2, "C", readonly=True)


@njit(types.void(types.u4[::1], types.u4[:, ::1], types.f8[::1], READ_ONLY), cache=True)  # at import, so that no first frame waits for it
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
    """A frame of fixed addresses and numeric types, compiled: called with its numbers it gives datagrams.

    Each is a bundle of at most limit bytes that begins with the header; a piece of the body stays whole, and fits into
    one with the header. Messages say numbers of a row of so many, then those of a table.
    """

    def __init__(self, limit: int, numbers: int, header: Piece, *body: Piece) -> None:
        start = len(BUNDLE) + size(header)
        self.sizes = tuple(map(size, body))
        data, plan, ends = bytearray(), [], [0]
        for run in portions(self.sizes, limit - start)[0]:
            data += BUNDLE
            for address, types, indices in chain(header, *body[run]):
                data += blank(address, types)
                places = range(len(data) // 4 - len(types), len(data) // 4)
                plan += zip(places, indices, [kind == "i" for kind in types], strict=True)
            ends.append(len(data))
        self.words = np.frombuffer(data, np.uint32)
        self.parts = [memoryview(data)[slice(*both)] for both in pairwise(ends)]
        self.plan = np.array(plan, np.uint32).reshape(-1, 3)
        self.header = slice(len(BUNDLE), start)
        self.numbers = np.zeros(numbers)
        self.row = memoryview(self.numbers).cast("B")
        self.pack = struct.Struct(f"{numbers}d").pack_into

    def __call__(self, numbers: Sequence[float], table: np.ndarray) -> list[bytes]:
        """The datagrams that say these numbers and the rows of a table of float64."""
        self.pack(self.row, 0, *numbers)
        fill(self.words, self.plan, self.numbers, table)
        return list(map(bytes, self.parts))

    def pieces(self, parts: list[bytes]) -> tuple[bytes, list[bytes]]:
        """Header and pieces of the datagrams that a call gave."""
        body = b"".join([part[self.header.stop :] for part in parts])
        return parts[0][self.header], [body[slice(*both)] for both in pairwise(accumulate(self.sizes, initial=0))]


def blank(address: str, types: str) -> bytes:
    """A message as an element, all its numbers 0."""
    data = head(address, types) + bytes(4 * len(types))
    return INT(len(data)) + data


def size(piece: Piece) -> int:
    """How many bytes the messages of a piece take in a bundle."""
    return sum(len(blank(address, types)) for address, types, _ in piece)
