"""From lanes at the voice's rate to the device's channels: placed, summed, freed of drift, given a room, limited."""

import math
from typing import NamedTuple

import numpy as np

from engine.voice.levels import LEVELS
from engine.voice.limiter import Limiter, limit, limiter
from engine.voice.places import LINE, ring_of
from engine.voice.resampler import TAPS, resample, sinc
from engine.voice.reverb import Reverb, reverb, reverberate
from models.compiled import compiled
from models.generator import Machine, render
from models.wavenet import RATE

BLOCK = 64  # samples at RATE made at once: what a shorter one costs more, a longer one is late by
DRIFT = 1 - 2 * math.pi * 10 / RATE  # a DC blocker at 10 Hz
MOVE = 1 - math.exp(-BLOCK / RATE / 0.015)  # of the way to a new place in a block: 15 ms
TURN = 1 - math.exp(-1 / RATE / 0.01)  # of the way to a new volume in a sample: 10 ms
FALL = math.exp(-BLOCK / RATE / 0.3)  # of a lane's meter in a block
VOLUME, REVERB, DECAY = range(3)
AT_FIRST = [param.default for param in LEVELS.values()]


class Console(NamedTuple):
    """What is turned while the mix plays, and what it shows; it outlives the mixes of devices that come and go."""

    places: np.ndarray  # (lanes, 2) float32, x and y as engine.voice.places has them
    levels: np.ndarray  # (3,) volume, amount of reverb, seconds it lasts
    meter: np.ndarray  # (lanes,) float32, each lane's peak, falling slowly


def console(lanes: int, volume: float = AT_FIRST[VOLUME], reverb: float = AT_FIRST[REVERB],
            decay: float = AT_FIRST[DECAY]) -> Console:
    """Everybody in the middle."""
    return Console(np.tile(np.float32((0.5, LINE)), (lanes, 1)), np.array([volume, reverb, decay]),
                   np.zeros(lanes, np.float32))


class Mixer(NamedTuple):
    """State of one mix for a device."""

    lanes: np.ndarray  # (lanes, BLOCK) float32
    ring: np.ndarray  # (2, channels) the loudspeakers, as engine.voice.places has them
    gains: np.ndarray  # (lanes, channels) as they are now
    volume: np.ndarray  # (1,) as it is now
    drift: np.ndarray  # (channels, 2) the DC blocker's last input and output
    recent: np.ndarray  # (channels, TAPS + BLOCK) float32 at RATE
    clock: np.ndarray  # (2,) of the resampler
    table: np.ndarray  # (PHASES + 1, TAPS) float32
    room: Reverb
    limiter: Limiter
    out: np.ndarray  # (as much as a block can become, channels) float32


def mixer(lanes: int, rate: float, channels: int = 1, ring: tuple[float, ...] = ()) -> Mixer:
    """A mix of so many lanes for a device of this rate in Hz and so many channels, in a ring at these degrees."""
    longest = math.ceil(BLOCK * rate / RATE) + 1
    return Mixer(np.zeros((lanes, BLOCK), np.float32), ring_of(channels, ring), np.zeros((lanes, channels)),
                 np.zeros(1), np.zeros((channels, 2)), np.zeros((channels, TAPS + BLOCK), np.float32),
                 np.array([0.0, RATE / rate]), sinc(min(1.0, rate / RATE)), reverb(), limiter(channels, rate),
                 np.zeros((longest, channels), np.float32))


@compiled
def gains_at(x, y, ring, gains):
    """Fill gains (channels,) for a place: x 0..1 on the line, or x, y 0..1 in the picture; its middle is the ring's."""
    channels = gains.size
    gains[:] = 0.0
    if y < 0.0 or ring.shape[1] == 0:
        for channel in range(channels):
            distance = abs(min(max(x, 0.0), 1.0) * (channels - 1) - channel)
            if distance < 1.0:
                gains[channel] = math.cos(distance * math.pi / 2)
        return
    right, up = 2.0 * x - 1.0, 1.0 - 2.0 * y
    angle = math.atan2(right, up) % (2 * math.pi)
    after = 0
    while after < channels and ring[0, after] <= angle:
        after += 1
    before = (after - 1) % channels
    after %= channels
    one = math.sin((ring[0, after] - angle) % (2 * math.pi))
    other = math.sin((angle - ring[0, before]) % (2 * math.pi))
    out = min(math.hypot(right, up), 1.0)
    near = out / (one * one + other * other)
    gains[int(ring[1, before])] = near * one * one
    gains[int(ring[1, after])] = near * other * other
    for channel in range(channels):
        gains[channel] = math.sqrt(gains[channel] + (1.0 - out) / channels)


@compiled
def mix(machine: Machine, targets, console: Console, mixer: Mixer) -> int:
    """Make one BLOCK of all lanes; the result lies in mixer.out, its length at the device's rate is returned."""
    render(machine, targets, mixer.lanes)
    return mixdown(console, mixer)


@compiled
def mixdown(console: Console, mixer: Mixer) -> int:
    """As mix, of the block that lies in mixer.lanes."""
    lanes, recent = mixer.lanes, mixer.recent
    channels = recent.shape[0]
    gains = np.empty(channels)
    for channel in range(channels):
        recent[channel, :TAPS] = recent[channel, BLOCK:]
        recent[channel, TAPS:] = 0
    for lane in range(lanes.shape[0]):
        loudest = np.float32(0)
        for i in range(BLOCK):
            loudest = max(loudest, abs(lanes[lane, i]))
        resting = mixer.gains[lane].sum() == 0.0 or console.meter[lane] < 1e-4
        console.meter[lane] = max(loudest, console.meter[lane] * np.float32(FALL))
        gains_at(console.places[lane, 0], console.places[lane, 1], mixer.ring, gains)
        for channel in range(channels):
            before, wanted = mixer.gains[lane, channel], gains[channel]
            after = wanted if resting else before + MOVE * (wanted - before)
            before = after if resting else before  # nothing sounds: it begins where it is
            mixer.gains[lane, channel] = after
            for i in range(BLOCK):
                recent[channel, TAPS + i] += lanes[lane, i] * np.float32(before + (after - before) * i / BLOCK)
    turned = mixer.volume[0]
    for channel in range(channels):
        turned, drift = mixer.volume[0], mixer.drift[channel]
        for i in range(TAPS, TAPS + BLOCK):
            drift[1] = recent[channel, i] - drift[0] + DRIFT * drift[1]
            drift[0] = recent[channel, i]
            turned += TURN * (console.levels[VOLUME] - turned)
            recent[channel, i] = turned * drift[1]
    mixer.volume[0] = turned
    reverberate(recent, TAPS, mixer.room, console.levels[REVERB], console.levels[DECAY])
    count = resample(recent, mixer.table, mixer.clock, mixer.out)
    limit(mixer.out, count, mixer.limiter)
    return count
