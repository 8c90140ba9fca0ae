"""The control server as its clients find it: a table, a server, and real sockets."""

import itertools
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from engine.control import server
from engine.control.port import MOST, Control
from engine.errors import UserError
from engine.losses import SHOWN
from engine.parameter import Number, Param
from engine.values import Change, EngineStatus
from tests.control.clients import client, got, heard, say, serving, wait_for
from tests.parts import PATIENCE
from tests.scenes import scene, track


def turned(control: Control, count: int = 1) -> list[Change]:
    """The changes of so many clients' messages, when they are there."""
    wait_for(control.taken, count)
    return control.changes()


def test_who_turns_something_does_not_hear_of_it_and_all_others_do(control, table):
    with client(control, {"parameters": True}) as one, client(control, {"parameters": True}) as other:
        assert heard(one, "parameters").keys() == heard(other, "parameters").keys() == table.entries.keys()
        say(one, {"set": {"view/gamma": 2}})
        (change,) = turned(control)
        assert change == Change("view/gamma", 2, "page")
        table.set(change.name, change.value, change.origin)
        assert heard(other, "values") == {"view/gamma": 2.0}
        table.set("view/freeze", 1, "keys")
        assert heard(one, "values") == heard(other, "values") == {"view/freeze": True}


def test_a_page_at_an_ipv6_address_is_told_in_brackets(table):
    control = Control("[::1]:0", table, ("127.0.0.1", 9001))
    assert control.address.startswith("http://[::1]:")
    control.close(0.0)


def test_who_asks_for_too_much_is_told_what_it_has_become(control, table):
    with client(control, {"parameters": True}) as one:
        heard(one, "parameters")
        say(one, {"set": {"view/gamma": 99, "tracker/smoothing/normal": 1}})
        for change in turned(control, 2):
            table.set(change.name, change.value, change.origin)
        assert heard(one, "values") == {"view/gamma": 3.0, "tracker/smoothing": 1.0}


def test_of_what_came_at_once_the_newest_of_each_counts(control):
    with client(
        control, *({"set": {"view/gamma": step / 10}} for step in range(10)), {"set": {"show/panic": 1}}
    ) as one:
        assert turned(control, 11) == [Change("view/gamma", 0.9, "page"), Change("show/panic", 1, "page")]
        assert one.ping().wait(PATIENCE)


@pytest.mark.parametrize("message", [
    "", "{", "[]", "1", '"set"', "[" * 8000, '{"set": 1}', '{"set": {"view/nothing": 1}}',
    '{"set": {"view/gamma": "2"}}',
    '{"set": {"view/gamma": NaN}}', '{"set": {"view/gamma": 1e999}}', '{"set": {"view/gamma": %s}}' % ("9" * 400),
    '{"set": {"view/gamma": null}}', '{"set": {"view/name": "<script>"}}', '{"set": {"view/name": 3}}',
    '{"set": {"show/panic": []}}', '{"set": {"view/name/normal": "wall"}}', '{"scene": "fast"}', '{"other": 1}',
    '{"COMMAND": "LISTEN"}',
    '{"COMMAND": "LISTEN", "DATA": "/view/nothing"}', '{"COMMAND": "PATH_ADDED", "DATA": "/view"}', '{"COMMAND": []}',
])  # fmt: skip
def test_what_makes_no_sense_is_answered_to_its_sender_alone_and_turns_nothing(control, table, message):
    with client(control) as one:
        one.send(message)
        answer = heard(one, "error")
        assert "nothing" not in answer and "script" not in answer
        say(one, {"set": {"view/freeze": True}})
        assert turned(control) == [Change("view/freeze", True, "page")]
    assert table.notices == () and control.notices == ()


def test_a_message_that_is_too_long_ends_its_connection_alone(control):
    with client(control) as one, client(control) as other:
        one.send("x" * 20_000)
        with pytest.raises(ConnectionClosed) as closed:
            one.recv(PATIENCE)
        assert closed.value.rcvd.code == 1009
        say(other, {"set": {"view/freeze": 1}})
        assert turned(control)


