"""OSC 1.0 read by hand, straight from its specification: the second opinion beside python-osc."""

import struct


def string(data: bytes, at: int) -> tuple[str, int]:
    """The string that begins there and where the next thing begins: it ends at a NUL, and is padded to four bytes."""
    end = data.index(b"\0", at)
    after = end + 4 - end % 4
    assert data[end:after] == bytes(after - end)
    return data[at:end].decode(), after


def message(data: bytes) -> tuple:
    """(address, arguments...) of a message, whose every byte has a meaning."""
    address, at = string(data, 0)
    types, at = string(data, at)
    assert address[0] == "/" and types[0] == ","
    arguments = []
    for kind in types[1:]:
        if kind == "s":
            value, at = string(data, at)
        else:
            value, at = struct.unpack_from({"i": ">i", "f": ">f"}[kind], data, at)[0], at + 4
        arguments.append(value)
    assert at == len(data)
    return (address, *arguments)


def packet(data: bytes) -> list[tuple]:
    """The messages of a datagram: one alone, or those of a bundle for immediately."""
    assert len(data) % 4 == 0
    if not data.startswith(b"#bundle\0"):
        return [message(data)]
    assert data[8:16] == b"\0\0\0\0\0\0\0\1"
    found, at = [], 16
    while at < len(data):
        (size,) = struct.unpack_from(">i", data, at)
        found.append(message(data[at + 4 : at + 4 + size]))
        at += 4 + size
    assert at == len(data)
    return found
