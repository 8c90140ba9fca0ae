"""What stands in an ONNX file, all of it a stranger's: its model, the names of classes and of activations."""

import ast
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import onnx
from onnx import TensorProto

from engine.errors import UserError
from models.yolox import COCO

MOST = 2**31  # bytes of a file: more is no protobuf
TAPS = 5  # layers that are played where none are named


def read(path: Path) -> onnx.ModelProto:
    """The model in a file; UserError if it is none."""
    try:
        if path.stat().st_size > MOST:
            raise UserError(f"{path} is larger than {MOST >> 30} GB: export it in one file below that")
        model = onnx.load_model(path, load_external_data=False)
    except OSError as error:
        raise UserError(f"no network {path}: {(error.strerror or 'it cannot be read').lower()}") from error
    except Exception as error:  # protobuf's own, by version
        raise UserError(f"{path} is no ONNX file, or a damaged one ({type(error).__name__})") from error
    if not model.graph.node or not model.graph.output:
        raise UserError(f"{path} is no ONNX file, or an empty one")
    if any(tensor.data_location == TensorProto.EXTERNAL for tensor in model.graph.initializer):
        raise UserError(f"{path} keeps its weights in another file: export it in one file")
    return model


def names_of(metadata: Mapping[str, str], path: Path) -> tuple[str, ...]:
    """The names of classes: of the metadata, else of a text file beside the network; none if neither has them."""
    for key in ("names", "classes", "labels"):
        for parse in (ast.literal_eval, json.loads):
            try:
                found = parse(metadata.get(key, ""))
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                continue
            if isinstance(found, dict):
                found = [found[place] for place in sorted(found, key=lambda place: int(place))]
            if isinstance(found, (list, tuple)) and found:
                return tuple(map(clean, found))
    beside = path.with_suffix(".txt")
    try:
        lines = beside.read_text(encoding="utf-8", errors="replace").splitlines()
        return tuple(clean(line) for line in lines if line.strip())
    except OSError:
        return ()


def clean(name: object, most: int = 60) -> str:
    """A stranger's word as a short line of printable characters."""
    return "".join(letter for letter in str(name).strip() if letter.isprintable())[:most] or "?"


def named(names: Sequence[str], count: int, kind: str = "class") -> tuple[str, ...]:
    """So many names: those given, COCO's where such a network usually has them, else numbers."""
    usual = COCO if not names and count == len(COCO) and kind == "class" else names
    return tuple(usual[:count]) + tuple(f"{kind} {number}" for number in range(len(usual), count))


def called(name: str) -> str:
    """An activation's name as a word that an address may have."""
    return re.sub(r"\W+", "_", name).strip("_") or "tap"


def by_depth(maps: Mapping[str, tuple[int, ...]]) -> list[str]:
    """The last activation of each size, the finest first; of networks of fewer sizes some in between."""
    last = {shape[2:]: name for name, shape in maps.items()}
    chosen = sorted(last.values(), key=list(maps).index)[-TAPS:]
    names = list(maps)
    for part in range(1, TAPS):
        if len(chosen) < TAPS and (name := names[part * len(names) // TAPS]) not in chosen:
            chosen.append(name)
    return sorted(chosen, key=names.index)
