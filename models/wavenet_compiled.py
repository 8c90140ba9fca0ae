"""The noise compiled: one sample of one lane or of GROUP lanes at once, with each layer's past in a ring buffer.

(Fast WaveNet, Le Paine et al. 2016.) Weights lie once in one row in the order of use, lanes share them.
"""

import math
from typing import NamedTuple

import numpy as np
import torch.nn.functional as F

from models.compiled import compiled
from models.randoms import normal
from models.simd import WIDE, add, copy, gate, product, rectify
from models.wavenet import CONTROLS, HARMONICS, LIMIT, MIDDLE, REACH, SHARPEST, WIDEST, Wavenet

GROUP = 4  # lanes that are worked on at once
OUTPUTS = 16  # a row of the last layer, of which two are used
TOLD = len(CONTROLS)


class Noise(NamedTuple):
    """Sizes, weights, and what is remembered of each lane. The last lane is nobody's: it fills up a group."""

    sizes: np.ndarray  # residual, skip, layers, hidden
    places: np.ndarray  # where each part of the weights begins, in the order of parts()
    dilations: np.ndarray
    weights: np.ndarray
    heard: np.ndarray  # (lanes + 1,) the last sample, pre-emphasised
    rings: np.ndarray  # flat (lanes + 1, sum of dilations * residual)
    steer: np.ndarray  # flat (lanes + 1, layers * 2 * residual), what the controls add to the gates
    random: np.ndarray  # (lanes + 1,) uint64
    work: np.ndarray  # flat, scratch for a group


HEARD, HEARD_BIAS, INSTRUMENTS, LISTEN, LISTEN_BIAS, STEER, STEER_BIAS, GATES, RESIDUAL, RESIDUAL_BIAS, SKIP, \
    SKIP_BIAS, OUT, OUT_BIAS = range(14)


def parts(network: Wavenet) -> list[list]:
    """The weights in the order of the places above, as (inputs, outputs), those of all layers together."""
    wide = (0, OUTPUTS - 2)
    return [[network.heard.weight], [network.heard.bias], [network.instrument.weight], [network.listen.weight.T],
            [network.listen.bias], [each.weight.T for each in network.steer], [each.bias for each in network.steer],
            [each.weight.T for each in network.gates], [each.weight.T for each in network.residuals],
            [each.bias for each in network.residuals], [network.skips.weight.T], [network.skips.bias],
            [F.pad(network.out.weight.T, wide)], [F.pad(network.out.bias, wide)]]


def arena(parts: list[list]) -> tuple[np.ndarray, np.ndarray]:
    """All parts in one row, and where each begins."""
    rows = [np.concatenate([one.detach().float().cpu().numpy().ravel() for one in part]) for part in parts]
    return aligned(np.concatenate(rows)), np.cumsum([0, *(row.size for row in rows)])[:-1].astype(np.int64)


def aligned(values: np.ndarray) -> np.ndarray:
    """A copy that begins on a cache line."""
    room = np.zeros(values.size + 16, np.float32)
    start = -room.ctypes.data % 64 // 4
    room[start:start + values.size] = values
    return room[start:start + values.size]


def noise(network: Wavenet, lanes: int, seeds: np.ndarray) -> Noise:
    """The network ready for so many lanes, in silence."""
    weights, places = arena(parts(network))
    residual, skip, layers = network.residual, network.skip, len(network.dilations)
    rows, hidden = lanes + 1, network.listen.out_features
    scratch = GROUP * ((layers + 4) * residual + skip + OUTPUTS + 2 * len(HARMONICS)) + hidden
    return Noise(np.array([residual, skip, layers, hidden]), places, np.array(network.dilations), weights,
                 np.zeros(rows, np.float32), np.zeros(rows * sum(network.dilations) * residual, np.float32),
                 np.zeros(rows * layers * 2 * residual, np.float32), seeds, aligned(np.zeros(scratch, np.float32)))


@compiled
def forget(noise, lane):
    """Silence before the next sample of a lane."""
    ring = noise.rings.size // noise.heard.size
    noise.rings[lane * ring:(lane + 1) * ring] = 0.0
    noise.heard[lane] = 0.0


@compiled
def row_between(weights, at, width, count, instrument, column):
    """What a table weights[at:] (count, width) holds in a column for an instrument that may lie between two rows."""
    one = int(instrument)
    low, high = weights[at + one * width + column], weights[at + min(one + 1, count - 1) * width + column]
    return low + np.float32(instrument - one) * (high - low)


