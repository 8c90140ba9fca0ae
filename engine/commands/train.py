"""neocog train: fine-tune what is shipped on material of one's own."""

import argparse
import importlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from engine.errors import UserError


@dataclass(frozen=True, slots=True)
class Lesson:
    """What can be trained: the material, the minutes if none are said, the libraries it needs, file or folder."""

    material: str
    minutes: float
    needs: tuple[str, ...]
    place: str = "folder"


LESSONS = {
    "voice": Lesson("recordings (wav, flac, aiff, ogg, mp3) of an instrument", 45,
                    ("librosa", "matplotlib", "soundfile", "soxr")),
    "detector": Lesson("pictures in yolo's layout, with data.yaml", 45, ("matplotlib", "yaml")),
    "style": Lesson("a picture, in whose manner it is to paint", 15, (), "file"),
    "features": Lesson("pictures, one folder per class", 20, ("matplotlib",)),
}


def train(arguments: argparse.Namespace) -> None:
    """neocog train WHAT MATERIAL; UserError if a library or the material is missing, or a file cannot be used."""
    what, lesson = arguments.what, LESSONS[arguments.what]
    missing = [name for name in lesson.needs if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(f'training wants {", ".join(missing)}: pip install -e ".[train]"')
    data = Path(arguments.data)
    if not (data.is_file() if lesson.place == "file" else data.is_dir()):
        raise UserError(f"no {lesson.place} {arguments.data!r}: give one with {lesson.material}")
    out = Path(arguments.out or f"{data.resolve().stem}-{what}")
    teach = getattr(importlib.import_module(f"models.training.own_{what}"), f"own_{what}")
    try:
        teach(data, out, arguments.minutes or lesson.minutes)
    except ValueError as error:
        raise UserError(str(error)) from error
    except OSError as error:
        raise UserError(f"{error.filename or out}: {(error.strerror or str(error)).lower()}") from error
