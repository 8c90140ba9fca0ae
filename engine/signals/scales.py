"""Scales by name: which note a degree is."""

from engine.errors import UserError

SCALES = {
    "chromatic": (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "whole tone": (0, 2, 4, 6, 8, 10),
    "octatonic": (0, 2, 3, 5, 6, 8, 9, 11),
    "hirajoshi": (0, 2, 3, 7, 8),
    "in sen": (0, 1, 5, 7, 10),
}


def scale(name: str, degree: float, root: int = 0) -> int:
    """Semitones of a degree above the root, or the MIDI note if you say the root: scale("dorian", 2, 60) is 63.

    Degree 0 is the root, the next octave follows by itself, below 0 as well; a degree in between counts as the nearest.
    UserError for a scale that is not there, with those that are.
    """
    if name not in SCALES:
        raise UserError(f"no scale {name!r}: choose from {', '.join(SCALES)}")
    octave, step = divmod(round(degree), len(SCALES[name]))
    return root + 12 * octave + SCALES[name][step]
