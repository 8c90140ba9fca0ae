"""Targets: what a line may say, and how one that cannot be found or reached delays nobody."""

import re
import socket
import threading
from dataclasses import replace

import pytest

from engine.errors import UserError
from engine.osc.outlet import Outlet
from engine.osc.targets import Target
from engine.values import EngineStatus
from tests.ears import Receiver
from tests.parts import PATIENCE
from tests.scenes import scene as whole

STATUS = EngineStatus()


def scene(**given):
    """A scene of one layer: its frame fits into one datagram."""
    made = whole(**given)
    return replace(made, layers={"conv1": made.layers["conv1"]})


def test_targets_are_read_from_a_line():
    assert Target.parse("127.0.0.1:9000") == Target("127.0.0.1", 9000, "neocog")
    assert Target.parse("split@touch.local:9001", rate=30.0, flip_y=True) == Target(
        "touch.local", 9001, "split", rate=30.0, flip_y=True
    )
    assert Target.parse("tuio@[fe80::1%eth0]:3333") == Target("fe80::1%eth0", 3333, "tuio")
    assert str(Target("::1", 9000)) == "[::1]:9000" and str(Target("b.local.", 9000)) == "b.local.:9000"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "tuoi@127.0.0.1:9000",
            "no osc profile 'tuoi': choose from neocog, split, wekinator, tuio, augmenta, tsps, map",
        ),
        ("@127.0.0.1:9000", "no osc profile ''"),
        ("127.0.0.1", "wants HOST:PORT"),
        ("127.0.0.1:", "wants HOST:PORT"),
        (":9000", "wants HOST:PORT"),
        ("two words:9000", "wants HOST:PORT"),
        ("127.0.0.1:0", "a port from 1 to 65535, found 0"),
        ("127.0.0.1:65536", "a port from 1 to 65535, found 65536"),
        ("::1:9000", "an ipv6 address in brackets (as in [::1]:9000)"),
        ("[::1:9000", "an ipv6 address in brackets"),
        ("[127.0.0.1]:9000", "an ipv6 address in brackets"),
        ("[::g]:9000", "an ipv6 address in brackets"),
        ("192.168.1:9000", "a whole ipv4 address, four numbers from 0 to 255 without leading zeros"),
        ("010.0.0.1:9000", "a whole ipv4 address"),
        ("10.0.0.256:9000", "a whole ipv4 address"),
        ("2130706433:9000", "a whole ipv4 address"),
        ("0x7f000001:9000", "a whole ipv4 address"),
        ("127.0.0.1.:9000", "a whole ipv4 address"),
        ("udp://127.0.0.1:9000", "leave out udp://"),
        ("split@osc.udp://127.0.0.1:9000", "leave out osc.udp://"),
        ("127.0.0.1:9000,127.0.0.1:9001", "name each on its own"),
        ("a,b:9000", "name each on its own"),
        ("-laptop.local:9000", "wants HOST:PORT"),
        ("a..b:9000", "wants HOST:PORT"),
        (f"{'a' * 64}.local:9000", "wants HOST:PORT"),
    ],
)
def test_a_target_that_cannot_be_says_what_was_wanted(text, says):
    with pytest.raises(UserError, match=re.escape(says)):
        Target.parse(text)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("rate", 0.5),
        ("rate", -1),
        ("rate", float("nan")),
        ("limit", 999),
        ("limit", 1433),
        ("ttl", 256),
        ("interface", "eth9"),
        ("inputs", ("stale",)),
    ],
)
def test_options_out_of_range_are_wrong(option, value):
    with pytest.raises(UserError, match=option):
        Target.parse("127.0.0.1:9000", **{option: value})


def test_a_name_server_that_hangs_delays_nobody(send_to, receiver, other):
    hanging, answers = threading.Event(), []

    def look_up(host):
        answers.append(host)
        assert hanging.wait(PATIENCE)
        return "127.0.0.1"

    targets = Target("slow.example", other.port), Target("127.0.0.1", receiver.port)
    out = send_to(*targets, classes=["person"], look_up=look_up)
    for index in range(5):
        out.send(scene(index=index), (), STATUS, now=index)
        assert receiver.frame()[0][1] == index
    assert other.waiting() == [] and answers == ["slow.example"]
    hanging.set()
    out.senders[0].host.thread.join(PATIENCE)
    out.send(scene(index=5), (), STATUS, now=5.0)
    late = other.frame()
    assert late[0][1] == 5 and ("/class/0", "person") in late


def test_a_name_nobody_knows_is_tried_ever_more_seldom_and_shown(send_to, receiver):
    tries = []

    def look_up(host):
        tries.append(host)
        if len(tries) < 10:
            raise socket.gaierror(-2, "Name or service not known")
        return "127.0.0.1"

    out = send_to(Target("nowhere.example", receiver.port), look_up=look_up)
    where, moments, count = out.senders[0].host, [], 0
    for now in range(400):
        if where.thread is not None:
            where.thread.join(PATIENCE)
        if len(tries) > count:
            count = len(tries)
            moments.append(now)
        if now == 2:
            assert out.notices == ("osc: no host is called 'nowhere.example', trying again",)
        out.send(scene(index=now), (), STATUS, now)
    gaps = [later - earlier - 1 for earlier, later in zip(moments, moments[1:])]  # less the second that an answer takes
    assert gaps[:10] == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert out.notices == () and receiver.frame()[0][1] == moments[9] - 1  # the answer came before the frame


