"""OSC 1.0 on the wire: single messages, and frames split over datagrams.

Only the types i, f and s are written (Open Sound Control 1.0, opensoundcontrol.stanford.edu/spec-1_0.html): older
receivers stumble over every other. Inside the engine a message is always an *element*: its size as an int32, then
itself, as bundles hold it; several elements in a row are a *piece*.
"""

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from reprlib import repr as short
from typing import Any

import numpy as np

from engine.errors import UserError

LIMIT = 1432  # bytes of payload that cross an Ethernet, tunnels included, in one datagram
HEADS = 1024  # beginnings of messages kept: a patch that invents addresses cannot grow memory
BUNDLE = b"#bundle\0" + struct.pack(">Q", 1)  # time tag 1: immediately
LONGEST = 200  # characters of an address
PREFIX = 32  # characters that a target may put before every address
ADDRESS = re.compile(r"(/[^/ #*,?\[\]{}\x00-\x1f\x7f-\U0010ffff]+)+")
INT, FLOAT = struct.Struct(">i").pack, struct.Struct(">f").pack
LARGEST = 3.4028234663852886e38  # the greatest float32


def text(value: str) -> bytes:
    """An OSC string: UTF-8, cut at its first NUL, with one to four NULs up to a multiple of four bytes."""
    data = value.partition("\0")[0].encode(errors="replace")
    return data + bytes(4 - len(data) % 4)


def checked(address: str, longest: int = LONGEST) -> str:
    """The address itself; UserError for one that receivers would not understand."""
    if not (isinstance(address, str) and len(address) <= longest and ADDRESS.fullmatch(address)):
        raise UserError(
            f"an osc address is a slash and printable ascii without spaces or any of #*,?[]{{}} "
            f"(as in /drum/3), at most {longest} characters, found {short(address)}: rename it"
        )
    return address


@lru_cache(HEADS)
def head(address: str, types: str) -> bytes:
    """The bytes of a message before its arguments; UserError as checked."""
    return text(checked(address, LONGEST + PREFIX)) + text("," + types)


def int32(value: int) -> bytes:
    """An OSC int, at the nearest end of its range for one that does not fit."""
    return INT(min(max(-(2**31), value), 2**31 - 1))


def float32(value: float) -> bytes:
    """An OSC float, 0.0 for what no float32 holds (NaN, inf)."""
    return FLOAT(value if -LARGEST <= value <= LARGEST else 0.0)


def plain(value: Any) -> int | float | str:
    """The plain number or string in a value, numpy's scalars included; UserError for anything else."""
    if isinstance(value, np.floating):
        value = float(value)  # a longdouble's item() is a longdouble
    elif isinstance(value, np.generic):
        value = value.item()
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    raise UserError(f"an osc argument is an int, a float or a string, found {value!r:.40}: convert it in the patch")


TYPES = {int: ("i", int32), float: ("f", float32), str: ("s", text), bool: ("i", int32)}


def message(address: str, *arguments: int | float | str) -> bytes:
    """One element from an address and ints, floats, bools, strings, or numpy's; UserError for what OSC cannot say."""
    values = [value if type(value) in TYPES else plain(value) for value in arguments]
    kinds = [TYPES[type(value)] for value in values]
    data = head(address, "".join([kind for kind, _ in kinds]))
    data += b"".join([encode(value) for (_, encode), value in zip(kinds, values, strict=True)])
    return INT(len(data)) + data


def cut(piece: bytes) -> Iterator[bytes]:
    """The elements of a piece, one after the other; ValueError where the sizes make no sense."""
    at = 0
    while at < len(piece):
        size = int.from_bytes(piece[at : at + 4], signed=True)
        if size < 0 or size % 4 or at + 4 + size > len(piece):
            raise ValueError(f"an element of {size} bytes where {len(piece) - at - 4} are left")
        yield piece[at : at + 4 + size]
        at += 4 + size


@lru_cache(256)
def portions(sizes: tuple[int, ...], room: int) -> tuple[list[slice], list[int]]:
    """Which of a row of pieces of these sizes to send together, so that they fit the room, and which never fit."""
    ends = [0, *accumulate(sizes)]
    runs, big, start = [], [], 0
    while start < len(sizes) or not runs:
        stop = bisect_right(ends, ends[start] + room, start + 1) - 1
        if stop == start < len(sizes):
            big.append(start)
            start += 1
        else:
            runs.append(slice(start, stop))
            start = stop
    return runs, big


def datagrams(
    header: bytes, body: list[bytes], limit: int, bundle: bool, trailer: bytes = b""
) -> tuple[list[bytes], int]:
    """A frame as bundles of at most limit bytes, each from header to trailer, and how many pieces fitted nowhere.

    A piece too big to travel between them travels alone, if it is one element. Without bundles every message is a
    datagram.
    """
    if not bundle:
        elements = [element for piece in (header, *body, trailer) for element in cut(piece)]
        whole = [element[4:] for element in elements if len(element) - 4 <= limit]
        return whole, len(elements) - len(whole)
    header = BUNDLE + header
    runs, big = portions(tuple(map(len, body)), limit - len(header) - len(trailer))
    alone = [body[index][4:] for index in big if len(body[index]) - 4 <= limit]
    return [header + b"".join(body[run]) + trailer for run in runs] + alone, len(big) - len(alone)
