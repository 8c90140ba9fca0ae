"""A folder of pictures with boxes in YOLO's layout, read with care: what cannot be used is told by file and line."""

import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps
from tqdm import tqdm

from models.training.common import SUFFIXES
from models.training.photographs import Picture, held_out

SLACK = 0.002  # of a side, that a box may stick out: labels are rounded
SURE = 0.4  # a label with less confidence, if it has one, means "don't know"
FEWEST = 4  # pictures with boxes to learn from


def read_picture(path: Path) -> np.ndarray | None:
    """A picture's pixels (H, W, 3) uint8 RGB, upright, or None if it is none, is damaged or cut short."""
    try:
        with Image.open(path) as image:
            return np.array(ImageOps.exif_transpose(image).convert("RGB"))
    except Exception:  # Pillow's decoders raise what they like at damaged files
        return None


def read_rows(path: Path, classes: int) -> tuple[np.ndarray, list[str]]:
    """Rows (class, cx, cy, w, h, confidence) in shares of the picture, and a sentence for each line that is wrong."""
    rows, faults = [], []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig", errors="replace").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = [float(word) for word in line.split()]
        except ValueError:
            row = []
        if fault := wrong(row, classes):
            faults.append(f"{path}:{number}: {fault}")
        else:
            rows.append([*row, 1.0][:6])
    return np.array(rows, np.float32).reshape(-1, 6), faults


def wrong(row: list[float], classes: int) -> str:
    """What is wrong with a line's numbers, or nothing."""
    if len(row) > 6:
        return f"{len(row)} numbers are an outline, wanted a box: class cx cy w h"
    if len(row) < 5 or not np.isfinite(row).all():
        return "wanted five numbers: class cx cy w h"
    label, cx, cy, w, h = row[:5]
    if label != int(label) or not 0 <= label < classes:
        return f"class {label:g} is none of data.yaml's 0 to {classes - 1}"
    if w <= 0 or h <= 0:
        return f"a box of {w:g} by {h:g} has no area"
    if min(cx - w / 2, cy - h / 2) < -SLACK or max(cx + w / 2, cy + h / 2) > 1 + SLACK:
        return "the box reaches outside the picture: numbers are shares of its sides, 0 to 1"
    return ""


def read_yaml(path: Path) -> dict:
    """What a data.yaml says; ValueError, in one sentence, if it is none."""
    import yaml

    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ValueError(f"wanted {path} with names and train, found none: that is how yolo's layout begins") from None
    except Exception as error:  # yaml raises what it likes at values that are none
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise ValueError(f"{path}{line}: wanted yaml, found something else ({type(error).__name__})") from None
    if not isinstance(told, dict):
        raise ValueError(f"wanted names and train in {path}, found neither")
    return told


def class_names(told: object, path: Path) -> tuple[str, ...]:
    """names of a data.yaml, a list or numbered from 0; ValueError, in one sentence, if it is neither."""
    if isinstance(told, dict) and set(told) == set(range(len(told))):
        told = [told[number] for number in range(len(told))]
    names = tuple(map(str, told)) if isinstance(told, list) else ()
    if not names or len(set(names)) < len(names):
        raise ValueError(f"wanted names in {path} as a list, or numbered from 0, each of them once")
    return names


def folders(data: Path, told: dict, part: str) -> list[Path]:
    """The picture folders that a data.yaml names for a part ("train", "val"); ValueError if one is not there."""
    named, base, found = told.get(part) or [], str(told.get("path") or "."), []
    for name in named if isinstance(named, list) else [named]:
        name = str(name)
        for place in (data / base / name, data / name, data / name.removeprefix("../")):
            if os.path.isdir(place):  # exporters disagree about what the path is relative to
                found.append(place)
                break
        else:
            raise ValueError(f"wanted the folder {name!r} that {data / 'data.yaml'} names for {part}, found none")
    return found


def label_of(picture: Path) -> Path:
    """Where a picture's labels are: labels/ beside images/."""
    parts = list(picture.parts)
    last = max((place for place, part in enumerate(parts[:-1]) if part == "images"), default=None)
    if last is not None:
        parts[last] = "labels"
    return Path(*parts).with_suffix(".txt")


def read_pictures(places: list[Path], classes: int, side: int, complaints: list[str]) -> Iterator[Picture]:
    """The pictures of folders that are whole, with their rows in pixels; a complaint for each that is not."""
    paths = sorted({path for place in places for path in place.rglob("*") if path.suffix.lower() in SUFFIXES})
    for path in tqdm(paths, desc="reading pictures", mininterval=0.5, disable=not paths):
        label = label_of(path)
        if not label.is_file():
            complaints.append(f"{path}: left out, there is no {label} (an empty file says: nothing of ours in it)")
            continue
        rows, faults = read_rows(label, classes)
        complaints += [f"{fault}; its picture is left out" for fault in faults]
        pixels = read_picture(path)
        if pixels is None:
            complaints.append(f"{path}: left out, it cannot be read as a picture")
        if faults or pixels is None:
            continue
        scale = min(1.0, side / max(pixels.shape))
        if scale < 1:
            wide, high = (max(1, round(scale * length)) for length in pixels.shape[1::-1])
            pixels = cv2.resize(pixels, (wide, high), interpolation=cv2.INTER_AREA)
        high, wide = pixels.shape[:2]
        label, cx, cy, w, h, sure = rows.T
        worth = np.where(sure >= SURE, np.sqrt(sure.clip(0, 1)), 0)
        corners = ((cx - w / 2) * wide, (cy - h / 2) * high, (cx + w / 2) * wide, (cy + h / 2) * high)
        yield Picture(path.stem, pixels, np.stack((*corners, label, worth), axis=1).astype(np.float32))


def boxed(picture: Picture) -> bool:
    return bool((picture.rows[:, 5] > 0).any())


def gather(data: Path, complaints: list[str], side: int = 384
           ) -> tuple[tuple[str, ...], list[Picture], list[Picture]]:
    """Class names, pictures to learn from, pictures held out; a line in complaints for each thing that is wrong.

    Held out are those of data.yaml's val, or else one in ten by name. ValueError, in one sentence, if there is no
    data.yaml with names and train, or too little is left to learn from.
    """
    path = data / "data.yaml"
    told = read_yaml(path)
    names = class_names(told.get("names"), path)
    train, held = (folders(data, told, part) for part in ("train", "val"))
    if not train:
        raise ValueError(f"wanted train in {path}, the folder with the pictures to learn from, found none")
    known = list(read_pictures(train, len(names), side, complaints))
    if held and held != train:
        kept = list(read_pictures(held, len(names), side, complaints))
    else:
        kept = [picture for picture in known if held_out(picture.name)]
        if not any(map(boxed, kept)):  # without a box nothing can be tested
            kept = [picture for picture in known if boxed(picture)][::10]
        known = [picture for picture in known if not any(picture is other for other in kept)]
    counts = [sum(map(boxed, pictures)) for pictures in (known, kept)]
    if counts[0] < FEWEST or not counts[1]:
        raise ValueError(f"wanted {FEWEST} pictures with boxes or more to learn from in {data} and one or more to test "
                         f"on, found {counts[0]} and {counts[1]}")
    return names, known, kept
