"""Any number of a scene by its path, written as in OSC: layer/conv3/mean, object/0/x, zone/door/occupancy."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from engine.errors import UserError
from engine.signals.projection import COMPONENTS, PROJECTIONS
from engine.values import COLUMNS, STATISTICS, LineState, Scene, ZoneState

WAYS = (
    "layer/<tap>/<statistic>", "layer/<tap>/ranged/<statistic>", "layer/<tap>/unit/<number>",
    "layer/<tap>/region/<left>/<top>/<right>/<bottom>", "layer/<tap>/grid/<columns>x<rows>/<cell>",
    "layer/<tap>/unit/<number>/region/...", "layer/<tap>/unit/<number>/grid/...", "embedding/<number>",
    "embedding/pca/<number>", "embedding/random/<number>", "object/<slot>/<column>", "count/<class>",
    "zone/<name>/occupancy", "zone/<name>/dwell", "zone/<name>/forward", "zone/<name>/back", "pair/distance",
    "pair/groups",
)  # fmt: skip
Sides = tuple[float, float, float, float]
Reader = Callable[[Scene], float | None]


def reader(path: str) -> Reader:
    """What reads a path from a scene, None where there is nothing at it now; UserError for a path that can never be."""
    try:
        kind, *rest = path.split("/")
        return READERS[kind](*rest)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"no signal {path!r:.80}: write one of {', '.join(WAYS)}") from error


def layer(tap: str, what: str, *rest: str) -> Reader:
    if what == "unit" and len(rest) > 1:
        path = "/".join(("layer", tap, what, *rest))
        unit_region(path)
        return lambda scene: scene.regions.get(path)
    if what == "unit":
        (number,) = rest
        return at(lambda scene: scene.layers[tap].means, int(number))
    if what in PARTS:
        sides = PARTS[what](*rest)
        return lambda scene: mean_of(scene.layers[tap].grid, *sides) if tap in scene.layers else None
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


def region(*sides: str) -> Sides:
    """Left, top, right and bottom of a part of the picture."""
    left, top, right, bottom = map(float, sides)
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise ValueError(sides)
    return left, top, right, bottom


def cell(shape: str, number: str) -> Sides:
    """The sides of a cell of a grid: 4x3/0 is the left upper of four columns and three rows, 4x3/11 the right lower."""
    columns, rows = map(int, shape.split("x"))
    row, column = divmod(int(number), columns)
    return region(*map(str, (column / columns, row / rows, (column + 1) / columns, (row + 1) / rows)))


PARTS = {"region": region, "grid": cell}


@lru_cache(1024)
def unit_region(path: str) -> tuple[str, int, Sides] | None:
    """The layer, the unit and the part of its map that a path means, None if it means something else."""
    match path.split("/"):
        case ["layer", tap, "unit", number, what, *rest]:
            if int(number) < 0:
                raise ValueError(number)
            return tap, int(number), PARTS[what](*rest)
    return None


def mean_of(map: np.ndarray, left: float, top: float, right: float, bottom: float) -> float | None:
    """The mean of a part of a map (h, w), at least of the cell in its middle."""
    if not map.size:
        return None
    rows, columns = map.shape
    y, x = min(round(top * rows), rows - 1), min(round(left * columns), columns - 1)
    return float(map[y:max(round(bottom * rows), y + 1), x:max(round(right * columns), x + 1)].mean())


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


PAIR = {"distance": lambda scene: scene.pairs.distance, "groups": lambda scene: float(len(scene.pairs.groups))}


def embedding(*what: str) -> Reader:
    if len(what) == 1:
        return at(lambda scene: scene.embedding, int(what[0]))
    kind, number = what
    if not 0 <= int(number) < COMPONENTS:
        raise ValueError(number)
    return PROJECTIONS[kind](int(number))


READERS = {
    "layer": layer, "object": object_, "count": count, "zone": zone, "pair": PAIR.__getitem__, "embedding": embedding,
}  # fmt: skip