@pytest.mark.parametrize(("origin", "others", "comes_in"), [
    (None, (), True), ("http://127.0.0.1:{port}", (), True), ("http://localhost:5500", (), True),
    ("https://evil.example", (), False), ("null", (), False), ("http://127.0.0.1.evil.example", (), False),
    ("http://[", (), False), ("https://editor.p5js.org", ("https://editor.p5js.org",), True),
])  # fmt: skip
def test_a_page_from_elsewhere_cannot_steer_through_the_browser_of_the_artist(table, origin, others, comes_in):
    with serving(table, origins=others) as control:
        origin = origin and origin.format(port=control.place[1])
        try:
            with client(control, origin=origin) as one:
                assert comes_in and one.ping().wait(PATIENCE)
        except InvalidStatus as refused:
            assert not comes_in and refused.response.status_code == 403
        status, body, headers = got(control, "view/gamma", **({"Origin": origin} if origin else {}))
        assert status == (200 if comes_in else 403)
        assert headers.get("Access-Control-Allow-Origin") == (origin if comes_in else None)


@pytest.mark.parametrize(("host", "status"), [
    ("localhost", 200), ("127.0.0.1:9080", 200), ("192.168.1.5:9080", 200), ("[::1]:9080", 200),
    (socket.gethostname(), 200),
    ("evil.example:9080", 403), ("127.0.0.1.evil.example", 403), ("", 403), ("[", 403),
])  # fmt: skip
def test_a_name_that_somebody_else_let_lead_here_is_not_served(control, host, status):
    assert got(control, "view/gamma", Host=host)[0] == status


def test_a_browser_gets_the_page_and_a_program_the_address_space(control):
    status, page, headers = got(control, Accept="text/html,application/xhtml+xml")
    assert (
        status == 200 and page.startswith(b"<!doctype html>") and headers["Content-Type"] == "text/html; charset=utf-8"
    )
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert got(control, "?HTML")[1] == page
    assert json.loads(got(control)[1])["FULL_PATH"] == "/"
    assert {name: got(control, f"page/{name}")[0] for name in server.FILES} == dict.fromkeys(server.FILES, 200)
    assert [got(control, f"page/{name}")[0] for name in ("../server.py", "..%2fserver.py", "", "none.js")] == [404] * 4


def test_scenes_come_as_often_as_asked_for_and_tell_who_came_and_went(control):
    with client(control, {"scene": 100}) as one:
        control.send(scene(1.0, 1, tracks=[track(1), track(2)]), (), EngineStatus(), 1.0)
        told = json.loads(one.recv(PATIENCE))
        assert (told["born"], told["gone"], told["scene"]["index"]) == ([1, 2], [], 1)
        control.send(scene(2.0, 2, tracks=[track(2), track(3, x=0.123456)]), (), EngineStatus(), 2.0)
        told = json.loads(one.recv(PATIENCE))
        assert (told["born"], told["gone"]) == ([3], [1])
        assert told["scene"]["tracks"][1]["x"] == 0.1235 and told["scene"]["layers"]["conv1"]["units"] == [
            [3, 0.9],
            [1, 0.5],
        ]


def test_small_pictures_are_made_only_while_somebody_looks(control):
    red = np.zeros((720, 1280, 3), np.uint8)
    red[..., 0] = 255
    looked = []
    control.look(0.0, lambda: looked.append("audience"), lambda: looked.append("camera"))
    assert looked == []
    with client(control, {"picture": "audience"}) as one:
        waiting = threading.Event()
        for moment in range(PATIENCE * 1000):  # the loop's frames, until somebody is known to look
            control.look(float(moment), lambda: red, lambda: looked.append("camera"))
            if control.pictures:
                break
            waiting.wait(0.001)
        picture = cv2.imdecode(np.frombuffer(one.recv(PATIENCE), np.uint8), cv2.IMREAD_COLOR)
        assert picture.shape == (270, 480, 3) and np.abs(picture.astype(int) - (0, 0, 255)).max() < 12
        assert looked == []
        control.look(1e6, lambda: None, lambda: red[:100, :100])  # there is no window: the camera's
        assert cv2.imdecode(np.frombuffer(one.recv(PATIENCE), np.uint8), 1).shape == (100, 100, 3)


