"""Hello: whoever walks in plays a note, and a bow goes out when they leave.

Each newcomer sounds one note of a pentatonic scale: the higher in the picture, the higher the note; the larger, the
louder. MIDI plays it, or the voice bows it where there is no MIDI, and it goes out as OSC, /hello pitch velocity name;
a leaving one as /goodbye name.
Turn root and octaves to choose the range, length for how long a note rings.
"""

from engine import Note, Osc, Param

classes = "person"

root = Param(36, 24, 72, "lowest note", "whole", "MIDI")
octaves = Param(2, 1, 4, "range above the root", "whole")
length = Param(0.6, 0.05, 5, "how long a note rings", "log", "s")

SCALE = (0, 2, 4, 7, 9)


def react(scene, p):
    for track in scene.born:
        step = round((1 - track.y) * (len(SCALE) * p.octaves - 1))
        octave, degree = divmod(step, len(SCALE))
        pitch = int(p.root + 12 * octave + SCALE[degree])
        velocity = round(min(0.4 + track.w * track.h, 1.0), 3)
        yield Note(pitch, velocity, p.length)
        yield Osc("/hello", pitch, velocity, track.name)
    for track in scene.gone:
        yield Osc("/goodbye", track.name)
