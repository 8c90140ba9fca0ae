"""The socket that datagrams come in by: at an address of this machine, or of a multicast group."""

import socket
import struct
import sys

from engine.errors import UserError
from engine.osc.outlet import where
from engine.osc.targets import host_and_port, is_address

BUFFER = 1 << 20  # bytes that wait in the socket; what does not fit there the system drops


def listening(address: str, interface: str = "") -> socket.socket:
    """A socket that hears datagrams at HOST:PORT and never waits; UserError if there can be none.

    Where the host is a multicast group it is joined by the network that has this interface, an address of this machine
    (for IPv6 a name), "" for the system's choice; then others on this machine may hear the group as well.
    """
    host, port = host_and_port(address, "osc in")
    family, place, group = where(host, 0) if is_address(host) else (socket.AF_INET, (), False)
    if interface and not group:
        raise UserError(f"[osc] interface is for a multicast group, found listen = {address!r}: leave it out")
    if interface and family == socket.AF_INET and not is_address(interface):
        raise UserError(f"[osc] interface is an address of this machine, found {interface!r}")
    try:
        inlet = socket.socket(family, socket.SOCK_DGRAM)
        try:
            inlet.setblocking(False)
            inlet.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            if family == socket.AF_INET6:
                inlet.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))
            if group:
                if family == socket.AF_INET6 and interface:
                    place = (*place[:3], socket.if_nametoindex(interface))  # a group may be bound to by a network alone
                inlet.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                # bound to the group nothing else is heard, which Windows lacks
                inlet.bind(("", port) if sys.platform == "win32" else (place[0], port, *place[2:]))
                join(inlet, family, place, interface)
            else:
                if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # on Windows two programs could hear half of it each
                    inlet.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
                inlet.bind((host, port))
        except BaseException:
            inlet.close()
            raise
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or "there is no such port"
        advice = f"close what uses port {port}, perhaps another neocog, or listen at another HOST:PORT"
        if group:
            advice = ("name the network it comes by: [osc] interface, an address of this machine (for ipv6 a network's "
                      "name)")
        raise UserError(f"osc in cannot listen at {address} ({reason.lower()}): {advice}") from error
    return inlet


def join(inlet: socket.socket, family: int, place: tuple, interface: str) -> None:
    """Have the system hand us what is sent to a group by the network that its place names, for IPv4 this interface."""
    if family == socket.AF_INET:
        membership = socket.inet_aton(place[0]) + socket.inet_aton(interface or "0.0.0.0")
        inlet.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    else:
        membership = socket.inet_pton(family, place[0].partition("%")[0]) + struct.pack("@I", place[3])
        inlet.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, membership)
