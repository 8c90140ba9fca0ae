"""OSC 1.0 as it arrives, from anybody: every packet becomes messages or a ValueError, in bounded time.

All types of the specification and its usual additions are read, so that one argument which we have no use for does
not make the others unreadable.
"""

import struct

from engine.osc.encoding import cut

DEPTH = 8  # bundles in bundles
PLAIN = {
    "i": struct.Struct(">i"), "f": struct.Struct(">f"), "h": struct.Struct(">q"), "d": struct.Struct(">d"),
    "t": struct.Struct(">Q"), "r": struct.Struct(">I"), "m": struct.Struct(">4s"), "c": struct.Struct(">I"),
}  # fmt: skip
EMPTY = {"T": True, "F": False, "N": None, "I": True}  # types without bytes, I being a press; brackets only group

Argument = int | float | str | bytes | bool | None
Message = tuple[str, list[Argument]]


def decode(packet: bytes, depth: int = 0) -> list[Message]:
    """The messages of a packet as (address, arguments), in order, time tags ignored; ValueError if it is malformed."""
    if packet.startswith(b"#bundle\0"):
        if len(packet) < 16 or depth == DEPTH:
            raise ValueError("a bundle without a time tag" if len(packet) < 16 else "bundles nested too deep")
        return [message for element in cut(packet[16:]) for message in decode(element[4:], depth + 1)]
    if not packet.startswith(b"/"):
        raise ValueError("neither a message nor a bundle")
    address, at = text_at(packet, 0)
    if at == len(packet):  # senders from before type tags, with a message that has no arguments
        return [(address, [])]
    types, at = text_at(packet, at)
    if not types.startswith(","):
        raise ValueError("a message without type tags")
    arguments = []
    for kind in types[1:]:
        if kind in EMPTY:
            arguments.append(EMPTY[kind])
        elif kind in "[]":
            continue
        elif kind in PLAIN:
            value, at = value_at(packet, at, PLAIN[kind])
            arguments.append(value)
        elif kind in "sS":
            value, at = text_at(packet, at)
            arguments.append(value)
        elif kind == "b":
            size, at = value_at(packet, at, PLAIN["i"])
            if not 0 <= size <= len(packet) - at:
                raise ValueError(f"a blob of {size} bytes where {len(packet) - at} are left")
            arguments.append(packet[at : at + size])
            at += (size + 3) // 4 * 4
        else:
            raise ValueError(f"unknown type {kind!r}")
    return [(address, arguments)]


def text_at(packet: bytes, at: int) -> tuple[str, int]:
    """The string that begins there, and where the next thing begins."""
    end = packet.find(0, at)
    if end < 0:
        raise ValueError("a string without an end")
    try:
        return packet[at:end].decode(), min(end // 4 * 4 + 4, len(packet))
    except UnicodeDecodeError as error:
        raise ValueError("a string that is no utf-8") from error


def value_at(packet: bytes, at: int, kind: struct.Struct) -> tuple:
    """The value that begins there, and where the next thing begins."""
    if at + kind.size > len(packet):
        raise ValueError("arguments that do not fit their types")
    return kind.unpack_from(packet, at)[0], at + kind.size