def test_a_host_that_moves_is_followed_and_hears_the_names_at_once(send_to, receiver):
    moved, answer = Receiver("127.0.0.2", receiver.port), threading.Event()
    homes = iter(["127.0.0.1", "127.0.0.2"])

    def look_up(host):
        home = next(homes)
        assert home == "127.0.0.1" or answer.wait(PATIENCE)
        return home

    out = send_to(Target("laptop.local", receiver.port), classes=["person"], look_up=look_up)
    out.senders[0].host.thread.join(PATIENCE)
    out.send(scene(), (), STATUS, now=0.0)
    out.send(scene(), (), STATUS, now=60.0)  # a name is looked up again after a minute
    assert len(receiver.waiting()) == 2
    answer.set()
    out.senders[0].host.thread.join(PATIENCE)
    out.send(scene(), (), STATUS, now=60.1)
    assert receiver.waiting() == [] and ("/class/0", "person") in moved.frame()
    moved.socket.close()


def test_a_socket_that_refuses_is_counted_and_shown_and_never_raises(send_to, receiver):
    out = send_to(Target("127.0.0.1", receiver.port), Target("127.0.0.1", receiver.port))
    outlet, out.outlet = out.outlet, Outlet()
    out.outlet.close()  # as good as a network that has gone
    out.send(scene(), (), STATUS, now=0.0)
    out.send(scene(), (), STATUS, now=0.1)
    assert out.notices == (f"osc to 127.0.0.1:{receiver.port}: 2 datagrams not sent, bad file descriptor",) * 2
    out.outlet = outlet
    out.send(replace(scene(), index=1), (), STATUS, now=0.2)
    assert out.notices == () and receiver.frame()[0][1] == 1


def test_targets_beyond_reach_cost_the_others_nothing(send_to, receiver):
    nobody = Target("240.0.0.1"), Target("198.51.100.1"), Target("127.0.0.1", 1)
    out = send_to(*nobody, Target("127.0.0.1", receiver.port))
    for index in range(50):
        out.send(scene(index=index), (), STATUS, index / 30)
    assert [frame[0][1] for frame in receiver.waiting()] == list(range(50))


def test_a_whole_network_is_sent_to_and_told(send_to):
    ears = Receiver("")  # a broadcast does not come to a port that is bound to one address
    out = send_to(Target("127.255.255.255", ears.port), Target("127.0.0.1", ears.port))
    told = f"osc to 127.255.255.255:{ears.port} reaches every machine of its network: it is a broadcast address"
    assert out.told == (told,)
    out.send(scene(index=3), (), STATUS, now=0.0)
    assert [frame[0][1] for frame in ears.waiting()] == [3, 3] and out.notices == ()
    ears.socket.close()


def test_a_multicast_group_hears_by_the_interface_that_was_named(send_to):
    ears = Receiver("")
    ears.socket.setsockopt(
        socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("239.7.7.7") + socket.inet_aton("127.0.0.1")
    )
    out = send_to(Target("239.7.7.7", ears.port, ttl=0, interface="127.0.0.1"))
    out.send(scene(index=3), (), STATUS, now=0.0)
    assert [frame[0][1] for frame in ears.waiting()] == [3] and out.notices == ()
    outlet = out.outlet.sockets[socket.AF_INET]
    assert outlet.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL) == 0
    other = send_to(Target("239.7.7.7", ears.port, ttl=9, interface="198.51.100.7"))
    other.send(scene(), (), STATUS, now=0.0)
    assert "1 datagrams not sent" in other.notices[0]  # no network of this machine: never by another
    ears.socket.close()


def test_ipv6_hears_the_same_from_the_same_source_port(send_to, receiver):
    try:
        ears = Receiver("::1", family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no ipv6")
    out = send_to(Target("::1", ears.port), Target("127.0.0.1", receiver.port))
    for index in range(2):
        out.send(scene(index=index), (), STATUS, now=index)
    assert [frame[0][1] for frame in ears.waiting()] == [frame[0][1] for frame in receiver.waiting()] == [0, 1]
    assert {sender[1] for sender in ears.senders} == {sender[1] for sender in receiver.senders} == {out.outlet.port}
    ears.socket.close()


def test_two_targets_that_fail_are_two_notices(send_to):
    out = send_to(Target("a.invalid"), Target("b.invalid"), look_up=nobody)
    for sender in out.senders:
        sender.host.thread.join(PATIENCE)
    assert out.notices == tuple(f"osc: no host is called '{name}.invalid', trying again" for name in "ab")


def nobody(host: str) -> str:
    raise socket.gaierror(-2, "Name or service not known")


def test_a_map_without_anybody_who_hears_it_is_wrong(send_to):
    with pytest.raises(UserError, match='add a target with to = "map@HOST:PORT"'):
        send_to(Target("127.0.0.1"), maps=[("stale", "/stale")])
