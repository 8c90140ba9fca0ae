"""From the voice's rate to the device's: a windowed sinc at any ratio (Smith and Gossett 1984), block by block."""

import numpy as np

from models.compiled import compiled

TAPS, PHASES = 32, 256  # phases are interpolated between


def sinc(band: float) -> np.ndarray:
    """Windowed sincs (Kaiser, beta 9) for each phase, of unit sum, (PHASES + 1, TAPS); band is the share to keep."""
    cutoff = 0.94 * band
    place = np.arange(TAPS) - (TAPS / 2 - 1) - np.arange(PHASES + 1)[:, None] / PHASES
    window = np.i0(9 * np.sqrt(np.clip(1 - (place / (TAPS / 2)) ** 2, 0, 1))) / np.i0(9)
    table = np.sinc(cutoff * place) * window
    return (table / table.sum(1, keepdims=True)).astype(np.float32)


@compiled
def resample(recent, table, clock, out):
    """Resample a block into out (n, channels); how many frames that made is returned.

    recent (channels, TAPS + block) ends with the block and begins with the last TAPS samples before it; clock holds the
    read position within the block and the step, in samples, and keeps the position for the next block.
    """
    count, place, step = 0, clock[0], clock[1]
    while place < recent.shape[1] - TAPS:
        first = int(place)
        phase = (place - first) * PHASES
        row = int(phase)
        part = phase - row
        for channel in range(recent.shape[0]):
            value = 0.0
            for tap in range(TAPS):
                value += recent[channel, first + 1 + tap] * (table[row, tap] * (1 - part) + table[row + 1, tap] * part)
            out[count, channel] = value
        count += 1
        place += step
    clock[0] = place - (recent.shape[1] - TAPS)
    return count
