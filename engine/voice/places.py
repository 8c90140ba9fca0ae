"""Where a voice sounds: on the line from the first loudspeaker to the last, or at a place amid a ring of them.

In a ring it is panned between the two loudspeakers next to its direction by their vectors (VBAP, Pulkki 1997), and the
nearer the middle, the more all of them share. The power is the same everywhere.
"""

import numpy as np

from engine.errors import UserError

LINE = -1.0  # instead of y: x is a place on the line
WIDEST = 170.0  # degrees between two neighbours of a ring: further apart they have no direction between them


def evenly(channels: int) -> tuple[float, ...]:
    """Degrees of so many loudspeakers clockwise from the top of the picture, the first two to each side of it."""
    return tuple((360 * number - 180) / channels for number in range(channels))


def ring_of(channels: int, degrees: tuple[float, ...] = ()) -> np.ndarray:
    """The ring of so many channels, (2, channels): angles in radians, ascending, and which channel stands there.

    Without degrees it is even; one or two channels are a line, (2, 0). UserError for what is no ring.
    """
    if channels < 3:
        if degrees:
            raise UserError(f"[voice] ring wants three loudspeakers or more, found {channels} channels: "
                            "leave it out for stereo")
        return np.zeros((2, 0))
    if degrees and len(degrees) != channels:
        raise UserError(f"[voice] ring has {len(degrees)} angles for {channels} channels: give one for each")
    angles = np.array(degrees or evenly(channels)) % 360
    order = np.argsort(angles)
    gaps = np.diff(angles[order], append=angles[order[0]] + 360)
    if not 0 < gaps.min() <= gaps.max() <= WIDEST:
        raise UserError(f"[voice] ring wants angles around the room, no two alike and none more than {WIDEST:g} "
                        f"degrees from the next, found {list(degrees)}")
    return np.stack((np.radians(angles[order]), order))
