"""The journal of a show: a line of JSON an entry, only appended to, so that what was written stays readable.

A line is {"crc":"89abcdef","entry":...}, with the CRC-32 of the entry's text as it stands there. Entries:

    {"neocog": 1, "began": "2026-11-25T20:00:00", "patch": ..., "source": ..., "classes": [...], "targets": [...], ...}
    ["send", now, scene, cues, status]      a frame has left through the ports
    ["turn", now, target, rate, flip_x, flip_y]  an osc target, counted from 1, is turned to these from here on
    ["tick", now]                           time has passed in between: what was due has left
    ["close", now]                          the show is over; a show that was cut off has no such line

now is in seconds on the show's clock. A value of the engine's is {"its type": {field: value}}, a mapping
{"dict": {...}}, an array {"array": [dtype, shape, base64]}, a tuple a list; numbers come back exactly.
"""

import base64
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine import cues, draw, values
from engine.cues import Osc
from engine.errors import UserError
from engine.values import EngineStatus, Scene

NAME = "scenes.jsonl"
VERSION = 1
KINDS = {"send": (Scene, tuple, EngineStatus), "turn": (int, float, bool, bool), "tick": (), "close": ()}
KNOWN = vars(draw) | vars(cues) | vars(values)  # the types of what is kept, by name
DAMAGES = (ValueError, TypeError, KeyError, AttributeError, RecursionError)  # what reading a damaged line may raise


def plain(value: Any) -> Any:
    """A value as JSON has it; TypeError for what no scene, cue or status holds."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    kind = type(value)
    if is_dataclass(value):
        return {kind.__name__: {field.name: plain(getattr(value, field.name)) for field in fields(value)}}
    if isinstance(value, tuple | list):
        items = [plain(item) for item in value]
        return items if kind in (tuple, list) else {kind.__name__: items}
    if isinstance(value, Mapping):
        return {"dict": {key: plain(item) for key, item in value.items()}}
    if isinstance(value, np.ndarray):
        return {"array": [value.dtype.str, value.shape, base64.b64encode(value.tobytes()).decode()]}
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a journal holds no {kind.__name__}")


def restored(data: Any) -> Any:
    """The value that plain made this of; ValueError for what it never makes."""
    if isinstance(data, list):
        return tuple(map(restored, data))
    if not isinstance(data, dict):
        return data
    if len(data) != 1:
        raise ValueError("a value has one type")
    (name, inner), = data.items()
    if name == "dict":
        return {key: restored(item) for key, item in inner.items()}
    if name == "array":
        kind, shape, text = inner
        return np.frombuffer(base64.b64decode(text), np.dtype(kind)).reshape(shape)
    kind = KNOWN.get(name)
    if not isinstance(kind, type):
        raise ValueError(f"there is no value {name!r:.40}")
    if issubclass(kind, tuple):
        return kind(map(restored, inner))
    if kind is Osc:
        return Osc(inner["address"], *inner["arguments"])
    return kind(**{field: restored(item) for field, item in inner.items()})


def line(entry: Any) -> str:
    """An entry as a line of the journal."""
    text = json.dumps(plain(entry), separators=(",", ":"))
    return f'{{"crc":"{zlib.crc32(text.encode()):08x}","entry":{text}}}\n'


def entry(text: str) -> Any:
    """What a line of the journal says; ValueError if that is not what was written."""
    body = text[len('{"crc":"89abcdef","entry":'):-len("}\n")]
    if text != f'{{"crc":"{zlib.crc32(body.encode()):08x}","entry":{body}}}\n':
        raise ValueError("its sum is wrong")
    return json.loads(body)


class Journal:
    """A recording's journal to read: the header, then the entries; where the last line was cut off it ends before it.

    Iterating gives the entries. Damaged lines are left out and counted in `damaged`. UserError for a folder that has no
    journal, or one of another version.
    """

    def __init__(self, folder: Path):
        self.path, self.damaged = folder / NAME, 0
        try:
            with self.open() as file:
                self.header = restored(entry(file.readline()))
            version = self.header["neocog"]
        except (OSError, *DAMAGES) as error:
            raise UserError(f"{folder} is no recording that can be read: a folder that --record made is wanted, "
                            f"with {NAME} in it") from error
        if version != VERSION:
            raise UserError(f"{folder} is a recording of version {version}: this neocog plays version {VERSION}")

    def open(self):
        return open(self.path, encoding="utf-8", errors="replace", newline="\n")

    def __iter__(self) -> Iterator[tuple]:
        with self.open() as file:
            file.readline()
            for text in file:
                try:
                    kind, now, *rest = restored(entry(text))
                    fits = tuple(map(type, rest)) == KINDS[kind] and isinstance(now, int | float)
                except DAMAGES:
                    fits = False
                if fits:
                    yield kind, now, *rest
                else:
                    self.damaged += text.endswith("\n")


def is_recording(folder: Path | str) -> bool:
    """Whether a folder was made by --record."""
    return (Path(folder) / NAME).is_file()
