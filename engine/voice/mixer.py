"""From lanes at the voice's rate to one clean signal at the device's: summed, freed of drift, resampled, limited."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from models.fast import Machine, render
from models.wavenet import RATE

BLOCK = 128  # samples at RATE made at once
TAPS, PHASES = 32, 256  # of the resampler; as in VOICE: windowed sinc, phases interpolated
DRIFT = 1 - 2 * math.pi * 10 / RATE  # a DC blocker at 10 Hz
KNEE = 0.5  # level up to which the limiter leaves everything as it is


class Mixer(NamedTuple):
    """State of one mix: memory holds the DC blocker's last input and output, the read position, and the step."""

    lanes: np.ndarray  # (lanes, BLOCK) float32
    recent: np.ndarray  # (TAPS + BLOCK,) float32 at RATE
    memory: np.ndarray  # (4,) float64
    table: np.ndarray  # (PHASES + 1, TAPS) float32
    volume: np.ndarray  # (1,) float64
    out: np.ndarray  # float32, as much as a block can become


def mixer(lanes: int, rate: float, volume: float = 1.0) -> Mixer:
    """A mix of so many lanes for a device of this rate in Hz."""
    longest = math.ceil(BLOCK * rate / RATE) + 1
    return Mixer(np.zeros((lanes, BLOCK), np.float32), np.zeros(TAPS + BLOCK, np.float32),
                 np.array([0.0, 0.0, 0.0, RATE / rate]), sinc(min(1.0, rate / RATE)), np.array([volume]),
                 np.zeros(longest, np.float32))


def sinc(band: float) -> np.ndarray:
    """Windowed sincs (Kaiser, beta 9) for each phase, of unit sum; band: the share of RATE's band to keep."""
    cutoff = 0.94 * band
    place = np.arange(TAPS) - (TAPS / 2 - 1) - np.arange(PHASES + 1)[:, None] / PHASES
    window = np.i0(9 * np.sqrt(np.clip(1 - (place / (TAPS / 2)) ** 2, 0, 1))) / np.i0(9)
    table = np.sinc(cutoff * place) * window
    return (table / table.sum(1, keepdims=True)).astype(np.float32)


@njit(nogil=True, cache=True)
def limit(x):
    """Soft limiting: transparent up to KNEE, then bent so that it stays below 1."""
    over = abs(x) - KNEE
    return x if over <= 0 else math.copysign(KNEE + (1 - KNEE) * math.tanh(over / (1 - KNEE)), x)


@njit(nogil=True, cache=True)
def mix(machine: Machine, targets, mixer: Mixer) -> int:
    """Make one BLOCK of all lanes; the result lies in mixer.out, its length at the device's rate is returned."""
    render(machine, targets, mixer.lanes)
    recent, memory = mixer.recent, mixer.memory
    recent[:TAPS] = recent[BLOCK:]
    for i in range(BLOCK):
        total = 0.0
        for lane in range(mixer.lanes.shape[0]):
            total += mixer.lanes[lane, i]
        memory[1] = total - memory[0] + DRIFT * memory[1]
        memory[0] = total
        recent[TAPS + i] = mixer.volume[0] * memory[1]
    count, place, step = 0, memory[2], memory[3]
    while place < BLOCK:
        first = int(place)
        phase = (place - first) * PHASES
        row = int(phase)
        part = phase - row
        value = 0.0
        for tap in range(TAPS):
            value += recent[first + 1 + tap] * (mixer.table[row, tap] * (1 - part) + mixer.table[row + 1, tap] * part)
        mixer.out[count] = limit(value)
        count += 1
        place += step
    memory[2] = place - BLOCK
    return count
