"""The One-Euro filter: a still thing stands still, a fast thing is followed at once.

Casiez, Roussel, Vogel: 1 Euro Filter, a simple speed-based low-pass filter for noisy input in interactive systems,
CHI 2012. One knob in place of its two: smoothing 0 leaves the values as they are, 1 is slow like oil.
"""

from math import pi

import numpy as np

from models.compiled import compiled

# For the x y w h of a box. A detector's sizes are noisier than its places, and things grow more slowly than they move.
STILL_CUTOFF = np.array([0.5, 0.5, 0.25, 0.25])  # Hz for what does not change, at smoothing 1
QUICKENING = np.array([4.0, 4.0, 1.0, 1.0])  # Hz more for each frame width a second: moves lag 1 / (2 pi 4) at most


@compiled
def follow(new, shown, speed, seconds, smoothing):
    """Write into shown what box to show next, between what was shown and what is new, given its speed in widths a
    second."""
    smoothing = min(max(smoothing, 0.001), 1.0)
    for k in range(4):
        cutoff = STILL_CUTOFF[k] / smoothing**2 + QUICKENING[k] / smoothing * abs(speed[k])
        turn = 2 * pi * cutoff * seconds
        shown[k] += turn / (turn + 1) * (new[k] - shown[k])  # of a low-pass filter of this cutoff
