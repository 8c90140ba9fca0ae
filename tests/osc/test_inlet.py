"""Where OSC comes in: an address of this machine, or a multicast group by the network that was named."""

import socket
import struct

import pytest

from engine.errors import UserError
from engine.osc.encoding import message
from engine.osc.inlet import listening
from engine.osc.input import OscIn
from engine.osc.outlet import Outlet
from engine.values import Change
from tests.osc.programs import free_port
from tests.osc.test_input import table

FREEZE = message("/freeze", 1)[4:]
FROZEN = [Change("view/freeze", 1, "osc")]


@pytest.fixture
def outlet():
    outlet = Outlet()
    yield outlet
    outlet.close()


def heard(osc_in) -> list[Change]:
    changes = osc_in.poll(0.0)
    osc_in.close()
    return changes


def test_a_group_is_joined_by_the_network_that_was_named(outlet):
    port = free_port()
    one, two = (OscIn(f"239.7.7.8:{port}", table(), "127.0.0.1") for _ in range(2))
    outlet.send(FREEZE, "239.7.7.8", port, ttl=0, interface="127.0.0.1")
    assert heard(one) == heard(two) == FROZEN


@pytest.mark.skipif(not hasattr(socket, "MSG_DONTWAIT"), reason="Windows binds to no group")
def test_what_is_sent_to_another_group_or_to_this_machine_is_not_heard(outlet):
    port = free_port()
    osc_in = OscIn(f"239.7.7.8:{port}", table(), "127.0.0.1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as neighbour:  # joins the other group for the whole machine
        neighbour.setsockopt(
            socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("239.7.7.9") + socket.inet_aton("127.0.0.1")
        )
        outlet.send(FREEZE, "239.7.7.9", port, ttl=0, interface="127.0.0.1")
    outlet.send(FREEZE, "127.0.0.1", port)
    assert heard(osc_in) == []


def reaches(network: str, group: str) -> bool:
    """Whether the system itself takes a datagram to a group of IPv6 to whoever is in it, by this network."""
    index = socket.if_nametoindex(network)
    try:
        with (socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as ears,
              socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender):
            ears.settimeout(1.0)
            ears.bind(("::", 0))
            ears.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                            socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", index))
            sender.sendto(b"x", (group, ears.getsockname()[1], 0, index))
            return ears.recv(1) == b"x"
    except OSError:
        return False


def test_a_group_of_ipv6(outlet):
    port, group = free_port(), "ff01::4e43"  # what is sent there stays in the machine
    network = next((name for _, name in socket.if_nameindex() if reaches(name, group)), None)
    if network is None:
        pytest.skip("no network of this machine takes datagrams to groups of ipv6")
    osc_in = OscIn(f"[{group}]:{port}", table(), network)
    outlet.send(FREEZE, group, port, ttl=1, interface=network)
    assert heard(osc_in) == FROZEN


@pytest.mark.parametrize(("address", "interface", "says"), [
    ("239.7.7.8:0", "198.51.100.7", r"cannot listen at 239.7.7.8:0 \(.*\): name the network it comes by"),
    ("[ff02::1]:0", "no-such-network", r"cannot listen at \[ff02::1\]:0 \(.*\): name the network it comes by"),
    ("239.7.7.8:0", "lan", "interface is an address of this machine, found 'lan'"),
    ("127.0.0.1:0", "127.0.0.1", "interface is for a multicast group, found listen = '127.0.0.1:0': leave it out"),
    ("127.0.0.1:70000", "", "close what uses port 70000"), ("239.7.7.8:70000", "127.0.0.1", "no such port"),
])  # fmt: skip
def test_where_nobody_can_listen_is_told_in_a_line(address, interface, says):
    with pytest.raises(UserError, match=says):
        listening(address, interface)
