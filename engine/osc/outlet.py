"""The sockets that datagrams leave by: one source port for the life of the program, whatever the kind of address."""

import ipaddress
import socket
from functools import lru_cache


class Outlet:
    """Sends to IPv4 and IPv6 addresses, to broadcast ones too, and to multicast groups; it never waits."""

    def __init__(self) -> None:
        self.sockets = {socket.AF_INET: opened(socket.AF_INET)}
        self.sockets[socket.AF_INET].bind(("", 0))
        self.port = self.sockets[socket.AF_INET].getsockname()[1]

    def send(self, part: bytes, address: str, port: int, ttl: int = 1, interface: str = "") -> None:
        """Hand a datagram to the system; OSError if it takes none."""
        family, place, multicast = where(address, port)
        outlet = self.sockets.get(family) or self.open_ipv6()
        if multicast:
            by_group(outlet, family, ttl, interface)
        outlet.sendto(part, place)

    def open_ipv6(self) -> socket.socket:
        """The second socket, at the same port where that is free; OSError on a machine without IPv6."""
        outlet = opened(socket.AF_INET6)
        outlet.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            outlet.bind(("", self.port))
        except OSError:  # another program's; any other is as good, if it stays
            outlet.bind(("", 0))
        self.sockets[socket.AF_INET6] = outlet
        return outlet

    def close(self) -> None:
        for outlet in self.sockets.values():
            outlet.close()


def opened(family: int) -> socket.socket:
    outlet = socket.socket(family, socket.SOCK_DGRAM)
    outlet.setblocking(False)
    outlet.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    return outlet


@lru_cache(64)
def where(address: str, port: int) -> tuple[int, tuple, bool]:
    """The family of an address, what sendto wants for it, and whether it is a multicast group."""
    family, _, _, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST)[0]
    return family, place, ipaddress.ip_address(address).is_multicast


def by_group(outlet: socket.socket, family: int, ttl: int, interface: str) -> None:
    """How the next datagram to a multicast group leaves; OSError for an interface that there is not."""
    if family == socket.AF_INET:
        outlet.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
        outlet.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface or "0.0.0.0"))
    else:
        outlet.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, ttl)
        index = socket.if_nametoindex(interface) if interface else 0
        outlet.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)


def is_broadcast(address: str) -> bool:
    """Whether an address is that of a whole network, as this machine sees it: it needs leave to be sent to."""
    family, place, _ = where(address, 9)
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(place)
        except PermissionError:
            return True
        except OSError:
            pass
    return False
