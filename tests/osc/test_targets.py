"""Targets: what a line may say, and how one that cannot be found or reached delays nobody."""

import socket
import threading
from dataclasses import replace

import pytest

from engine.errors import UserError
from engine.osc.output import Target
from engine.values import EngineStatus
from tests.ears import Receiver
from tests.scenes import scene

STATUS = EngineStatus()


def test_targets_are_read_from_a_line():
    assert Target.parse("127.0.0.1:9000") == Target("127.0.0.1", 9000, "neocog")
    assert Target.parse("split@touch.local:9001", rate=30.0, flip_y=True) == Target(
        "touch.local", 9001, "split", rate=30.0, flip_y=True
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tuoi@127.0.0.1:9000", "no osc profile 'tuoi': choose from neocog, split"),
        ("@127.0.0.1:9000", "no osc profile ''"),
        ("127.0.0.1", "wants HOST:PORT"),
        ("127.0.0.1:", "wants HOST:PORT"),
        (":9000", "wants HOST:PORT"),
        ("two words:9000", "wants HOST:PORT"),
        ("127.0.0.1:0", "a port from 1 to 65535, found 0"),
        ("127.0.0.1:65536", "a port from 1 to 65535, found 65536"),
        ("[::1]:9000", "ipv6"),
        ("::1:9000", "ipv6"),
    ],
)
def test_a_target_that_cannot_be_says_what_was_wanted(text, says):
    with pytest.raises(UserError, match=says.replace("[", r"\[")):
        Target.parse(text)


@pytest.mark.parametrize(
    ("option", "value"), [("rate", 0.5), ("rate", -1), ("rate", float("nan")), ("limit", 999), ("limit", 1433)]
)
def test_options_out_of_range_are_wrong(option, value):
    with pytest.raises(UserError, match=option):
        Target.parse("127.0.0.1:9000", **{option: value})


def test_a_name_server_that_hangs_delays_nobody(send_to, receiver, other):
    hanging, answers = threading.Event(), []

    def look_up(host):
        answers.append(host)
        assert hanging.wait(10)
        return "127.0.0.1"

    targets = Target("slow.example", other.port), Target("127.0.0.1", receiver.port)
    out = send_to(*targets, classes=["person"], look_up=look_up)
    for index in range(5):
        out.send(scene(index=index), (), STATUS, now=index)
        assert receiver.frame()[0][1] == index
    assert other.waiting() == [] and answers == ["slow.example"]
    hanging.set()
    out.lines[0].where.thread.join(10)
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
    where, moments, count = out.lines[0].where, [], 0
    for now in range(400):
        if where.thread is not None:
            where.thread.join(10)
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
        assert home == "127.0.0.1" or answer.wait(10)
        return home

    out = send_to(Target("laptop.local", receiver.port), classes=["person"], look_up=look_up)
    out.lines[0].where.thread.join(10)
    out.send(scene(), (), STATUS, now=0.0)
    out.send(scene(), (), STATUS, now=60.0)  # a name is looked up again after a minute
    assert len(receiver.waiting()) == 2
    answer.set()
    out.lines[0].where.thread.join(10)
    out.send(scene(), (), STATUS, now=60.1)
    assert receiver.waiting() == [] and ("/class/0", "person") in moved.frame()
    moved.socket.close()


def test_a_socket_that_refuses_is_counted_and_shown_and_never_raises(send_to, receiver):
    out = send_to(Target("127.0.0.1", receiver.port))
    outlet, out.outlet = out.outlet, socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.outlet.close()  # as good as a network that has gone
    out.send(scene(), (), STATUS, now=0.0)
    assert out.notices == (f"osc to 127.0.0.1:{receiver.port}: 1 datagrams not sent, bad file descriptor",)
    out.outlet = outlet
    out.send(replace(scene(), index=1), (), STATUS, now=0.1)
    assert out.notices == () and receiver.frame()[0][1] == 1


def test_targets_beyond_reach_cost_the_others_nothing(send_to, receiver):
    nobody = Target("240.0.0.1"), Target("198.51.100.1"), Target("127.0.0.1", 1)
    out = send_to(*nobody, Target("127.0.0.1", receiver.port))
    for index in range(50):
        out.send(scene(index=index), (), STATUS, index / 30)
    assert [frame[0][1] for frame in receiver.waiting()] == list(range(50))
