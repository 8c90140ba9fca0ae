"""The One-Euro filter: a still thing stands still, a fast thing is followed at once.

Casiez, Roussel, Vogel: 1 Euro Filter, a simple speed-based low-pass filter for noisy input in interactive systems,
CHI 2012. One knob in place of its two: smoothing 0 leaves the values as they are, 1 is slow like oil.
"""

import numpy as np

SPEED_CUTOFF = 1.0  # Hz, the paper's own choice for the speed
STILL_CUTOFF = 0.5  # Hz for something that does not move, at smoothing 1
QUICKENING = 4.0  # Hz more for each frame width a second, at smoothing 1: steady moves lag 1 / (2 pi 4) widths at most


def share(cutoff: np.ndarray | float, seconds: np.ndarray) -> np.ndarray:
    """How much of a new value a low-pass filter of this cutoff (Hz) takes after so many seconds, 0..1."""
    turn = 2 * np.pi * cutoff * seconds
    return turn / (turn + 1)


def follow(new: np.ndarray, shown: np.ndarray, speed: np.ndarray, seconds: np.ndarray, smoothing: float) -> np.ndarray:
    """What to show next, between what was shown and what is new, given its speed in widths a second."""
    smoothing = min(max(smoothing, 0.001), 1.0)
    cutoff = STILL_CUTOFF / smoothing**2 + QUICKENING / smoothing * np.abs(speed)
    return shown + share(cutoff, seconds) * (new - shown)
