"""Parts of single units' maps, measured for those signals and targets that follow one: the scene holds no maps."""

from collections.abc import Iterable
from dataclasses import replace

from engine.signals.paths import mean_of, unit_region
from engine.values import Percept, Scene


def followed(paths: Iterable[str]) -> tuple[str, ...]:
    """Those of the paths that mean a part of a unit's map."""
    return tuple(path for path in (path.strip("/") for path in paths) if unit_region(path))


def unit_regions(scene: Scene, percept: Percept, paths: Iterable[str]) -> Scene:
    """The scene with the mean activation at each path in a percept's maps, where it has such layers and units."""
    found, maps = {}, {}
    for path in paths:
        tap, number, sides = unit_region(path)
        if number < len(percept.maps.get(tap, ())):
            if (tap, number) not in maps:
                maps[tap, number] = percept.maps[tap][number].cpu().float().numpy()
            found[path] = mean_of(maps[tap, number], *sides)
    return replace(scene, regions=found) if found else scene
