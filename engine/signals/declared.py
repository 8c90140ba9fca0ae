"""What a patch has declared at its top: zones, lines, signals and all that remembers, by their names there."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.cues import Osc
from engine.parameter import Number
from engine.signals.memory import Memory, begin
from engine.signals.signal import Signal
from engine.signals.unit_regions import followed
from engine.tracking.pairs import pairs  # relations and zones are worked out on what the patch has declared
from engine.tracking.wanted import wanted
from engine.tracking.zones import Line, Zone
from engine.values import Scene


class Declared:
    """A scene stage: works out the zones and signals of a patch for each scene, before react.

    names are the patch's own (vars of its module), classes those it wants. Two names of one thing are one thing.
    """

    def __init__(self, names: Mapping[str, Any] = {}, classes: tuple[str, ...] = ()) -> None:
        self.memories = {name: value for name, value in names.items() if isinstance(value, Memory)}
        self.zones = {name: value for name, value in self.memories.items() if isinstance(value, (Zone, Line))}
        self.signals = {name: value for name, value in self.memories.items() if isinstance(value, Signal)}
        self.followed = followed(signal.path for signal in self.signals.values())
        self.classes = classes

    def __call__(self, scene: Scene) -> Scene:
        begin(scene)
        seen = replace(scene, tracks=wanted(scene.tracks, self.classes))
        relations = pairs(seen.tracks)
        zones = {name: zone.see(seen) for name, zone in self.zones.items()}
        seen = replace(seen, zones=zones, pairs=relations)
        signals = {name: signal.see(seen) for name, signal in self.signals.items()}
        return replace(scene, zones=zones, signals=signals, pairs=relations)

    def places(self) -> dict[str, Number]:
        """The entries of the table of parameters that move zones: door/left, half/x1, ..."""
        places = {f"{name}/{side}": number for name, zone in self.zones.items() for side, number in zone.places.items()}
        for path, number in places.items():
            number.path = f"zone/{path}"
        return places

    def resume(self, before: "Declared") -> None:
        """Go on where a version before was, with all that is declared as it was there."""
        for name, memory in self.memories.items():
            if name in before.memories and memory == before.memories[name]:
                memory.resume(before.memories[name])


def cues(scene: Scene) -> tuple[Osc, ...]:
    """What goes out of a scene's zones, signals and pairs, in each frame.

    /zone/<name>/occupancy, dwell (the longest, in seconds), enter and leave (id slot); of lines forward and back (so
    many so far) and cross (id slot 1 or -1); /signal/<name>; and while there are two, /pair/distance, /pair/nearest
    (two ids), /pair/groups (how many) and /pair/group with the ids of each group of two or more.
    """
    told = []
    for name, zone in scene.zones.items():
        at = f"/zone/{name}"
        if hasattr(zone, "total"):
            told += [Osc(f"{at}/cross", track.id, track.slot, 1) for track in zone.forward]
            told += [Osc(f"{at}/cross", track.id, track.slot, -1) for track in zone.back]
            told += [Osc(f"{at}/forward", zone.total[0]), Osc(f"{at}/back", zone.total[1])]
        else:
            told += [Osc(f"{at}/leave", track.id, track.slot) for track in zone.left]
            told += [Osc(f"{at}/enter", track.id, track.slot) for track in zone.entered]
            told += [Osc(f"{at}/occupancy", len(zone.inside)), Osc(f"{at}/dwell", max(zone.dwell, default=0.0))]
    told += [Osc(f"/signal/{name}", value) for name, value in scene.signals.items()]
    if scene.pairs.nearest:
        told += [Osc("/pair/distance", scene.pairs.distance), Osc("/pair/groups", len(scene.pairs.groups)),
                 Osc("/pair/nearest", *scene.pairs.nearest)]
        told += [Osc("/pair/group", *group) for group in scene.pairs.groups if len(group) > 1]
    return tuple(told)
