"""Scenes, the engine's status and parameters as plain data for JSON."""

from dataclasses import asdict
from typing import Any

from engine.parameter import Choice, Command, Name, Number, Parameter, Switch
from engine.values import COLUMNS, STATISTICS, EngineStatus, Layer, LineState, Scene, Track, ZoneState

DIGITS = 4  # behind the point: a screen of 4K has no finer place
KINDS = {Number: "number", Switch: "switch", Choice: "choice", Command: "command", Name: "name"}


def rounded(value: float) -> float:
    return round(value, DIGITS)


def scene_as_json(scene: Scene) -> dict[str, Any]:
    """All that a receiver draws from: tracks, layers, zones, lines, signals, guesses, pairs."""
    places = scene.zones.items()
    return {
        "time": rounded(scene.time),
        "index": scene.index,
        "stale": scene.stale,
        "tracks": [track_as_json(track) for track in scene.tracks],
        "layers": {name: layer_as_json(layer) for name, layer in scene.layers.items()},
        "zones": {
            name: {
                "points": zone.points,
                "inside": [track.id for track in zone.inside],
                "dwell": [rounded(seconds) for seconds in zone.dwell],
            }
            for name, zone in places
            if isinstance(zone, ZoneState)
        },
        "lines": {
            name: {"points": line.points, "total": line.total} for name, line in places if isinstance(line, LineState)
        },
        "signals": {name: rounded(value) for name, value in scene.signals.items()},
        "guesses": [{"name": guess.name, "score": rounded(guess.score)} for guess in scene.classes],
        "pairs": asdict(scene.pairs),
    }


def track_as_json(track: Track) -> dict[str, Any]:
    numbers = {name: getattr(track, name) for name in COLUMNS}
    return {"name": track.name} | {
        name: rounded(value) if type(value) is float else value for name, value in numbers.items()
    }


def layer_as_json(layer: Layer) -> dict[str, Any]:
    return {name: rounded(getattr(layer, name)) for name in STATISTICS} | {
        "ranged": {name: rounded(getattr(layer.ranged, name)) for name in STATISTICS},
        "units": [[index, rounded(mean)] for index, mean in layer.units],
    }


def status_as_json(status: EngineStatus) -> dict[str, Any]:
    """How the engine is doing; latency in milliseconds, stages in milliseconds by name."""
    return {
        "fps": round(status.fps, 1),
        "latency": round(1000 * status.latency, 1),
        "stale": status.stale,
        "dropped": status.dropped,
        "malformed": status.malformed,
        "underruns": status.underruns,
        "sounds": status.sounds,
        "stages": {name: round(milliseconds, 2) for name, milliseconds in status.stages},
        "notices": status.sentences,
    }


def entry_as_json(entry: Parameter) -> dict[str, Any]:
    """A parameter: its kind, what it is turned to, what it can be, its unit and a line about it."""
    told = {"kind": KINDS[type(entry)], "value": entry.value, "about": entry.about, "unit": entry.unit}
    if isinstance(entry, Number):
        param = entry.param
        told |= {"default": param.default, "low": param.low, "high": param.high, "curve": param.curve}
    if isinstance(entry, Choice):
        told["choices"] = entry.choices
    return told
