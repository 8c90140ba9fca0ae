"""One client of the control server: what it wants to be told, what it knows, and how much it may ask for."""

import json
from collections.abc import Mapping
from typing import Any

from websockets.asyncio.server import ServerConnection, broadcast

from engine.allowance import Allowance
from engine.control.osc_query import packet
from engine.errors import UserError
from engine.osc.decoding import decode
from engine.parameter import Choice, Name, Parameter
from engine.parameters import NORMAL, path_of
from engine.values import Change

SHARE, AT_ONCE = 0.02, 0.05  # seconds of work for a client in each second, and at once
ALONE = 0.5  # seconds that a client is told nothing about what it turns itself; then only if the table says otherwise
FULL = 1 << 18  # bytes that wait for a client; while there are more it is told nothing, and later the newest
FASTEST = 120.0  # scenes a second
PICTURES = ("audience", "camera")
LARGEST = 3.4e38  # of a number
WANTS = ("set", "parameters", "scene", "picture")


class Client:
    """Somebody at the other end of a WebSocket.

    A message is a JSON object: {"set": {path: value}} turns parameters, {"parameters": true} asks for the table, what
    is turned in it and how the engine is doing, {"scene": 30} for so many scenes a second, {"picture": "audience"} or
    "camera" for small pictures. Or it is a command of OSCQuery.
    """

    def __init__(self, connection: ServerConnection):
        self.connection = connection
        self.parameters, self.queries = False, False  # whether it follows the table; whether it speaks OSCQuery
        self.scenes, self.picture = 0.0, ""
        self.listens: set[str] = set()  # paths that OSCQuery's LISTEN has named
        self.known: dict[str, Any] = {}  # what it was told, or turned itself
        self.alone: dict[str, float] = {}  # until when it is told nothing of a path
        self.due: dict[str, float] = {}
        self.seen: dict[str, Any] = {}
        self.ids: frozenset[int] = frozenset()  # the tracks in the scene that it was told last
        self.work = Allowance(SHARE, AT_ONCE)

    def hear(self, message: str, entries: Mapping[str, Parameter], now: float) -> list[Change]:
        """What a message turns; ValueError, a sentence for the sender, for what makes no sense."""
        try:
            asked = json.loads(message)
        except (ValueError, RecursionError):
            raise ValueError("a message is one json object") from None
        if not isinstance(asked, dict):
            raise ValueError("a message is one json object")
        if "COMMAND" in asked:
            self.listen(asked["COMMAND"], asked.get("DATA"), entries)
            return []
        if set(asked) - set(WANTS):
            raise ValueError(f"a message has the keys {', '.join(WANTS)}, or COMMAND and DATA")
        if "parameters" in asked:
            self.parameters = asked["parameters"] is True
            self.known, self.seen = {}, {}
        if "scene" in asked:
            self.scenes = min(FASTEST, max(0.0, number(asked["scene"])))
            self.seen.pop("scene", None)
        if "picture" in asked:
            self.picture = asked["picture"] if asked["picture"] in PICTURES else ""
            self.seen.pop("picture", None)
        return self.turned(asked.get("set", {}), entries, now)

    def turned(self, values: Any, entries: Mapping[str, Parameter], now: float) -> list[Change]:
        if not isinstance(values, dict):
            raise ValueError("set wants an object of values by path")
        changes = []
        for name, value in values.items():
            path = path_of(name)
            told = path.removesuffix(NORMAL)
            if told not in entries:
                raise ValueError("set names no parameter that there is")
            if isinstance(entries[told], Choice) and path == told:
                known = isinstance(entries[told], Name) or value in entries[told].choices
                if not isinstance(value, str) or not known:
                    raise ValueError(f"{told} wants one of its choices")
            else:
                value = number(value)
            changes.append(Change(path, value, "page"))
        for change in changes:
            told = change.name.removesuffix(NORMAL)
            self.turns(told, change.value if change.name == told else None, now)
        return changes

    def turns(self, path: str, value: Any, now: float) -> None:
        """It has turned a parameter itself: it knows, and hears nothing of it for a moment."""
        self.known[path], self.alone[path] = value, now + ALONE

    def listen(self, command: Any, path: Any, entries: Mapping[str, Parameter]) -> None:
        self.queries = True
        if command not in ("LISTEN", "IGNORE") or not isinstance(path, str):
            raise ValueError("COMMAND is LISTEN or IGNORE, and DATA an address")
        path = path.strip("/")
        if command == "IGNORE":
            self.listens.discard(path)
        elif path not in entries:
            raise ValueError("LISTEN names no address that there is")
        else:
            self.known.pop(path, None)
            self.listens.add(path)

    def plays(self, datagram: bytes, now: float) -> None:
        """It turns by an OSC packet, which others will read: what it names is no news to it."""
        try:
            for address, arguments in decode(datagram):
                self.turns(path_of(address.strip("/").removesuffix(NORMAL)), (*arguments, None)[0], now)
        except ValueError:  # who reads it says what is wrong with it
            pass

    def news(self, values: Mapping[str, Any], now: float) -> dict[str, Any]:
        """Which of the values by path it follows and does not know yet."""
        if self.alone:
            self.alone = {path: until for path, until in self.alone.items() if now < until}
        followed = values if self.parameters else {path: values[path] for path in self.listens if path in values}
        missing = object()
        return {
            path: value
            for path, value in followed.items()
            if self.known.get(path, missing) != value and path not in self.alone
        }

    def follow(self, entries: Mapping[str, Parameter], values: Mapping[str, Any], now: float) -> None:
        """Tell what was turned since, as far as it can take it: in JSON, or as OSC where LISTEN asked for it."""
        news = self.news(values, now)
        said = {path: value for path, value in news.items() if path not in self.listens}
        if said and self.tell({"values": said}):
            self.known |= said
        for path in news.keys() & self.listens:
            try:
                if self.send(packet(path, entries[path])):
                    self.known[path] = news[path]
            except UserError:  # a parameter with a name that OSC cannot say
                self.known[path] = news[path]

    def is_due(self, what: str, rate: float, now: float) -> bool:
        """Whether so many a second allow one now."""
        if now < self.due.get(what, 0.0):
            return False
        self.due[what] = max(now, self.due.get(what, 0.0) + 1 / rate)
        return True

    def tell(self, message: Any) -> bool:
        return self.send(json.dumps(message))

    def send(self, message: str | bytes) -> bool:
        """Send it at once, or not at all while too much waits: whether it was sent."""
        if self.connection.transport.get_write_buffer_size() > FULL:
            return False
        broadcast((self.connection,), message)
        return True


def number(value: Any) -> int | float | bool:
    """A number within float32; ValueError for anything else, NaN and whole numbers of any length among it."""
    if not isinstance(value, (bool, int, float)) or not abs(value) <= LARGEST:
        raise ValueError("a value is a finite number, true, false, or one of the words of a choice")
    return value
