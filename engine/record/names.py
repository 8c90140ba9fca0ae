"""Names for what is recorded: nothing that is there is ever written over."""

from itertools import chain, count
from pathlib import Path


def free(path: Path) -> Path:
    """The path itself if nothing is there (or an empty folder), else the next of show-2, show-3 … that is free."""
    names = chain([path], (path.with_stem(f"{path.stem}-{n}") for n in count(2)))
    return next(name for name in names if not name.exists() or (name.is_dir() and not any(name.iterdir())))
