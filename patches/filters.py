"""Filters: every layer of the network opens a filter, slowly, by a MIDI controller of its own.

Each layer's mean activation, within its own high and low water, leaves as controllers first, first + 1, first + 2 … in
the order of the layers (74 is the brightness of many synthesizers). Turn first for the number of the lowest.
"""

from engine import Control, Param, Smooth

first = Param(74, 0, 100, "the first layer's controller", "whole", "CC")
calm = Smooth(2)


def react(scene, p):
    for index, (name, layer) in enumerate(scene.layers.items()):
        yield Control(int(p.first) + index, calm(layer.ranged.mean, name))
