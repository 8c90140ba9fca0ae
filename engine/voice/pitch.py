"""The pitch of a sung or played tone, as it comes: YIN (de Cheveigné and Kawahara 2002), compiled."""

import numpy as np

from models.compiled import compiled

LOWEST, HIGHEST = 70.0, 1000.0  # Hz that are looked for
NEAR, VOICED = 0.07, 0.35  # aperiodicity: beside the least, that a shorter period may have; and at most, of a tone
BEGUN = 0.05  # share of the power of the newer half that the older half has, once a tone fills both


def lags(rate: float) -> tuple[int, int]:
    """The shortest and the longest period in samples."""
    return int(rate / HIGHEST), int(rate / LOWEST) + 1


@compiled(fastmath=True)
def period(x, least, most, apart):
    """The period in samples of the tone in x (2 * most + 1 of them), 0 where there is none.

    apart (most + 2,) is scratch: the cumulative mean normalized difference over two of the longest periods. The first
    dip about as deep as the deepest counts, so that neither a multiple of the period nor a strong harmonic does (as in
    McLeod and Wyvill 2005).
    """
    older, newer, total = np.float32(0), np.float32(0), 0.0
    apart[most + 1] = np.inf
    for i in range(most):
        older += x[i] * x[i]
        newer += x[i + most] * x[i + most]
    if older < BEGUN * newer:
        return 0.0
    for lag in range(1, most + 1):
        difference = np.float32(0)
        for i in range(most):
            step = x[i] - x[i + lag]
            difference += step * step
        total += difference
        apart[lag] = difference * lag / (total + 1e-12)
    deepest = apart[least:most].min()
    best = least
    while apart[best] > deepest + NEAR or apart[best + 1] < apart[best]:
        best += 1
    if apart[best] > VOICED or best <= 1 or best >= most:
        return 0.0
    before, here, after = apart[best - 1], apart[best], apart[best + 1]
    bend = before - 2.0 * here + after
    return best + (0.5 * (before - after) / bend if bend > 0.0 else 0.0)
