"""The master limiter: it looks ahead, so that what is too loud is turned down before it comes, and nothing is bent."""

import math
from typing import NamedTuple

import numpy as np

from models.compiled import compiled

AHEAD = 64  # samples that it looks ahead and that the sound is late by, less one
CEILING = 0.97  # no sample is louder
RELEASE = 0.2  # seconds in which the gain comes back


class Limiter(NamedTuple):
    """State of a limiter: sound and gains of the last AHEAD samples, the gain now, their sum, a place in the rings."""

    delayed: np.ndarray  # (AHEAD, channels) float32
    needed: np.ndarray  # (AHEAD,) the gain that each sample needs
    gains: np.ndarray  # (AHEAD,)
    memory: np.ndarray  # (5,) gain, sum of gains, place, samples since one was too loud, release a sample


def limiter(channels: int, rate: float) -> Limiter:
    """A limiter for so many channels at a rate in Hz; all share one gain, so that nothing moves from side to side."""
    return Limiter(np.zeros((AHEAD, channels), np.float32), np.ones(AHEAD), np.ones(AHEAD),
                   np.array([1.0, AHEAD, 0.0, AHEAD, 1 - math.exp(-1 / (RELEASE * rate))]))


@compiled
def limit(sound, count, limiter):
    """Limit the first `count` frames of sound (n, channels) in place, AHEAD - 1 frames late.

    The gain is the mean of the smallest gains needed within the window: no frame comes out above CEILING, and the gain
    moves no faster than from 1 to what is needed in AHEAD frames.
    """
    delayed, needed, gains, memory = limiter
    channels = sound.shape[1]
    for frame in range(count):
        place = int(memory[2])
        loudest = 0.0
        for channel in range(channels):
            loudest = max(loudest, abs(sound[frame, channel]))
        needed[place] = CEILING / loudest if loudest > CEILING else 1.0
        memory[3] = 0.0 if loudest > CEILING else memory[3] + 1.0
        least = 1.0
        if memory[3] < AHEAD:
            for other in range(AHEAD):
                least = min(least, needed[other])
        memory[0] = min(least, memory[0] + (1.0 - memory[0]) * memory[4])
        memory[1] += memory[0] - gains[place]
        gains[place] = memory[0]
        last = (place + 1) % AHEAD
        for channel in range(channels):
            delayed[place, channel] = sound[frame, channel]
            sound[frame, channel] = delayed[last, channel] * (memory[1] / AHEAD)
        memory[2] = last
