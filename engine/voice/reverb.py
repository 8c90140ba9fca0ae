"""A room around the voice: a feedback delay network (Jot and Chaigne 1991) with a Hadamard matrix."""

from typing import NamedTuple

import numpy as np

from models.compiled import compiled
from models.wavenet import RATE

LENGTHS = np.array([719, 887, 1009, 1153, 1301, 1481, 1637, 1811])  # samples, 30 to 75 ms, without a common divisor
SIZE = 2048  # samples a line can hold, a power of two
DAMPING = 0.35  # of the high frequencies at each turn, as walls do
LEVEL = 0.5  # of what comes back, so that an amount of 1 is about as loud as the voice


class Reverb(NamedTuple):
    """State of a room: the delay lines, what the damping remembers of each, a place, and the amount as it is now."""

    lines: np.ndarray  # (8, SIZE) float32
    damped: np.ndarray  # (8,)
    place: np.ndarray  # (1,) int64
    amount: np.ndarray  # (1,)


def reverb() -> Reverb:
    return Reverb(np.zeros((len(LENGTHS), SIZE), np.float32), np.zeros(len(LENGTHS)), np.zeros(1, np.int64),
                  np.zeros(1))


@compiled
def reverberate(sound, start, room, amount, seconds):
    """Add the room to sound (channels, n) from `start` on. amount 0 is none; seconds until it has faded by 60 dB.

    Each channel speaks into every line and hears those of its own number, counted round: no two hear the same room.
    """
    lines, damped, channels = room.lines, room.damped, sound.shape[0]
    count = len(LENGTHS)
    gains, out = np.empty(count), np.empty(count)
    for line in range(count):
        gains[line] = 10.0 ** (-3.0 * LENGTHS[line] / (RATE * seconds))
    for at in range(start, sound.shape[1]):
        place = room.place[0]
        room.amount[0] += (amount - room.amount[0]) * 0.002  # 20 ms
        total = 0.0
        for channel in range(channels):
            total += sound[channel, at]
        for line in range(count):
            heard = lines[line, (place - LENGTHS[line]) & (SIZE - 1)] * gains[line]
            damped[line] += (1.0 - DAMPING) * (heard - damped[line])
            out[line] = damped[line]
        for channel in range(channels):
            back = 0.0
            for line in range(channel % count, count, channels):
                back += out[line] if line // channels % 2 == 0 else -out[line]
            sound[channel, at] += LEVEL * room.amount[0] * back
        half = 1
        while half < count:  # the Hadamard matrix, in place
            for first in range(0, count, 2 * half):
                for line in range(first, first + half):
                    one, other = out[line], out[line + half]
                    out[line], out[line + half] = one + other, one - other
            half *= 2
        for line in range(count):
            lines[line, place & (SIZE - 1)] = total + out[line] / np.sqrt(np.float64(count))
        room.place[0] = place + 1
