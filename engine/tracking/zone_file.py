"""Where zones were moved to, kept beside the patch: mine.py has its in mine.zones.json.

    {"door": {"declared": [[0, 0.4], [0.2, 0.4], [0.2, 1], [0, 1]], "placed": [[0, 0.5], [0.2, 0.5], [0.2, 1], [0, 1]]}}

A place holds as long as the patch declares the zone as it did then; who edits the declaration means the new one.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from engine.errors import UserError
from engine.tracking.zones import Line, Zone, as_points

LARGEST = 1_000_000  # bytes; more is no such file


def zone_file(patch: Path) -> Path:
    """The file that belongs to a patch."""
    return patch.with_suffix(".zones.json")


def place_zones(file: Path, zones: Mapping[str, Zone | Line]) -> None:
    """Move zones to where the file says; no file moves none, UserError for one that is none of ours."""
    try:
        if not file.is_file():
            return
        if file.stat().st_size > LARGEST:
            raise ValueError("it is too large")
        for name, entry in json.loads(file.read_text("utf-8")).items():
            if name in zones and as_points(entry["declared"]) == zones[name].declared:
                zones[name].place(entry["placed"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, UserError) as error:
        raise UserError(f"{file.name} tells no zones ({str(error).lower():.80}): delete it, or move a zone to write it "
                        "anew") from error


def keep_zones(file: Path, zones: Mapping[str, Zone | Line]) -> None:
    """Write where zones are that were moved, in one piece; UserError if the folder cannot be written to."""
    moved = {name: {"declared": zone.declared, "placed": zone.placed} for name, zone in zones.items() if zone.placed}
    part = file.with_suffix(".part")
    try:
        part.write_text(json.dumps(moved, indent=1) + "\n", "utf-8")
        os.replace(part, file)
    except OSError as error:
        raise UserError(f"{file} cannot be written ({(error.strerror or 'refused').lower()}): zones are where they are "
                        "until the show ends") from error