def test_a_page_hears_of_other_parameters_and_of_the_status(control, table):
    with client(control, {"parameters": True}, {"COMMAND": "LISTEN", "DATA": "/view/freeze"}) as one:
        assert "patch/root" not in heard(one, "parameters")
        table.replace(
            "patch", {"root": Number("patch/root", "the note", Param(60, 36, 84, "the note", "whole", "MIDI"))}
        )
        assert heard(one, "parameters")["patch/root"] == {
            "kind": "number",
            "value": 60.0,
            "about": "the note",
            "unit": "MIDI",
            "default": 60,
            "low": 36,
            "high": 84,
            "curve": "whole",
        }
        assert heard(one, "COMMAND") == "PATH_CHANGED"
        control.send(
            scene(1.0, 1), (), EngineStatus(fps=30.04, latency=0.0123, dropped=2, notices=("a", "b", "a")), 1.0
        )
        told = heard(one, "status")
        assert (told["fps"], told["latency"], told["dropped"], told["notices"]) == (30.0, 12.3, 2, ["a", "b"])


def test_a_port_that_is_taken_is_a_notice_until_it_can_be_had(table, monkeypatch):
    monkeypatch.setattr(server, "AGAIN", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        control = Control(f"127.0.0.1:{port}", table, ("127.0.0.1", 9001))
        waiting = threading.Event()
        while not control.notices:
            assert not waiting.wait(0.001)
        assert control.notices == (
            f"no control page at 127.0.0.1:{port} (address already in use): close what uses the port, "
            "or give --control another",
        )
    assert control.opened.wait(PATIENCE) and control.notices == () and got(control)[0] == 200
    control.close(0.0)


def test_what_a_show_cannot_take_at_once_is_lost_and_told_for_a_while(table):
    control = Control("none", table, ("127.0.0.1", 9001))
    for number in range(MOST + 5):
        control.take(Change(f"view/{number}", 1, "page"))
    control.take(b"/packet")
    control.tick(1.0)
    assert control.notices == ("control page: 5 changes lost, more than a show can take at once",)
    assert len(control.changes()) == MOST and list(control.packets()) == [b"/packet"] and control.address == ""
    control.tick(1.0 + SHOWN + 0.1)
    assert control.notices == ()
    control.close(2.0)


def test_who_costs_much_time_waits_and_holds_up_nobody_else(control, monkeypatch):
    seconds = itertools.count()
    monkeypatch.setattr(server, "SPENT", lambda: next(seconds))  # every message takes one
    with client(control) as one, client(control) as other:
        one.send("nonsense")
        assert heard(one, "error")
        one.send("nonsense")
        assert one.ping().wait(PATIENCE)
        other.send("nonsense")
        assert heard(other, "error")
        with pytest.raises(TimeoutError):
            one.recv(0)
        closing = threading.Thread(target=control.close, args=(0.0,))
        closing.start()
        closing.join(PATIENCE)
        assert not closing.is_alive(), "nor the end of the show"


def test_more_clients_than_there_is_room_for_are_refused_and_those_there_stay(control, monkeypatch):
    monkeypatch.setattr(server, "CLIENTS", 1)
    with client(control) as one:
        assert one.ping().wait(PATIENCE)
        with pytest.raises(InvalidStatus) as refused, client(control):
            pass
        assert refused.value.response.status_code == 503 and one.ping().wait(PATIENCE)


def test_connections_that_say_nothing_are_bounded(table, monkeypatch):
    monkeypatch.setattr(server, "CONNECTIONS", 3)
    monkeypatch.setattr(server, "SILENT", 0.2)
    with serving(table) as control:
        silent = [socket.create_connection(control.place) for _ in range(6)]
        with ThreadPoolExecutor(len(silent)) as pool:

            def ended(connection) -> bool:
                connection.settimeout(PATIENCE)
                try:
                    return connection.recv(1) == b""
                except ConnectionError:
                    return True

            assert all(pool.map(ended, silent))  # those beyond three at once, the others when they were silent for long
        assert got(control)[0] == 200
        for connection in silent:
            connection.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_of_its_own_ends_the_page_and_not_the_show(control, monkeypatch):
    monkeypatch.setattr(server.Telling, "tell", lambda self, clients, now: 1 / 0)
    with client(control):
        control.thread.join(PATIENCE)
    assert control.notices == ("the control page has ended by a fault of its own: the show goes on without it",)
    control.send(scene(1.0, 1), (), EngineStatus(), 1.0)


@pytest.mark.parametrize("listen", ["9080", "127.0.0.1", "127.0.0.1:99999", "http://127.0.0.1:9080", "127.0.0:9080"])
def test_what_is_no_place_to_listen_is_said_at_the_start(table, listen):
    with pytest.raises(UserError):
        Control(listen, table, ("127.0.0.1", 9001))
