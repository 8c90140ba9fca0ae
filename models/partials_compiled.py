"""The tone compiled: amplitudes from the controls every HOP, and the sum of the partials from the phase.

Each partial is a turning pair of sine and cosine, set anew at every HOP, so that nothing adds up over the weeks.
"""

import math
from typing import NamedTuple

import numpy as np
import torch.nn.functional as F

from models.compiled import compiled
from models.partials import BANDS, BEND, EDGE, FAINT, HIGHEST, NUMBERS, PARTIALS, SINK, TAPER
from models.randoms import roughly_normal
from models.simd import WIDE, powers, product
from models.voice import CLEAR, Voice
from models.wavenet import CONTROLS, HOP, MIDDLE, RATE, REACH
from models.wavenet_compiled import aligned, arena, row_between

OUTPUTS = 128  # a row of the last layer: bands, numbers, noise, and room
TURN = 8  # hops after which a partial's own wander is drawn anew
SLOWNESS = 0.1  # seconds, twice: how slowly a note wanders
KEEP, FOLLOW = math.exp(-TURN * HOP / RATE / SLOWNESS), 1 - math.exp(-HOP / RATE / SLOWNESS)
DRAWN = math.sqrt(2 * (1 - KEEP * KEEP))  # so that what follows has a spread of about 1
DECIBEL = np.float32(math.log(10) / 20)
LEVEL, STRONG, WEAK, CENTS, NOISE = range(5)  # of what wanders
AT_LEVEL, AT_CENTS, AT_NOISE = PARTIALS, PARTIALS + 8, PARTIALS + 16
WANDERING = PARTIALS + 24
TOLD = len(CONTROLS) - 1


class Tone(NamedTuple):
    """Weights, and of each lane what sounds and wanders."""

    places: np.ndarray  # where each part of the weights begins
    weights: np.ndarray
    turns: np.ndarray  # (2, PARTIALS) cosine and sine of each partial's phase against the string's
    wander: np.ndarray  # (5,) as in models.voice.WANDER
    random: np.ndarray  # (lanes + 1,) uint64
    count: np.ndarray  # (lanes + 1,) partials that sound
    peaks: np.ndarray  # (lanes + 1, PARTIALS) amplitudes now, and what they grow by in a sample
    steps: np.ndarray
    sines: np.ndarray  # (lanes + 1, PARTIALS) and cosines, of the next sample
    cosines: np.ndarray
    turning: np.ndarray  # (lanes + 1, 2, PARTIALS) cosine and sine of a sample's turn
    drawn: np.ndarray  # (lanes + 1, WANDERING) what is drawn, and what follows it slowly
    wandered: np.ndarray
    work: np.ndarray  # flat, scratch


INSTRUMENTS, LISTEN, LISTEN_BIAS, MIX, MIX_BIAS, OUT, OUT_BIAS = range(7)


def tone(network: Voice, lanes: int, random: np.ndarray) -> Tone:
    """The partials ready for so many lanes, in silence."""
    partials, wide, rows = network.partials, (0, OUTPUTS - BANDS - NUMBERS - 1), lanes + 1
    weights, places = arena([
        [partials.instrument.weight], [partials.listen.weight.T], [partials.listen.bias], [partials.mix.weight.T],
        [partials.mix.bias], [F.pad(partials.out.weight.T, wide)], [F.pad(partials.out.bias, wide)]])
    angles = 2 * np.pi * network.turns.double().numpy()
    sounding = [np.zeros((rows, PARTIALS), np.float32) for _ in range(4)]
    return Tone(places, weights, np.stack((np.cos(angles), np.sin(angles))), network.wander.double().numpy().copy(),
                random, np.zeros(rows, np.int64), *sounding, np.zeros((rows, 2, PARTIALS), np.float32),
                np.zeros((rows, WANDERING), np.float32), np.zeros((rows, WANDERING), np.float32),
                aligned(np.zeros(16 + 2 * network.partials.mix.in_features + OUTPUTS + PARTIALS, np.float32)))


@compiled
def roam(tone, lane, hop):
    """Let a lane wander on by one HOP: of every TURN partials one is drawn anew, all follow slowly."""
    for place in range(hop % TURN, WANDERING, TURN):
        tone.drawn[lane, place] = KEEP * tone.drawn[lane, place] + DRAWN * roughly_normal(tone.random, lane)
    for place in range(WANDERING):
        tone.wandered[lane, place] += np.float32(FOLLOW) * (tone.drawn[lane, place] - tone.wandered[lane, place])


