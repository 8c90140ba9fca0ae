"""Tide: the layers of the network as slow signals, for light, filters and anything that should breathe.

/tide/<layer> level drift x y, all in 0..1: level is the layer's mean activation within the range it has lately had,
drift its change from frame to frame, x y where it looks. The same level leaves as MIDI controllers 20, 21, 22 …
Turn `calm` for how slowly the tide follows, `memory` for how long it remembers its high and low water.
"""

from math import exp

from engine import Control, Osc, Param

calm = Param(0.8, 0.02, 20, "time the tide takes to follow", "log", "s")
memory = Param(30, 2, 600, "time after which high and low water are forgotten", "log", "s")

water = {}  # layer -> level, drift, x, y, low water, high water
clock = {"time": None}


def toward(old, new, seconds, constant):
    return new + (old - new) * exp(-seconds / constant)


def react(scene, p):
    seconds = min(max(scene.time - (clock["time"] or scene.time), 0.0), 1.0)
    clock["time"] = scene.time
    for number, (name, layer) in enumerate(scene.layers.items()):
        level, drift, x, y, low, high = water.get(name, (0.5, 0.0, 0.5, 0.5, layer.mean, layer.mean))
        low = min(layer.mean, toward(low, layer.mean, seconds, p.memory))
        high = max(layer.mean, toward(high, layer.mean, seconds, p.memory))
        span = max(high - low, 0.1 * high, 1e-6)  # a still picture must not make a storm of its noise
        wanted = 0.5 + (layer.mean - (low + high) / 2) / span
        level = toward(level, wanted, seconds, p.calm)
        drift = toward(drift, layer.change, seconds, p.calm)
        x, y = toward(x, layer.cx, seconds, p.calm), toward(y, layer.cy, seconds, p.calm)
        water[name] = level, drift, x, y, low, high
        yield Osc(f"/tide/{name}", level, drift, x, y)
        yield Control(20 + number, level)
