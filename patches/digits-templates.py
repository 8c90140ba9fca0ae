"""Digits, one layer: a template for each digit, laid over what is written.

Write it large and thick, alone, in the middle of the picture: `neocog digits-templates --source drawing` is a sheet for
the mouse. The layer match shows where ink lies on each of the ten templates. Each digit is a note of a scale from
`root` on; /digit says which is read, -1 for none, and how surely, 0..1.
"""

from engine import Param
from reading import listener, said

root = Param(60, 24, 96, "the note of 0", "whole", "MIDI")

features = "templates"
view = "wall"
layer = "match"
heard = listener()


def react(scene, p):
    yield from said(scene, p.root, heard)
