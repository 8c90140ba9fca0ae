"""OSC frames compiled once per shape: where each number goes is worked out once, then numbers are only filled in."""

import struct
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from numba import njit, types

from engine.osc.encoding import BUNDLE, INT, LARGEST, portions, text

Argument = int | str | None  # which number it is, or the string itself, or 0 for ever
Message = tuple[str, str, Sequence[Argument]]  # address, types (i, f and s), and an argument for each
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


class Piece(NamedTuple):
    """Messages that travel together, compiled: data has 0 for every number.

    A row of plan (N, 3) uint32 is a word's index, its number's, and whether it is an int; at is added to every
    number's, as for the rows of a table.
    """

    data: bytes
    plan: np.ndarray
    at: int = 0


NOTHING = Piece(b"", np.zeros((0, 3), np.uint32))
BEGIN = NOTHING._replace(data=BUNDLE)


class FrameTemplate:
    """A frame of fixed addresses, types and strings, put together from pieces.

    Called with its numbers it gives datagrams. Each is a bundle of at most limit bytes from the header to the trailer;
    a piece of the body stays whole, and is left out where it does not fit between them: lost counts those. Messages say
    numbers of a row of so many, then those of a table.
    """

    def __init__(self, limit: int, numbers: int, header: Piece, *body: Piece, trailer: Piece = NOTHING) -> None:
        start, self.end = len(BUNDLE) + len(header.data), len(trailer.data)
        sizes = tuple([len(data) for data, _, _ in body])
        runs, big = portions(sizes, limit - start - self.end)
        self.sizes, self.lost = [size for run in runs for size in sizes[run]], len(big)
        placed, ends = [], []
        for run in runs:
            placed += BEGIN, header, *body[run], trailer
            ends.append(len(placed))
        datas, plans, shifts = zip(*placed)
        places = list(accumulate(map(len, datas), initial=0))
        data = bytearray().join(datas)
        self.words = np.frombuffer(data, np.uint32)
        self.parts = [memoryview(data)[places[first] : places[last]] for first, last in pairwise((0, *ends))]
        self.plan, counts = np.concatenate(plans), [len(plan) for plan in plans]
        self.plan[:, 0] += np.repeat(np.array(places[:-1], np.uint32) // 4, counts)
        self.plan[:, 1] += np.repeat(np.array(shifts, np.uint32), counts)
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


def piece(*messages: Message, prefix: str = "") -> Piece:
    """Compile messages; the prefix stands before every address."""
    data, plan = bytearray(), []
    for address, kinds, arguments in messages:
        values = [text(value) if kind == "s" else bytes(4) for kind, value in zip(kinds, arguments, strict=True)]
        parts = [text(prefix + address) + text("," + kinds), *values]  # an element is its size, then these
        places = list(accumulate(map(len, parts), initial=len(data) + 4))
        plan += [(place // 4, value, kind == "i") for place, kind, value in zip(places[1:], kinds, arguments)
                 if kind != "s" and value is not None]  # fmt: skip
        data += INT(places[-1] - places[0]) + b"".join(parts)
    return Piece(bytes(data), np.array(plan, np.uint32).reshape(-1, 3))
