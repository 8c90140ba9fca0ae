"""The One-Euro filter: a still thing stands still, a fast thing is followed at once.

Casiez, Roussel, Vogel: 1 Euro Filter, a simple speed-based low-pass filter for noisy input in interactive systems,
CHI 2012. One knob in place of its two: smoothing 0 leaves the values as they are, 1 is slow like oil.
"""

import numpy as np

# For the x y w h of a box. A detector's sizes are noisier than its places, and things grow more slowly than they move.
STILL_CUTOFF = np.array([0.5, 0.5, 0.25, 0.25])  # Hz for what does not change, at smoothing 1
QUICKENING = np.array([4.0, 4.0, 1.0, 1.0])  # Hz more for each frame width a second: moves lag 1 / (2 pi 4) at most


def share(cutoff: np.ndarray | float, seconds: np.ndarray) -> np.ndarray:
    """How much of a new value a low-pass filter of this cutoff (Hz) takes after so many seconds, 0..1."""
    turn = 2 * np.pi * cutoff * seconds
    return turn / (turn + 1)


def follow(new: np.ndarray, shown: np.ndarray, speed: np.ndarray, seconds: np.ndarray, smoothing: float) -> np.ndarray:
    """What box to show next, between what was shown and what is new, given its speed in widths a second."""
    smoothing = min(max(smoothing, 0.001), 1.0)
    cutoff = STILL_CUTOFF / smoothing**2 + QUICKENING / smoothing * np.abs(speed)
    return shown + share(cutoff, seconds) * (new - shown)
