"""OSCQuery: the table of parameters as an address space that other programs can browse.

After the proposal at https://github.com/Vidvox/OSCQueryProposal; its attributes are written in capitals.
"""

from collections.abc import Mapping
from typing import Any

from engine.osc.encoding import message, text
from engine.parameter import Choice, Command, Number, Parameter, Switch

ATTRIBUTES = ("FULL_PATH", "CONTENTS", "TYPE", "ACCESS", "VALUE", "RANGE", "DESCRIPTION", "UNIT", "CLIPMODE")
EXTENSIONS = dict.fromkeys((*ATTRIBUTES[3:], "LISTEN", "PATH_CHANGED"), True)
CONTAINER, WRITTEN, BOTH = 0, 2, 3  # ACCESS: no value, set only, read and set


class NoSuch(LookupError):
    """What is asked for is not there; status is HTTP's: 204 nothing to tell, 400 no attribute, 404 no such address."""

    def __init__(self, status: int):
        super().__init__(status)
        self.status = status


def answer(path: str, query: str, entries: Mapping[str, Parameter], host_info: Mapping[str, Any]) -> dict[str, Any]:
    """What a GET of an address asks for: the node with all below it, or one attribute of it; NoSuch."""
    if query == "HOST_INFO":
        return dict(host_info)
    told = node(path.strip("/"), entries)
    if not query:
        return told
    if query not in ATTRIBUTES:
        raise NoSuch(400)
    if query == "VALUE" and query not in told:
        raise NoSuch(204)
    return {query: told[query]} if query in told else {}


def node(path: str, entries: Mapping[str, Parameter]) -> dict[str, Any]:
    """An address and all below it."""
    if path in entries:
        return method(path, entries[path])
    below = f"{path}/" if path else ""
    names = dict.fromkeys(key.removeprefix(below).partition("/")[0] for key in entries if key.startswith(below))
    if path and not names:
        raise NoSuch(404)
    return {
        "FULL_PATH": f"/{path}",
        "ACCESS": CONTAINER,
        "DESCRIPTION": path.rpartition("/")[2] or "Neocog",
        "CONTENTS": {name: node(below + name, entries) for name in names},
    }


def method(path: str, entry: Parameter) -> dict[str, Any]:
    """A parameter as a method: one value, except for commands, which have none."""
    told = {
        "FULL_PATH": f"/{path}",
        "ACCESS": WRITTEN if isinstance(entry, Command) else BOTH,
        "TYPE": type_of(entry),
        "DESCRIPTION": entry.about,
    }
    if isinstance(entry, Number):
        low, high, value = (whole(entry, number) for number in (entry.param.low, entry.param.high, entry.value))
        told |= {"VALUE": [value], "RANGE": [{"MIN": low, "MAX": high}], "CLIPMODE": ["both"]}
    elif isinstance(entry, Choice):
        told |= {"VALUE": [entry.value], "RANGE": [{"VALS": list(entry.choices)}]}
    elif isinstance(entry, Switch):
        told["VALUE"] = [entry.value]
    return told | ({"UNIT": [entry.unit]} if entry.unit else {})


def type_of(entry: Parameter) -> str:
    """The OSC type of a parameter's value."""
    if isinstance(entry, Number):
        return "i" if entry.param.curve == "whole" else "f"
    if isinstance(entry, Switch):
        return "T" if entry.value else "F"
    return "s" if isinstance(entry, Choice) else "I"


def whole(entry: Number, value: float) -> int | float:
    return round(value) if entry.param.curve == "whole" else value


def packet(path: str, entry: Parameter) -> bytes:
    """What a parameter is turned to, as an OSC message to its address; UserError for an address that OSC cannot say."""
    address, kind = f"/{path}", type_of(entry)
    if kind in "TF":
        return text(address) + text(f",{kind}")
    return message(address, whole(entry, entry.value) if isinstance(entry, Number) else entry.value)[4:]
