"""Cifar: a small convnet names ten kinds of things; beside it, what an ordinary network takes for what.

The view `confusion` has both networks' confusion matrices: a row for what a picture shows, a column for what it was
taken for. Click a cell: under the matrices are the pictures of this show that the network took for what stands in its
column; with cifar10.tar.gz beside this patch, whose test/<class>/*.jpg both were tested on, they are the very pictures
of that cell. /kind says what it sees now, and how surely; `cifar-ordinary` is the same with the ordinary network.
"""

from engine import Note, Osc, Param, Trigger, scale

root = Param(48, 24, 96, "the note of the first kind", "whole", "MIDI")

features = "cifar-convnet"
view = "confusion"
tested_on = "cifar10.tar.gz"
sure = Trigger(0.5, 0.3)


def react(scene, p):
    kind = scene.classes[0]
    yield Osc("/kind", kind.name, kind.score)
    for guess in scene.classes:
        if sure(guess.score, guess.label):
            yield Note(scale("pentatonic", guess.label % 10, int(p.root)), seconds=1.0)
