"""Clients of a control server, for tests."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sized
from contextlib import contextmanager

import pytest
from websockets.sync.client import ClientConnection, connect

from engine import routing
from engine.control.port import Control
from engine.parameters import Parameters
from engine.tracking import tracker
from engine.window import controls
from tests.parts import PATIENCE


def a_table() -> Parameters:
    table = Parameters()
    for room in (routing, tracker, controls):
        room.declare(table)
    table.offer("show/patch", ("hello", "tide"))
    return table


@contextmanager
def serving(table: Parameters, **options) -> Iterator[Control]:
    """A control server at a free port."""
    control = Control("127.0.0.1:0", table, ("127.0.0.1", 9001), **options)
    assert control.opened.wait(PATIENCE), control.notices
    try:
        yield control
    finally:
        control.close(0.0)


@contextmanager
def client(control: Control, *messages: dict, **options) -> Iterator[ClientConnection]:
    """A WebSocket to it, over which these were said."""
    with connect(control.address.replace("http", "ws"), **options) as connection:
        say(connection, *messages)
        yield connection


def say(connection: ClientConnection, *messages: dict) -> None:
    for message in messages:
        connection.send(json.dumps(message))


def heard(connection: ClientConnection, key: str):
    """What the next message with this key says under it."""
    while True:
        message = connection.recv(PATIENCE)
        if isinstance(message, str) and key in (told := json.loads(message)):
            return told[key]


def got(control: Control, path: str = "", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of a GET."""
    request = urllib.request.Request(control.address + path, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), dict(error.headers)


def wait_for(queue: Sized, count: int) -> None:
    """Wait until so many things stand in a queue."""
    end = time.monotonic() + PATIENCE
    while len(queue) < count:
        assert time.monotonic() < end, f"{len(queue)} of {count} came"
        time.sleep(0.001)


@pytest.fixture
def table() -> Parameters:
    return a_table()


@pytest.fixture
def control(table) -> Iterator[Control]:
    with serving(table) as control:
        yield control
