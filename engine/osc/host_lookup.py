"""Where a host is: looked up off the main thread, so that a name server that hangs delays no frame."""

import socket
from collections.abc import Callable
from threading import Thread

from engine.osc.targets import is_address

SLOWEST_RETRY = 60.0  # seconds between looking up a host name that fails, and one that works but may move


def address_of(host: str) -> str:
    """The address of a host, IPv4 where it has one; OSError or UnicodeError if nobody knows it."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    return min(found, key=lambda entry: entry[0] != socket.AF_INET)[4][0]


class HostLookup:
    """A host's address, looked up until found and every minute after.

    address is None until it is known, trouble says why; a lookup hands over one string, the newest wins.
    """

    def __init__(self, host: str, look_up: Callable[[str], str]) -> None:
        self.host, self.look_up = host, look_up
        self.address, self.trouble = None, ""
        self.wait, self.due = 0.5, float("inf")
        self.thread = None
        if is_address(host):
            self.address = host
        else:
            self.start()

    def start(self) -> None:
        self.thread = Thread(target=self.resolve, name=f"look up {self.host}", daemon=True)
        self.thread.start()

    def resolve(self) -> None:
        try:
            self.address, self.trouble, self.wait = self.look_up(self.host), "", SLOWEST_RETRY
        except (OSError, UnicodeError):
            self.trouble = f"osc: no host is called {self.host!r}, trying again"
            self.wait = min(2 * self.wait, SLOWEST_RETRY)

    def at(self, now: float) -> str | None:
        """The address as far as known, at once."""
        if self.thread is not None and not self.thread.is_alive():
            self.thread, self.due = None, now + self.wait
        if now >= self.due:
            self.due = float("inf")
            self.start()
        return self.address
