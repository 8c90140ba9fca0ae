"""Simple cells: edges, corners and shapes that nobody taught a network, after Hubel, Wiesel and Fukushima.

The layers are `edges` (a cell for each of sixteen directions), `complex` (eight, wherever an edge is nearby), `corners`
and `shapes` (circle, square, diamond, triangles, cross, lines). Every direction is a note of a scale, the louder the
more of the picture runs that way: turn a line before the camera and hear it climb. /shape says which shape it sees,
and how surely, 0..1.
"""

from engine import Control, Every, Note, Osc, Param, scale

root = Param(48, 24, 72, "the note of the first direction", "whole", "MIDI")
pace = Param(0.4, 0.1, 4, "seconds from one note to the next", "log", "s")

features = "simple-cells"
layer = "complex"
view = "wall"
beat = Every(0.4)


def react(scene, p):
    if (cells := scene.layers.get("complex")) is None:  # another network plays
        return
    shape = scene.classes[0]
    yield Osc("/shape", shape.name, shape.score)
    most = max(cells.means)
    for number, mean in enumerate(cells.means):
        yield Control(20 + number, float(mean / max(most, 1e-3)))
    if beat(seconds=p.pace) and most > 0.02:
        yield Note(scale("pentatonic", cells.means.argmax(), int(p.root)), min(1.0, 0.3 + 2 * float(most)), p.pace)
