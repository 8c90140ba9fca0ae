"""neocog listen: print the OSC that arrives, a line for each message."""

import socket
from collections.abc import Callable
from functools import partial

from engine.errors import UserError
from engine.osc.input import BUFFER, decode


def line(address: str, arguments: list) -> str:
    """A message in columns: address, then each argument; strings in quotes, their control characters escaped."""
    words = (f"{v:.4g}" if isinstance(v, float) else str(v) if type(v) is int else repr(v) for v in arguments)
    return f"  {address.encode('unicode_escape').decode():<24} " + " ".join(f"{word:>9}" for word in words)


def lines(packet: bytes, sender: str) -> list[str]:
    """What a packet says: its messages, under a heading if it is a bundle, or why it is malformed."""
    try:
        messages = decode(packet)
    except ValueError as error:
        return [f"! malformed packet of {len(packet)} bytes from {sender}: {error}"]
    heading = [f"# bundle of {len(messages)} from {sender}"] if packet.startswith(b"#bundle\0") else []
    return heading + [line(address, arguments) for address, arguments in messages]


def listen(port: int = 9000, write: Callable[[str], object] = partial(print, flush=True)) -> None:
    """Print every OSC packet that reaches the port from anywhere, until Ctrl-C; UserError if the port is taken."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as inlet:
        inlet.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        inlet.settimeout(0.5)  # some systems let Ctrl-C through only between waits
        try:
            inlet.bind(("", port))
        except (OSError, OverflowError) as error:
            raise UserError(f"listen wants a free port, found {port} taken or refused: choose another") from error
        write(f"listening on udp port {port}, ctrl-c to end")
        try:
            while True:
                try:
                    packet, (host, place) = inlet.recvfrom(65536)
                except TimeoutError:
                    continue
                write("\n".join(lines(packet, f"{host}:{place}")))
        except KeyboardInterrupt:
            pass
