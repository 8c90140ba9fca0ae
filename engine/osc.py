"""OSC 1.0 on the wire: messages compiled once per shape, and frames split over datagrams.

Only the types i, f and s are written (Open Sound Control 1.0, opensoundcontrol.stanford.edu/spec-1_0.html): older
receivers stumble over every other. Inside the engine a message is always an *element*: its size as an int32, then
itself, as bundles hold it; several elements in a row are a *piece*.
"""

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache, partial
from itertools import accumulate, islice, starmap
from typing import Any

import numpy as np

from engine.errors import Wrong

LIMIT = 1432  # bytes of payload that cross an Ethernet, tunnels included, in one datagram
SHAPES = 1024  # compiled shapes kept: a patch that invents addresses cannot grow memory
BUNDLE = b"#bundle\0" + struct.pack(">Q", 1)  # time tag 1: immediately
ADDRESS = re.compile(r"(/[^/ #*,?\[\]{}\x00-\x1f\x7f-\U0010ffff]+)+")
LARGEST = 3.4028234663852886e38  # the greatest float32
MISFITS = (TypeError, ValueError, OverflowError, struct.error)
TYPES = {int: "i", float: "f", str: "s", bool: "i"}


def text(value: str) -> bytes:
    """An OSC string: UTF-8, cut at its first NUL, with one to four NULs up to a multiple of four bytes."""
    data = value.partition("\0")[0].encode(errors="replace")
    return data + bytes(4 - len(data) % 4)


def checked(address: str) -> str:
    """The address itself; Wrong for one that receivers would not understand."""
    if not (isinstance(address, str) and ADDRESS.fullmatch(address)):
        raise Wrong(
            f"an osc address is a slash and printable ascii without spaces or any of #*,?[]{{}} "
            f"(as in /drum/3), found {address!r:.60}: rename it"
        )
    return address


def head(address: str, types: str) -> bytes:
    """The bytes of a message before its arguments; Wrong as checked."""
    return text(checked(address)) + text("," + types)


def mend(kind: str, value: Any) -> int | float:
    """A number its type can hold: an int at the nearest end of int32, 0.0 for what no float32 holds (NaN, inf)."""
    if kind == "i":
        return int(min(max(-(2**31), value), 2**31 - 1))
    return float(value) if -LARGEST <= value <= LARGEST else 0.0


def finite(piece: bytes) -> bool:
    """Whether no float of a numeric piece can be NaN or inf: those begin with the byte 7f or ff.

    So do very great numbers and small negative ints, which mending leaves as they are, but never an address.
    """
    firsts = piece[::4]
    return 0x7F not in firsts and 0xFF not in firsts


class Shape:
    """Messages of fixed addresses and numeric types, compiled: called with all their numbers it gives their piece."""

    def __init__(self, *messages: tuple[str, str]) -> None:
        """Each message is its address and its types, i and f only."""
        self.types = "".join(types for _, types in messages)
        numbers = [f"number{index}" for index in range(len(self.types))]
        form, heads, fields, rest = ">", {}, [], iter(numbers)
        for address, types in messages:
            start = head(address, types)
            start = struct.pack(">i", len(start) + 4 * len(types)) + start
            form += f"{len(start)}s{types}"
            fields += [name := f"head{len(heads)}", *islice(rest, len(types))]
            heads[name] = start
        pack = struct.Struct(form).pack
        if len(heads) == 1:
            self.pack = partial(pack, *heads.values())
        else:  # written out as a function, heads between numbers cost half of what arranging them in each call costs
            self.pack = eval(f"lambda {', '.join(numbers)}: pack({', '.join(fields)})", heads | {"pack": pack})

    def __call__(self, *values: float) -> bytes:
        """One piece from the numbers of all messages in a row."""
        try:
            piece = self.pack(*values)
            if finite(piece):
                return piece
        except MISFITS:
            pass
        return self.pack(*map(mend, self.types, values))

    def each(self, rows: list[tuple]) -> list[bytes]:
        """A piece for each row of numbers, faster than one by one."""
        try:
            pieces = list(starmap(self.pack, rows))
            if finite(b"".join(pieces)):
                return pieces
        except MISFITS:
            pass
        return [self(*row) for row in rows]


shape = lru_cache(SHAPES)(Shape)


def plain(value: Any) -> int | float | str:
    """The plain number or string in a value, numpy's scalars included; Wrong for anything else."""
    if isinstance(value, np.generic):
        value = value.item()
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    raise Wrong(f"an osc argument is an int, a float or a string, found {value!r:.40}: convert it in the patch")


def message(address: str, *arguments: int | float | str) -> bytes:
    """One element from an address and ints, floats, bools and strings, or numpy's; Wrong for what OSC cannot say."""
    values = [value if type(value) in TYPES else plain(value) for value in arguments]
    types = "".join([TYPES[type(value)] for value in values])
    if "s" not in types:
        return shape((address, types))(*values)
    typed = zip(types, values, strict=True)
    parts = [text(value) if kind == "s" else struct.pack(">" + kind, mend(kind, value)) for kind, value in typed]
    data = head(address, types) + b"".join(parts)
    return struct.pack(">i", len(data)) + data


def cut(piece: bytes) -> Iterator[bytes]:
    """The elements of a piece; ValueError where the sizes make no sense."""
    at = 0
    while at < len(piece):
        size = int.from_bytes(piece[at : at + 4], signed=True)
        if size < 0 or size % 4 or at + 4 + size > len(piece):
            raise ValueError(f"an element of {size} bytes where {len(piece) - at - 4} are left")
        yield piece[at : at + 4 + size]
        at += 4 + size


@lru_cache(256)
def portions(sizes: tuple[int, ...], room: int) -> tuple[list[slice], list[slice]]:
    """Where to cut a row of pieces of these sizes: into runs that fit the room, and those too big for it."""
    ends = [0, *accumulate(sizes)]
    runs, big, start = [], [], 0
    while start < len(sizes) or not runs:
        stop = bisect_right(ends, ends[start] + room, start + 1) - 1
        found = runs
        if stop == start < len(sizes):
            found, stop = big, start + 1
        found.append(slice(ends[start], ends[stop]))
        start = stop
    return runs, big


def datagrams(header: bytes, body: list[bytes], limit: int, bundle: bool) -> tuple[list[bytes], int]:
    """A frame as bundles of at most limit bytes, each beginning with the header, and how many pieces fitted nowhere.

    A piece too big to travel with the header travels alone, if it is one element. Without bundles every message is
    a datagram.
    """
    if not bundle:
        elements = [element for piece in (header, *body) for element in cut(piece)]
        whole = [element[4:] for element in elements if len(element) - 4 <= limit]
        return whole, len(elements) - len(whole)
    header, data = BUNDLE + header, b"".join(body)
    runs, big = portions(tuple(map(len, body)), limit - len(header))
    alone = [data[piece][4:] for piece in big if piece.stop - piece.start - 4 <= limit]
    return [header + data[run] for run in runs] + alone, len(big) - len(alone)
