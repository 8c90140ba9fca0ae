"""Where zones were moved to, kept beside the patch: mine.py has its in mine.zones.json.

    {"door": {"declared": [[0, 0.4], [0.2, 0.4], [0.2, 1], [0, 1]], "left": 0, "top": 0.5, "right": 0.2, "bottom": 1}}

A place holds as long as the patch declares the zone as it did then; who edits the declaration means the new one.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.debounce import Debounce, replace
from engine.errors import UserError
from engine.tracking.zones import Line, Zone, as_points

LARGEST = 1_000_000  # bytes; more is no such file
# what reading another's file raises
DAMAGES = OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, UserError


class ZoneFile:
    """The file beside a patch: zones are moved to where it says, and it follows when they are moved.

    trouble says why it could not be read or written, or that another show writes it too: the last one counts.
    """

    def __init__(self, patch: Path, zones: Mapping[str, Zone | Line]) -> None:
        self.path, self.zones, self.trouble = patch.with_suffix(".zones.json"), zones, ""
        self.data: bytes | None = None  # of the file, as it was last read or written here
        try:
            for zone, places in self.read():
                for side, value in places.items():
                    zone.places[side].take(value)
        except DAMAGES as error:
            self.trouble = (f"{self.path.name} tells no zones ({str(error).lower():.80}): delete it, or move a zone to "
                            "write it anew")
        self.rest = Debounce(self.moved())

    def moved(self) -> dict[str, Any]:
        """What the file has to say: where the zones are that are not where the patch declares them."""
        return {name: {"declared": zone.declared, **{side: number.value for side, number in zone.places.items()}}
                for name, zone in self.zones.items() if zone.points != zone.declared}

    def read(self) -> list[tuple[Zone | Line, dict[str, float]]]:
        """The numbers of zones that the patch still declares as they were; any of DAMAGES for another's file."""
        self.data = self.there()
        if self.data is None:
            return []
        if len(self.data) > LARGEST:
            raise ValueError("it is too large")
        return [(self.zones[name], {side: float(entry[side]) for side in self.zones[name].places})
                for name, entry in json.loads(self.data).items()
                if name in self.zones and as_points(entry["declared"]) == self.zones[name].declared]

    def there(self) -> bytes | None:
        """What the file has at the moment, as far as it may be one of ours; None where there is none. OSError."""
        if not self.path.is_file():
            return None
        with self.path.open("rb") as file:
            return file.read(LARGEST + 1)

    def follow(self, now: float) -> None:
        """Write the file once the zones have rested for a second; now in seconds."""
        if self.rest.over(self.moved(), now):
            self.write()

    def write(self) -> None:
        """Write where the zones were last seen, in one piece, unless the file says so; no file if none was moved."""
        if not self.rest.take():
            return
        try:
            twice = self.there() != self.data
            if self.rest.seen:
                replace(self.path, json.dumps(self.rest.seen) + "\n")
            else:
                self.path.unlink(missing_ok=True)
            self.data = self.there()
            self.trouble = (f"{self.path.name} was written by another show too: it keeps where zones are here, until "
                            "the other one moves some" if twice else "")
        except OSError as error:
            self.trouble = (f"{self.path} cannot be written ({(error.strerror or 'refused').lower()}): zones stay "
                            "where they are until the patch goes")
