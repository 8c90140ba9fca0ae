"""Breath: the network's layers bend one long tone that never ends.

The centre of the deepest layer moves the pitch around the root, its sparsity the brightness, the change of the first
layer the loudness: a still picture hums, a moving one swells. The entropy of the middle layer roughens the bow.
/breath pitch loudness brightness goes out in each frame. Turn calm for how slowly all of it follows.
"""

from math import exp

from engine import Osc, Param, Say

root = Param(33, 24, 57, "the tone at rest", "whole", "MIDI")
bend = Param(5, 0, 24, "how far the picture bends it to each side", unit="semitones")
calm = Param(0.7, 0.02, 10, "how slowly the tone follows", "log", "s")

breath = {}  # what it is now; empty until the first frame


def react(scene, p):
    layers = list(scene.layers.values())
    first, middle, last = layers[0], layers[len(layers) // 2], layers[-1]
    wanted = {
        "pitch": p.root + 2 * p.bend * (0.5 - last.cy),
        "loudness": 0.72 + 0.28 * min(6 * first.change, 1.0),
        "brightness": 0.35 + 0.6 * (1 - last.sparsity),
        "roughness": 0.02 + 0.25 * (1 - middle.entropy),
    }
    seconds = min(max(scene.time - breath.get("time", scene.time), 0.0), 1.0)
    share = 1 - exp(-seconds / p.calm)
    for name, value in wanted.items():
        now = breath.setdefault(name, value)
        breath[name] = now + share * (value - now)
    breath["time"] = scene.time
    yield Say(*(breath[name] for name in wanted))
    yield Osc("/breath", breath["pitch"], breath["loudness"], breath["brightness"])
