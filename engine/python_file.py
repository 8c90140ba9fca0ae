"""A Python file of somebody's, run as a fresh module."""

import sys
from pathlib import Path
from types import ModuleType


def run(path: Path, text: str) -> ModuleType:
    """What a file that says this text holds after it has run from top to bottom; raises whatever it raises."""
    module = ModuleType(f"neocog file {path.stem}")  # no import can have this name
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # where dataclasses look for what their annotations mean
    exec(compile(text, str(path), "exec"), module.__dict__)
    return module
