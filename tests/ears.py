"""Ears for tests: datagrams read by python-osc, and a real UDP receiver."""

import socket

from pythonosc.osc_packet import OscPacket

from tests.parts import PATIENCE


def messages(parts: list[bytes]) -> list[tuple]:
    """(address, arguments...) of all messages, read by python-osc."""
    return [(timed.message.address, *timed.message.params) for part in parts for timed in OscPacket(part).messages]


def values(parts: list[bytes]) -> dict[str, float]:
    """What the messages of one argument say, by address."""
    return {message[0]: message[1] for message in messages(parts) if len(message) == 2}


class Receiver:
    """A real UDP receiver: what it was sent, frame by frame."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, family: int = socket.AF_INET):
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind((host, port))
        self.socket.settimeout(PATIENCE)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.port = self.socket.getsockname()[1]
        self.senders, self.largest = set(), 0

    def frame(self) -> list[tuple]:
        """The messages of the next datagram."""
        data, sender = self.socket.recvfrom(65536)
        self.senders.add(sender)
        self.largest = max(self.largest, len(data))
        return messages([data])

    def waiting(self) -> list[list[tuple]]:
        """All frames that have come: what this machine sends itself is there when sendto returns."""
        self.socket.setblocking(False)
        frames = []
        try:
            while True:
                frames.append(self.frame())
        except BlockingIOError:
            self.socket.settimeout(PATIENCE)
            return frames


def sent(frames, *addresses) -> list[tuple]:
    """The messages at these addresses, in order."""
    return [message for frame in frames for message in frame if message[0] in addresses]
