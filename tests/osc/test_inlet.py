"""Where OSC comes in: an address of this machine, or a multicast group by the network that was named."""

import socket

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


def test_a_group_of_ipv6(outlet):
    port, names = free_port(), dict(map(reversed, socket.if_nameindex()))
    lo = next((name for name in ("lo", "lo0") if name in names), None)
    try:
        osc_in = OscIn(f"[ff02::4e43]:{port}", table(), lo or "")
        outlet.send(FREEZE, "ff02::4e43", port, ttl=1, interface=lo or "")
    except (UserError, OSError):
        pytest.skip("this machine has no ipv6 on its loopback")
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
