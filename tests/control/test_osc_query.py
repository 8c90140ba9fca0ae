"""OSCQuery over real HTTP and WebSockets, its packets read by python-osc."""

import json
from http import HTTPStatus

import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from engine.osc.input import OscIn
from engine.parameter import Number, Param
from tests.control.clients import client, got, heard, say, wait_for
from tests.parts import PATIENCE

ADDRESSES = {
    "view/gamma": {
        "FULL_PATH": "/view/gamma",
        "ACCESS": 3,
        "TYPE": "f",
        "DESCRIPTION": "lifts what glows weakly",
        "VALUE": [1.3],
        "RANGE": [{"MIN": 0.4, "MAX": 3.0}],
        "CLIPMODE": ["both"],
    },
    "view/freeze": {
        "FULL_PATH": "/view/freeze",
        "ACCESS": 3,
        "TYPE": "F",
        "DESCRIPTION": "hold the picture",
        "VALUE": [False],
    },
    "show/panic": {"FULL_PATH": "/show/panic", "ACCESS": 2, "TYPE": "I", "DESCRIPTION": "silence at once"},
    "show/patch": {
        "FULL_PATH": "/show/patch",
        "ACCESS": 3,
        "TYPE": "s",
        "DESCRIPTION": "the patch that plays",
        "VALUE": ["hello"],
        "RANGE": [{"VALS": ["hello", "tide"]}],
    },
    "patch/root": {
        "FULL_PATH": "/patch/root",
        "ACCESS": 3,
        "TYPE": "i",
        "DESCRIPTION": "the note",
        "VALUE": [60],
        "RANGE": [{"MIN": 36, "MAX": 84}],
        "CLIPMODE": ["both"],
        "UNIT": ["MIDI"],
    },
}


@pytest.fixture(autouse=True)
def root(table):
    table.replace("patch", {"root": Number("patch/root", "the note", Param(60, 36, 84, "the note", "whole", "MIDI"))})


def asked(control, path: str = ""):
    status, body, _ = got(control, path)
    return json.loads(body) if status == HTTPStatus.OK else status


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_parameter_of_each_kind_is_a_method(control, path):
    assert asked(control, path) == asked(control, f"{path}/") == ADDRESSES[path]


def test_the_whole_table_is_one_tree(control, table):
    def leaves(node):
        return [leaf for child in node["CONTENTS"].values() for leaf in leaves(child)] if "CONTENTS" in node else [node]

    root = asked(control)
    assert sorted(leaf["FULL_PATH"] for leaf in leaves(root)) == sorted(f"/{path}" for path in table.entries)
    assert root["CONTENTS"].keys() == dict.fromkeys(path.split("/")[0] for path in table.entries).keys()
    assert (
        asked(control, "patch")
        == root["CONTENTS"]["patch"]
        == {"FULL_PATH": "/patch", "ACCESS": 0, "DESCRIPTION": "patch", "CONTENTS": {"root": ADDRESSES["patch/root"]}}
    )


@pytest.mark.parametrize(("path", "answer"), [
    ("view/gamma?VALUE", {"VALUE": [1.3]}), ("view/gamma?RANGE", {"RANGE": [{"MIN": 0.4, "MAX": 3.0}]}),
    ("view?TYPE", {}), ("view/gamma?UNIT", {}), ("show/panic?VALUE", 204), ("view/gamma?COLOUR", 400),
    ("view/gamm", 404),
    ("view/gamma/more?VALUE", 404), ("%2e%2e/etc/passwd", 404), ("", dict),
])  # fmt: skip
def test_an_attribute_can_be_asked_for_alone(control, path, answer):
    told = asked(control, path)
    assert told == answer or (answer is dict and type(told) is dict)


def test_the_host_says_where_osc_is_heard(control):
    info = asked(control, "any/where?HOST_INFO")
    assert (info["OSC_PORT"], info["OSC_IP"], info["OSC_TRANSPORT"]) == (9001, "127.0.0.1", "UDP")
    assert info["EXTENSIONS"]["LISTEN"] and info["EXTENSIONS"]["PATH_CHANGED"]


def test_a_listener_is_sent_what_others_turn_as_osc(control, table):
    def told(connection):
        message = OscMessage(connection.recv(PATIENCE))
        return message.address, *message.params

    with client(control, *({"COMMAND": "LISTEN", "DATA": f"/{path}"} for path in ("view/freeze", "patch/root"))) as one:
        assert {told(one), told(one)} == {("/view/freeze", False), ("/patch/root", 60)}
        table.set("patch/root", 61, "osc")
        assert told(one) == ("/patch/root", 61)
        say(one, {"COMMAND": "IGNORE", "DATA": "/patch/root"})
        assert one.ping().wait(PATIENCE)
        table.set("patch/root", 62, "osc")
        table.set("view/freeze", 1, "osc")
        assert told(one) == ("/view/freeze", True)


def test_packets_over_the_websocket_are_read_as_those_of_a_socket_and_come_back_to_others_alone(control, table):
    osc_in = OscIn("127.0.0.1:0", table)
    listen = {"COMMAND": "LISTEN", "DATA": "/patch/root"}
    with client(control, listen) as one, client(control, listen) as other:
        one.recv(PATIENCE), other.recv(PATIENCE)
        builder = OscMessageBuilder("/param/root")
        builder.add_arg(70)
        for packet in (builder.build().dgram, b"/show/panic\0,I\0\0", b"#nonsense"):
            one.send(packet)
        wait_for(control.datagrams, 3)
        changes = osc_in.poll(0.0, control.packets())
        assert [(change.name, change.value) for change in changes] == [("patch/root", 70), ("show/panic", True)]
        assert osc_in.malformed == 1
        for change in changes:
            table.set(change.name, change.value, change.origin)
        assert OscMessage(other.recv(PATIENCE)).params == [70]
        table.set("patch/root", 71, "midi")
        assert OscMessage(other.recv(PATIENCE)).params == [71] and OscMessage(one.recv(PATIENCE)).params == [71]
    osc_in.close()


def test_a_name_that_osc_cannot_say_is_no_address_and_stops_nobody(control, table):
    table.replace("patch", {"höhe": Number("patch/höhe", "", Param(1, 0, 2))})
    with client(
        control, {"COMMAND": "LISTEN", "DATA": "/patch/höhe"}, {"COMMAND": "LISTEN", "DATA": "/view/freeze"}
    ) as one:
        table.set("patch/höhe", 2, "keys")
        assert OscMessage(one.recv(PATIENCE)).address == "/view/freeze"
    with client(control, {"parameters": True}) as page:
        assert heard(page, "parameters")["patch/höhe"]["value"] == 2
