"""Random numbers for compiled loops: every lane has its own, so that its neighbours do not change what it plays."""

import math

import numpy as np

from models.compiled import compiled

STEP = np.uint64(0x2545F4914F6CDD1D)


@compiled
def bits_of(random, lane):
    """64 random bits (xorshift64*, Marsaglia 2003, Vigna 2016); random (lanes,) uint64, none of them 0."""
    bits = random[lane]
    bits ^= bits >> np.uint64(12)
    bits ^= bits << np.uint64(25)
    bits ^= bits >> np.uint64(27)
    random[lane] = bits
    return bits * STEP


@compiled
def normal(random, lane):
    """A number from the normal distribution (Box and Muller 1958)."""
    bits = bits_of(random, lane)
    one = ((bits >> np.uint64(40)) + 1.0) / 16777216.0
    other = (bits >> np.uint64(8) & np.uint64(0xFFFFFF)) / 16777216.0
    return math.sqrt(-2.0 * math.log(one)) * math.cos(2.0 * math.pi * other)


@compiled
def roughly_normal(random, lane):
    """Close to normal, within 3.5 (the sum of four even ones), and quick."""
    bits = bits_of(random, lane)
    total = 0.0
    for place in range(4):
        total += float(bits >> np.uint64(16 * place) & np.uint64(0xFFFF))
    return (total / 65535.0 - 2.0) * math.sqrt(3.0)
