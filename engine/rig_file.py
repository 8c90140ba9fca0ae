"""The rig file: a TOML file that says what a room has, read into Settings with every key checked."""

import tomllib
from dataclasses import MISSING, fields, is_dataclass
from keyword import iskeyword
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from engine.errors import UserError
from engine.settings import Settings

WORDS = {str: "string", int: "whole number", float: "number", bool: "true or false"}
TURNED = {  # keys of a room that are parameters, by the path that those have
    "voice/volume": ("voice", "volume"), "voice/reverb": ("voice", "reverb"), "voice/decay": ("voice", "decay"),
    "view/fullscreen": ("window", "fullscreen"),
}


def read_rig(path: str) -> Settings:
    """The settings in a rig file; UserError names the key that is unknown or of the wrong kind."""
    try:
        with open(path, "rb") as file:
            table = tomllib.load(file)
    except OSError as error:
        raise UserError(f"no rig file {path!r}: {(error.strerror or 'it cannot be read').lower()}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise UserError(f"rig file {path!r} is no toml: {str(error).lower():.200}") from error
    return build(Settings, turned(table), Path(path).name)


def turned(table: dict) -> dict:
    """The table with those keys of its rooms that are parameters put where parameters stand."""
    values = table.setdefault("parameters", {})
    for path, (room, key) in TURNED.items():
        if isinstance(values, dict) and isinstance(table.get(room), dict) and key in table[room]:
            values[path] = table[room].pop(key)
    return table


def build(kind: type, table: Any, where: str) -> Any:
    """A dataclass from a TOML table, every key checked by the type it is declared with."""
    if not isinstance(table, dict):
        raise UserError(f"{where} wants a table, found {table!r}")
    hints = get_type_hints(kind)
    table = {f"{key}_" if iskeyword(key) else key: value for key, value in table.items()}  # from is no name in Python
    unknown = sorted(set(table) - set(hints))
    if unknown:
        raise UserError(f"{where} has no key {unknown[0]!r}: choose from {', '.join(key.rstrip('_') for key in hints)}")
    missing = [entry.name for entry in fields(kind)
               if entry.name not in table and entry.default is MISSING and entry.default_factory is MISSING]
    if missing:
        raise UserError(f"{where} wants a key {missing[0].rstrip('_')!r}")
    return kind(**{key: value_of(hints[key], value, f"{where}: {key}") for key, value in table.items()})


def value_of(kind: Any, value: Any, where: str) -> Any:
    if is_dataclass(kind):
        return build(kind, value, where)
    if get_origin(kind) is tuple:
        return items_of(get_args(kind), value, where)
    if get_origin(kind) is dict:
        return paths_of(value, where)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is str and isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # source = 0
    if type(value) is not kind:
        raise UserError(f"{where} wants a {WORDS[kind]}, found {value!r}")
    return value


def paths_of(table: Any, where: str) -> dict[str, float | str | bool]:
    """Values by path; [parameters.view] gamma = 2.2 says the same as [parameters] "view/gamma" = 2.2."""
    if not isinstance(table, dict):
        raise UserError(f"{where} wants a table, found {table!r}")
    values = {}
    for key, value in table.items():
        if isinstance(value, dict):
            values |= {f"{key}/{rest}": below for rest, below in paths_of(value, f"{where}.{key}").items()}
        elif isinstance(value, (bool, int, float, str)):
            values[key] = value
        else:
            raise UserError(f"{where}: {key} wants a number, a word, true or false, found {value!r}")
    return values


def items_of(kinds: tuple, value: Any, where: str) -> tuple:
    if not isinstance(value, list):
        raise UserError(f"{where} wants a list, found {value!r}")
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    if len(value) != len(kinds):
        raise UserError(f"{where} wants {len(kinds)} values, found {len(value)}")
    return tuple(value_of(kind, item, where) for kind, item in zip(kinds, value, strict=True))
