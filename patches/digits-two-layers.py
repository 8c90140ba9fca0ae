"""Digits, two layers: forty hidden units, and for each digit a bar graph of what they say for it.

Write it large and thick, alone, in the middle of the picture: `neocog digits-two-layers --source drawing` is a sheet
for the mouse. The layer hidden shows where ink lies on each unit's template. Each digit is a note of a scale from
`root` on; /digit says which is read, -1 for none, and how surely, 0..1.
"""

from engine import Param
from reading import listener, said

root = Param(60, 24, 96, "the note of 0", "whole", "MIDI")

features = "two-layers"
view = "wall"
layer = "bars"
heard = listener()


def react(scene, p):
    yield from said(scene, p.root, heard)