@compiled(fastmath=True)
def steer(noise, lane, controls, instrument):
    """Work out what a lane's controls (12,) add to the gates of every layer; an instrument may lie between two."""
    residual, hidden, layers = noise.sizes[0], noise.sizes[3], noise.sizes[2]
    weights, places, wish = noise.weights, noise.places, noise.work
    instruments = (places[LISTEN] - places[INSTRUMENTS]) // hidden
    for column in range(hidden):
        total = weights[places[LISTEN_BIAS] + column] + row_between(
            weights, places[INSTRUMENTS], hidden, instruments, instrument, column)
        for row in range(TOLD):
            value = (controls[0] - MIDDLE) / REACH if row == 0 else controls[row]
            total += np.float32(value) * weights[places[LISTEN] + row * hidden + column]
        wish[column] = math.tanh(total)
    width = 2 * residual
    for layer in range(layers):
        at = (lane * layers + layer) * width
        begin = places[STEER_BIAS] + layer * width
        noise.steer[at:at + width] = weights[begin:begin + width]
        product(1, weights, places[STEER] + layer * hidden * width, width, wish, 0, 0, hidden, noise.steer, at, 0)


@compiled(fastmath=True)
def sample(noise, lanes, group, phases, counter, temperature):
    """One sample of each lane in the group (one or GROUP of them), left in heard; phases (group,) in cycles.

    Returns where in work mean and spread of the first lane stand, OUTPUTS after it those of the next.
    """
    residual, skip, layers = noise.sizes[0], noise.sizes[1], noise.sizes[2]
    weights, places, rings, work = noise.weights, noise.places, noise.rings, noise.work
    width, ring, told = 2 * residual, rings.size // noise.heard.size, 2 * residual + 8
    # scratch, for each lane: what a layer is told (its past, its present, the waves), its sums, what left the gates
    # of all layers, the deep layer, the outputs
    sums_at = GROUP * told
    gated_at = sums_at + GROUP * width
    tall = layers * residual
    deep_at = gated_at + GROUP * tall
    out_at = deep_at + GROUP * skip
    for slot in range(group):
        lane = lanes[slot]
        heard = noise.heard[lane]
        for i in range(residual):
            work[slot * told + residual + i] = (
                weights[places[HEARD_BIAS] + i] + heard * weights[places[HEARD] + i])
        for i in range(0, skip, WIDE):
            copy(weights, places[SKIP_BIAS] + i, work, deep_at + slot * skip + i)
        for i in range(0, OUTPUTS, WIDE):
            copy(weights, places[OUT_BIAS] + i, work, out_at + slot * OUTPUTS + i)
        angle = 2 * math.pi * phases[slot]
        sine, cosine, at = math.sin(angle), math.cos(angle), slot * told + width
        for number in range(4):  # each of HARMONICS is twice the one before
            work[at + number], work[at + 4 + number] = sine, cosine
            sine, cosine = 2 * sine * cosine, 1 - 2 * sine * sine
    before = 0
    for layer in range(layers):
        past = before + (counter & (noise.dilations[layer] - 1)) * residual
        before += noise.dilations[layer] * residual
        for slot in range(group):
            old, steer = lanes[slot] * ring + past, (lanes[slot] * layers + layer) * width
            for i in range(0, residual, WIDE):
                copy(rings, old + i, work, slot * told + i)
                copy(work, slot * told + residual + i, rings, old + i)
            for i in range(0, width, WIDE):
                copy(noise.steer, steer + i, work, sums_at + slot * width + i)
        product(group, weights, places[GATES] + layer * told * width, width, work, 0, told, told, work, sums_at, width)
        for slot in range(group):
            sums = sums_at + slot * width
            for i in range(0, residual, WIDE):
                gate(work, sums + i, work, sums + residual + i, work, gated_at + slot * tall + layer * residual + i)
        if layer < layers - 1:
            for slot in range(group):
                for i in range(0, residual, WIDE):
                    add(weights, places[RESIDUAL_BIAS] + layer * residual + i, work, slot * told + residual + i)
            product(group, weights, places[RESIDUAL] + layer * residual * residual, residual, work,
                    gated_at + layer * residual, tall, residual, work, residual, told)
    product(group, weights, places[SKIP], skip, work, gated_at, tall, tall, work, deep_at, skip)
    for i in range(0, group * skip, WIDE):
        rectify(work, deep_at + i)
    product(group, weights, places[OUT], OUTPUTS, work, deep_at, skip, skip, work, out_at, OUTPUTS)
    for slot in range(group):
        mean = work[out_at + slot * OUTPUTS]
        spread = math.exp(min(max(work[out_at + slot * OUTPUTS + 1], SHARPEST), WIDEST))
        drawn = mean + temperature * spread * normal(noise.random, lanes[slot])
        noise.heard[lanes[slot]] = min(max(drawn, -LIMIT), LIMIT)
    return out_at
