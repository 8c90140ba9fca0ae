"""AlexNet: the network that ConvnetViewer showed, layer by layer, playing a chord of its five layers.

`neocog networks pull alexnet` fetches it first. Every layer is a note that sounds when the layer stirs: conv1 the
lowest, conv5 the highest. /alexnet says what it takes the picture for, and how surely.
"""

from engine import Note, Osc, Param, Trigger, scale

root = Param(36, 24, 72, "the note of conv1", "whole", "MIDI")

features = "alexnet"
view = "network"
layer = "conv1"
stir = Trigger(0.7, 0.4)


def react(scene, p):
    seen = scene.classes[0]
    yield Osc("/alexnet", seen.name, seen.score)
    for number, (name, layer) in enumerate(scene.layers.items()):
        if stir(layer.ranged.change, name):
            yield Note(scale("pentatonic", 2 * number, int(p.root)), 0.4 + 0.5 * layer.ranged.mean, 1.5)
