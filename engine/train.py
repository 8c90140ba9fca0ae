"""neocog train: fine-tune what is shipped on material of one's own."""

import argparse
import importlib.util
from pathlib import Path

from engine.errors import Wrong

NEEDS = ("librosa", "matplotlib", "soundfile", "soxr")


def train(arguments: argparse.Namespace) -> None:
    """neocog train voice FOLDER; Wrong if a library or the material is missing."""
    missing = [name for name in NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        raise Wrong(f'training wants {", ".join(missing)}: pip install -e ".[train]"')
    data = Path(arguments.data)
    if not data.is_dir():
        raise Wrong(f"no folder {arguments.data!r}: give one with recordings (wav, flac) of an instrument")
    out = Path(arguments.out or f"{data.resolve().name}-voice")
    from models.training.own_voice import own_voice

    try:
        own_voice(data, out, arguments.minutes)
    except ValueError as error:
        raise Wrong(str(error)) from error
