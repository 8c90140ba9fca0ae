"""Digits: LeNet (LeCun and others, 1998) reads a digit that is drawn with the mouse or held to the camera.

Write it large and thick, alone, in the middle of the picture: `neocog digits --source drawing` is a sheet for the
mouse. Its layers are conv1 and pool1, conv2 and pool2, full1 and full2. Each digit is a note of a scale from
`root` on; /digit says which is read, -1 for none, and how surely, 0..1.
"""

from engine import Param
from reading import listener, said

root = Param(60, 24, 96, "the note of 0", "whole", "MIDI")

features = "lenet"
view = "network"
layer = "conv1"
heard = listener()


def react(scene, p):
    yield from said(scene, p.root, heard)