@compiled(fastmath=True)
def envelope(tone, controls, instrument):
    """Where in work the outputs of the two layers stand, for controls (12,) and an instrument that may lie between two:
    bands, numbers, noise."""
    weights, places, work = tone.weights, tone.places, tone.work
    hidden = (work.size - 16 - OUTPUTS - PARTIALS) // 2
    work[0] = (controls[0] - 12 * controls[4] - MIDDLE) / REACH
    for column in range(1, TOLD):
        work[column] = controls[column if column < 4 else column + 1]
    first, second, out = 16, 16 + hidden, 16 + 2 * hidden
    instruments = (places[LISTEN] - places[INSTRUMENTS]) // hidden
    for i in range(hidden):
        work[first + i] = weights[places[LISTEN_BIAS] + i] + row_between(
            weights, places[INSTRUMENTS], hidden, instruments, instrument, i)
        work[second + i] = weights[places[MIX_BIAS] + i]
    product(1, weights, places[LISTEN], hidden, work, 0, 0, TOLD, work, first, 0)
    for i in range(hidden):
        work[first + i] = math.tanh(work[first + i])
    product(1, weights, places[MIX], hidden, work, first, 0, hidden, work, second, 0)
    for i in range(hidden):
        work[second + i] = math.tanh(work[second + i])
    for i in range(OUTPUTS):
        work[out + i] = weights[places[OUT_BIAS] + i]
    product(1, weights, places[OUT], OUTPUTS, work, second, 0, hidden, work, out, 0)
    return out


@compiled(fastmath=True)
def aim(tone, lane, controls, instrument, turn, phase, restless, rasping):
    """Work out where a lane's amplitudes are going in the next HOP, and turn all partials to the phase of its first
    sample; the level of the noise in decibels. turn: cycles a sample; restless: times the wander of the recordings;
    rasping: decibels of noise beyond what was learned."""
    work, wander = tone.work, tone.wander
    out = envelope(tone, controls, instrument)
    aims = out + OUTPUTS
    first = turn * RATE  # Hz
    body = first * 2.0 ** -controls[4]
    count = min(PARTIALS, int(HIGHEST / first))
    shared = wander[LEVEL] * tone.wandered[lane, AT_LEVEL]
    for n in range(count):
        place = min(EDGE * math.log1p(body * (n + 1) / BEND), BANDS - 1.001)
        left = int(place)
        strength = work[out + left] + (place - left) * (work[out + left + 1] - work[out + left])
        if n < NUMBERS:
            strength += work[out + BANDS + n]
        strength -= SINK * max(FAINT - strength, 0.0)
        weak = min(max(-strength / 60.0, 0.0), 1.0)
        own = (wander[STRONG] + weak * (wander[WEAK] - wander[STRONG])) * tone.wandered[lane, n]
        work[aims + n] = strength + shared + restless * own
    for n in range(0, count, WIDE):
        powers(work, aims + n, DECIBEL)
    last = max(count, tone.count[lane])
    tone.count[lane] = count
    for n in range(count, last):
        tone.peaks[lane, n] = 0.0
    total = 1e-10
    for n in range(count):
        work[aims + n] *= np.float32(math.sqrt(2.0) * min((HIGHEST - (n + 1) * first) / TAPER, 1.0))
        total += 0.5 * work[aims + n] * work[aims + n]
    level = work[out + BANDS + NUMBERS] + shared + wander[NOISE] * tone.wandered[lane, AT_NOISE]
    most = 10.0 * math.log10(total) - CLEAR
    lift = 1.0
    if level > most:  # an instrument of noises: as loud as it was, and the pitch is heard
        lift = math.sqrt((total + 10.0 ** (level / 10.0)) / (total + 10.0 ** (most / 10.0)))
    for n in range(count):
        tone.steps[lane, n] = (np.float32(lift) * work[aims + n] - tone.peaks[lane, n]) / HOP
    angle = 2 * math.pi * phase
    cosine, sine, c, s = math.cos(angle), math.sin(angle), 1.0, 0.0
    angle = 2 * math.pi * turn
    turn_c, turn_s, a, b = math.cos(angle), math.sin(angle), 1.0, 0.0
    for n in range(count):
        c, s = c * cosine - s * sine, c * sine + s * cosine
        a, b = a * turn_c - b * turn_s, a * turn_s + b * turn_c
        tone.cosines[lane, n] = c * tone.turns[0, n] - s * tone.turns[1, n]
        tone.sines[lane, n] = c * tone.turns[1, n] + s * tone.turns[0, n]
        tone.turning[lane, 0, n], tone.turning[lane, 1, n] = a, b
    return min(level + rasping, most) + 20.0 * math.log10(lift)


@compiled(fastmath=True)
def play(tone, lane, out):
    """Write the next samples of a lane's tone, at most to the end of the HOP."""
    count = tone.count[lane]
    peaks, steps = tone.peaks[lane, :count], tone.steps[lane, :count]
    sines, cosines = tone.sines[lane, :count], tone.cosines[lane, :count]
    by_cosine, by_sine = tone.turning[lane, 0, :count], tone.turning[lane, 1, :count]
    for i in range(out.size):
        total = np.float32(0)
        for n in range(count):
            total += peaks[n] * sines[n]
            peaks[n] += steps[n]
            sine = sines[n] * by_cosine[n] + cosines[n] * by_sine[n]
            cosines[n] = cosines[n] * by_cosine[n] - sines[n] * by_sine[n]
            sines[n] = sine
        out[i] = total


@compiled
def rest(tone, lane):
    """Silence: the next note begins from nothing."""
    tone.peaks[lane, :] = 0.0
    tone.count[lane] = 0
