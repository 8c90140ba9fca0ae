"""Any number of a scene by its path, written as in OSC: layer/conv3/mean, object/0/x, zone/door/occupancy."""

from collections.abc import Callable

import numpy as np

from engine.errors import UserError
from engine.values import COLUMNS, STATISTICS, LineState, Scene, ZoneState

WAYS = (
    "layer/<tap>/<statistic>", "layer/<tap>/ranged/<statistic>", "layer/<tap>/unit/<number>",
    "layer/<tap>/region/<left>/<top>/<right>/<bottom>", "embedding/<number>", "object/<slot>/<column>", "count/<class>",
    "zone/<name>/occupancy", "zone/<name>/dwell", "zone/<name>/forward", "zone/<name>/back", "pair/distance",
)  # fmt: skip
Reader = Callable[[Scene], float | None]


def reader(path: str) -> Reader:
    """What reads a path from a scene, None where there is nothing at it now; UserError for a path that can never be."""
    try:
        kind, *rest = path.split("/")
        return READERS[kind](*rest)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"no signal {path!r:.80}: write one of {', '.join(WAYS)}") from error


def layer(tap: str, what: str, *rest: str) -> Reader:
    if what == "unit":
        (number,) = rest
        return at(lambda scene: scene.layers[tap].means, int(number))
    if what == "region":
        left, top, right, bottom = map(float, rest)
        if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
            raise ValueError(rest)
        return lambda scene: region(scene.layers[tap].grid, left, top, right, bottom) if tap in scene.layers else None
    if what == "ranged":
        (name,) = rest
        STATISTICS.index(name)
        return lambda scene: getattr(scene.layers[tap].ranged, name) if tap in scene.layers else None
    if rest or what not in STATISTICS:
        raise ValueError(what)
    return lambda scene: getattr(scene.layers[tap], what) if tap in scene.layers else None


def at(row: Callable[[Scene], np.ndarray], number: int) -> Reader:
    """The number at a place of a row of numbers, None beyond its end."""
    if number < 0:
        raise ValueError(number)

    def read(scene: Scene) -> float | None:
        try:
            return float(row(scene)[number])
        except (KeyError, IndexError):
            return None

    return read


def region(grid: np.ndarray, left: float, top: float, right: float, bottom: float) -> float | None:
    """The mean of a part of a map, at least of the cell in its middle."""
    if not grid.size:
        return None
    rows, columns = grid.shape
    y, x = min(int(top * rows), rows - 1), min(int(left * columns), columns - 1)
    return float(grid[y:max(round(bottom * rows), y + 1), x:max(round(right * columns), x + 1)].mean())


def object_(slot: str, column: str) -> Reader:
    number = int(slot)
    if column == "present":
        return lambda scene: float(any(track.slot == number for track in scene.tracks))
    COLUMNS[column]
    return lambda scene: next((float(getattr(track, column)) for track in scene.tracks if track.slot == number), None)


def count(name: str) -> Reader:
    return lambda scene: float(sum(track.name == name for track in scene.tracks))


def zone(name: str, what: str) -> Reader:
    kind, read = ZONE[what]
    return lambda scene: read(found) if isinstance(found := scene.zones.get(name), kind) else None


ZONE = {
    "occupancy": (ZoneState, lambda zone: float(len(zone.inside))),
    "dwell": (ZoneState, lambda zone: max(zone.dwell, default=0.0)),
    "forward": (LineState, lambda line: float(line.total[0])),
    "back": (LineState, lambda line: float(line.total[1])),
}


def pair(what: str) -> Reader:
    if what != "distance":
        raise ValueError(what)
    return lambda scene: scene.pairs.distance


READERS = {
    "layer": layer, "object": object_, "count": count, "zone": zone, "pair": pair,
    "embedding": lambda number: at(lambda scene: scene.embedding, int(number)),
}  # fmt: skip
