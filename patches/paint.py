"""Paint: the camera's picture as a painting, and a brush for everybody in it.

/view/style turns the style: 0 shapes after Kandinsky, 1 ink, 2 a mosaic, and all that lies between; /view/paint is
how much of the painting is over the camera's picture. Who comes in plays a note by where they stand;
/brush/<slot> x y vx vy is where each one's brush is.
"""

from engine import Note, Osc, Param, scale

root = Param(55, 24, 84, "the note of the left edge", "whole", "MIDI")

view = "paint"


def react(scene, p):
    for track in scene.born:
        yield Note(scale("pentatonic", 10 * track.x, int(p.root)), seconds=2.0)
    for track in scene.tracks:
        yield Osc(f"/brush/{track.slot}", track.x, track.y, track.vx, track.vy)
