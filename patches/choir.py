"""Choir: everybody in the picture is a singer, for as long as they are there.

The higher they stand the higher they sing, drawn to the notes of a scale; the larger (nearer) the louder. They
sound from where they stand, and from left to right dark becomes bright. Whoever moves fast bows roughly.
/choir slot pitch loudness goes out for each singer.
Turn root and octaves for the range, pull for how firmly the scale holds, swell for how slowly a voice comes in.
"""

from math import hypot

from engine import Osc, Param, Say

classes = "person"
root = Param(33, 24, 60, "lowest note", "whole", "MIDI")
octaves = Param(2.5, 0.5, 3.5, "range above the root")
pull = Param(0.85, 0, 1, "how firmly the scale holds: 0 glides, 1 steps")
swell = Param(0.6, 0.05, 6, "how slowly a voice comes in", "log", "s")

SCALE = (0, 3, 5, 7, 10)
NOTES = [12 * octave + step for octave in range(5) for step in SCALE]


def react(scene, p):
    for track in scene.tracks:
        free = 12 * p.octaves * (1 - track.y)
        nearest = min(NOTES, key=lambda note: abs(note - free))
        pitch = p.root + free + p.pull * (nearest - free)
        loudness = min(0.55 + 0.5 * (track.w * track.h) ** 0.5, 1.0) * min(0.6 + 0.4 * track.age / p.swell, 1.0)
        roughness = min(0.02 + 0.2 * hypot(track.vx, track.vy), 0.4)
        yield Say(pitch, loudness, 0.3 + 0.4 * track.x, roughness, voice=track.slot, pan=track.x)
        yield Osc("/choir", track.slot, pitch, loudness)
