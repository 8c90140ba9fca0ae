"""Between: the distance of two people bends the voice; alone, or in an empty room, it is silent.

Side by side the voice is at its lowest note, at the picture's two ends it is span semitones above it; of more people
the nearest two count. Turn low and span for the range.
"""

from engine import Param, Say, Smooth

low = Param(33, 24, 57, "the note side by side", "whole", "MIDI")
span = Param(24, 1, 36, "how far the picture's width bends it", unit="semitones")
calm = Smooth(0.3)
classes = "person"


def react(scene, p):
    if len(scene.tracks) > 1:
        yield Say(p.low + p.span * min(calm(scene.pairs.distance), 1), loudness=0.8)
