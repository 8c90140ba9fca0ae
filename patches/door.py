"""Door: whoever comes in at the left side of the picture plays a chord, and receivers are told who it was.

/door id name goes out for each of them, /zone/door/occupancy and the like by itself. Turn root for the chord's lowest
note. Move the door by its four numbers: left, top, right, bottom of the picture in 0..1.
"""

from engine import Note, Osc, Param, Zone

root = Param(48, 36, 72, "the chord's lowest note", "whole", "MIDI")
door = Zone(0, 0.2, 0.25, 1)


def react(scene, p):
    for track in door.entered:
        yield Osc("/door", track.id, track.name)
        for step in (0, 4, 7):
            yield Note(int(p.root) + step, seconds=2)
