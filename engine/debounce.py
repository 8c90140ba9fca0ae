"""What is kept in a file once it has rested: whoever moves it may go on, and nobody finds half a file."""

import os
from pathlib import Path
from typing import Any

REST = 1.0  # seconds that something has to lie still before it is written where it is


class Debounce:
    """Follows something that moves: seen is how it was last seen, kept how its file was last to say it."""

    def __init__(self, values: Any):
        self.kept = self.seen = values
        self.since = float("-inf")  # when it was last seen moving

    def over(self, values: Any, now: float) -> bool:
        """Look at it again; whether it has rested for a second, now in seconds."""
        if values != self.seen:
            self.seen, self.since = values, now
        return not 0 <= now - self.since < REST

    def take(self) -> bool:
        """Whether its file has to be written; it is asked for once, even where a disk refuses it."""
        changed, self.kept = self.seen != self.kept, self.seen
        return changed


def replace(path: Path, text: str) -> None:
    """Write a file in one piece; OSError."""
    part = path.with_suffix(".part")
    part.write_text(text, "utf-8")
    os.replace(part, path)
