"""The voice compiled: one call makes any number of samples for all lanes, and asks nobody while it does.

Ring buffers remember each layer's past (fast WaveNet, Le Paine et al. 2016), weights lie once in one arena in the
order of use, lanes share them. What a lane should do stands in TARGETS; every HOP samples it moves towards that.
"""

import math
import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numba import njit

from models.vector import WIDE, add, chances, copy, gate, product, rectify
from models.wavenet import DRIVE, EMPHASIS, HARMONICS, HOP, LEVELS, MIDDLE, ONSET, RANGE, RATE, REACH, Wavenet, expand

TARGETS = ("pitch", "loudness", "brightness", "roughness", "size", "gate", "instrument", "take")
PITCH, LOUDNESS, BRIGHTNESS, ROUGHNESS, SIZE, GATE, INSTRUMENT, TAKE = range(8)
SPAN = 0.4  # how far from dull to bright, in the network's own measure, around what is natural at a pitch
SILENT = 1e-5  # a gain below it with the gate closed is silence: the lane rests
GLIDE, RISE, FALL, LEAVE = (1 - math.exp(-HOP / RATE / seconds) for seconds in (0.006, 0.004, 0.045, 0.0012))
TRIAL = 4000  # samples that tell how fast a machine is
GROUP = 4  # lanes that are worked on at once
# A lane's state: smoothed targets, then these.
GAIN, STEP, PHASE, TURN, SINCE, SERIAL, OPEN, WAVE, ACTIVE = range(8, 17)
RANDOM_STEP = np.uint64(0x2545F4914F6CDD1D)


class Machine(NamedTuple):
    """All that render needs: sizes and where each part of the arena begins, weights, and the state of each lane.

    The last lane of the state is nobody's: it fills up a group of lanes.
    """

    sizes: np.ndarray  # residual, skip, layers, hidden, lanes
    places: np.ndarray  # of the parts of weights, in the order of arena()
    dilations: np.ndarray
    weights: np.ndarray
    levels: np.ndarray  # (256,) what a class stands for
    temperature: np.ndarray  # (1,)
    natural: np.ndarray  # (2,) the brightness that the recordings have at MIDDLE, and its rise a semitone
    counter: np.ndarray  # (1,) samples made
    state: np.ndarray  # (lanes + 1, 17) float64
    random: np.ndarray  # (lanes + 1,) uint64
    heard: np.ndarray  # (lanes + 1,) the class of the last sample
    rings: np.ndarray  # flat (lanes + 1, sum of dilations * residual)
    steer: np.ndarray  # flat (lanes + 1, layers * 2 * residual), what the controls add to the gates
    work: np.ndarray  # flat, scratch for a group


def arena(network: Wavenet) -> tuple[np.ndarray, np.ndarray]:
    """All weights in one row, transposed to (inputs, outputs) row by row, and where each part begins."""
    layers = len(network.gates)
    parts = [network.heard.weight, network.instrument.weight, network.listen.weight.T, network.listen.bias,
             *(layer.weight.T for layer in network.steer), *(layer.bias for layer in network.steer),
             *(layer.weight.T for layer in network.gates), *(layer.weight.T for layer in network.residuals),
             *(layer.bias for layer in network.residuals), network.skips.weight.T, network.skips.bias,
             network.mix.weight.T, network.mix.bias, network.out.weight.T, network.out.bias]
    counts = (1, 1, 1, 1, layers, layers, layers, layers - 1, layers - 1, 1, 1, 1, 1, 1, 1)
    rows = [part.detach().float().cpu().numpy().ravel() for part in parts]
    ends = np.concatenate(([0], np.cumsum([row.size for row in rows])))
    places = ends[np.concatenate(([0], np.cumsum(counts)))[:-1]]
    return np.concatenate(rows), places


HEARD, INSTRUMENTS, LISTEN, LISTEN_BIAS, STEER, STEER_BIAS, GATES, RESIDUAL, RESIDUAL_BIAS, SKIP, SKIP_BIAS, MIX, \
    MIX_BIAS, OUT, OUT_BIAS = range(15)


@njit(nogil=True, cache=True, fastmath=False)  # said aloud: numba passes a caller's fastmath on, which knows no NaN
def sane(value):
    """Whether a number is finite and of a size that a wave can have."""
    return value == value and abs(value) < 100.0


@njit(nogil=True, cache=True)
def level_of(loudness):
    """The gain of a loudness 0..1, silence at 0."""
    return 10.0 ** ((loudness - 1.0) * RANGE / 20.0) if loudness > 0.0 else 0.0


@njit(nogil=True, cache=True)
def wish(machine, wanted, column):
    """What a target asks of the network: a brightness of 0.5 is that of the instrument at this pitch."""
    if column != BRIGHTNESS:
        return wanted[column]
    recorded = wanted[PITCH] - 12.0 * wanted[SIZE] - MIDDLE
    told = machine.natural[0] + machine.natural[1] * recorded + SPAN * (wanted[BRIGHTNESS] - 0.5)
    return min(max(told, 0.0), 1.0)


@njit(nogil=True, cache=True, fastmath=True)
def turn(machine, targets, lane):
    """Move a lane's state one HOP towards its targets, and work out what the controls add to every layer."""
    state, wanted = machine.state[lane], targets[lane]
    fresh = wanted[TAKE] != state[SERIAL]
    if not sane(state[WAVE]):
        state[WAVE] = 0.0
        ring = machine.rings.size // machine.state.shape[0]
        machine.rings[lane * ring:(lane + 1) * ring] = 0.0
    if fresh and state[GAIN] < 1e-3:  # silent enough to begin anew
        for column in range(GATE):
            state[column] = wish(machine, wanted, column)
        state[SERIAL], state[SINCE], state[OPEN] = wanted[TAKE], 0.0, 1.0
        fresh = False
    goal = 0.0 if fresh else wanted[GATE] * level_of(wanted[LOUDNESS])
    state[STEP] = 0.0
    state[ACTIVE] = 1.0 if goal > 0.0 or state[GAIN] > SILENT else 0.0
    if state[ACTIVE] == 0.0:
        state[GAIN] = 0.0
        return
    speed = LEAVE if fresh else FALL if wanted[GATE] == 0.0 else RISE
    if not fresh:
        for column in range(GATE):
            state[column] += GLIDE * (wish(machine, wanted, column) - state[column])
        state[OPEN] += GLIDE * (wanted[GATE] - state[OPEN])
    end = state[GAIN] + speed * (goal - state[GAIN])
    state[STEP] = ((0.0 if goal == 0.0 and end < SILENT else end) - state[GAIN]) / HOP
    state[INSTRUMENT] = wanted[INSTRUMENT]
    state[TURN] = 440.0 * 2.0 ** ((state[PITCH] - 69.0) / 12.0) / RATE
    conditions(machine, lane)
    state[SINCE] += HOP / RATE


@njit(nogil=True, cache=True, fastmath=True)
def conditions(machine, lane):
    """What the network's controls, as the lane's state has them, add to the gates of every layer."""
    residual, hidden, layers = machine.sizes[0], machine.sizes[3], machine.sizes[2]
    state, weights, places = machine.state[lane], machine.weights, machine.places
    wish = machine.work[:hidden]
    first = places[INSTRUMENTS] + hidden * int(state[INSTRUMENT])
    wish[:] = weights[first:first + hidden] + weights[places[LISTEN_BIAS]:places[LISTEN_BIAS] + hidden]
    for row in range(7):
        value = np.float32(control(state, row))
        if row == 0:
            value = np.float32((control(state, 0) - MIDDLE) / REACH)
        begin = places[LISTEN] + row * hidden
        for column in range(hidden):
            wish[column] += value * weights[begin + column]
    for column in range(hidden):
        wish[column] = math.tanh(wish[column])
    width = 2 * residual
    steer = machine.steer
    for layer in range(layers):
        at = (lane * layers + layer) * width
        steer[at:at + width] = weights[places[STEER_BIAS] + layer * width:places[STEER_BIAS] + (layer + 1) * width]
        product(1, weights, places[STEER] + layer * hidden * width, width, wish, 0, 0, hidden, steer, at, 0)


@njit(nogil=True, cache=True)
def control(state, column):
    """The network's control of that column of CONTROLS."""
    if column < 5:
        return state[column]
    return math.exp(-state[SINCE] / ONSET) if column == 5 else state[OPEN]


@njit(nogil=True, cache=True, fastmath=True)
def sample(machine, lanes, group):
    """One sample of each lane in the group (one or GROUP of them): its class is left in heard, its logits in work."""
    residual, skip, layers = machine.sizes[0], machine.sizes[1], machine.sizes[2]
    weights, places, rings, work = machine.weights, machine.places, machine.rings, machine.work
    width, ring, told = 2 * residual, rings.size // machine.state.shape[0], 2 * residual + 8
    # scratch, for each lane: what a layer is told (its past, its present, the waves), its sums, what left the gates
    # of all layers, the deep layers, the logits
    sums_at = GROUP * told
    gated_at = sums_at + GROUP * width
    tall = layers * residual
    deep_at = gated_at + GROUP * tall
    mixed_at = deep_at + GROUP * skip
    logits_at = mixed_at + GROUP * skip
    for slot in range(group):
        lane = lanes[slot]
        for i in range(0, residual, WIDE):
            copy(weights, places[HEARD] + machine.heard[lane] * residual + i, work, slot * told + residual + i)
        for i in range(0, skip, WIDE):
            copy(weights, places[SKIP_BIAS] + i, work, deep_at + slot * skip + i)
            copy(weights, places[MIX_BIAS] + i, work, mixed_at + slot * skip + i)
        for i in range(0, LEVELS, WIDE):
            copy(weights, places[OUT_BIAS] + i, work, logits_at + slot * LEVELS + i)
        angle = 2 * math.pi * machine.state[lane, PHASE]
        sine, cosine, at = math.sin(angle), math.cos(angle), slot * told + width
        for number in range(4):  # each of HARMONICS is twice the one before
            work[at + number], work[at + 4 + number] = sine, cosine
            sine, cosine = 2 * sine * cosine, 1 - 2 * sine * sine
    before = 0
    for layer in range(layers):
        past = before + (machine.counter[0] & (machine.dilations[layer] - 1)) * residual
        before += machine.dilations[layer] * residual
        for slot in range(group):
            old, steer = lanes[slot] * ring + past, (lanes[slot] * layers + layer) * width
            for i in range(0, residual, WIDE):
                copy(rings, old + i, work, slot * told + i)
                copy(work, slot * told + residual + i, rings, old + i)
            for i in range(0, width, WIDE):
                copy(machine.steer, steer + i, work, sums_at + slot * width + i)
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
    product(group, weights, places[MIX], skip, work, deep_at, skip, skip, work, mixed_at, skip)
    for i in range(0, group * skip, WIDE):
        rectify(work, mixed_at + i)
    product(group, weights, places[OUT], LEVELS, work, mixed_at, skip, skip, work, logits_at, LEVELS)
    for slot in range(group):
        machine.heard[lanes[slot]] = draw(machine, lanes[slot], logits_at + slot * LEVELS)
    return logits_at


@njit(nogil=True, cache=True, fastmath=True)
def draw(machine, lane, at):
    """A class drawn by its logits, sharpened by the temperature; random numbers are those of the lane."""
    work, cold = machine.work, np.float32(1) / machine.temperature[0]
    top = work[at]
    for i in range(1, LEVELS):
        top = max(top, work[at + i])
    for i in range(0, LEVELS, WIDE):
        chances(work, at + i, work, i, top, cold)  # the scratch of the layers is free again
    total = np.float32(0)
    for block in range(LEVELS, LEVELS + WIDE):
        part = np.float32(0)
        for i in range(WIDE):
            part += work[WIDE * (block - LEVELS) + i]
        work[block] = part
        total += part
    bits = machine.random[lane]
    bits ^= bits >> np.uint64(12)
    bits ^= bits << np.uint64(25)
    bits ^= bits >> np.uint64(27)
    machine.random[lane] = bits
    left = np.float32(total * ((bits * RANDOM_STEP >> np.uint64(40)) / 16777216.0))
    block = 0
    while block < 15 and left >= work[LEVELS + block]:
        left -= work[LEVELS + block]
        block += 1
    place = WIDE * block
    while place < WIDE * block + 15 and left >= work[place]:
        left -= work[place]
        place += 1
    return place


@njit(nogil=True, cache=True, fastmath=True)
def trace(machine, targets, out, seen):
    """As render; of the first lane also logits, class, phase and controls of each sample into seen (n, 265)."""
    lanes, count, done = machine.sizes[4], out.shape[1], 0
    group = np.zeros(GROUP, np.int64)
    while done < count:
        if machine.counter[0] % HOP == 0:
            for lane in range(lanes):
                turn(machine, targets, lane)
        stop = min(count, done + HOP - machine.counter[0] % HOP)
        began, first, size = machine.counter[0], 0, 1
        for lane in range(lanes):
            if machine.state[lane, ACTIVE] == 0.0:
                out[lane, done:stop] = 0.0
        while first < lanes:
            while first < lanes and machine.state[first, ACTIVE] == 0.0:
                first += 1
            if first == lanes:
                break
            busy = 0
            for lane in range(first, min(first + GROUP, lanes)):
                busy += machine.state[lane, ACTIVE] > 0.0
            # three of four neighbours at once cost less than one by one: the fourth then works for nothing
            size = GROUP if busy >= 3 and first + GROUP <= lanes else 1
            for slot in range(size):
                group[slot] = first + slot
            machine.counter[0] = began
            for place in range(done, stop):
                for slot in range(size):
                    state = machine.state[group[slot]]
                    state[PHASE] += state[TURN]
                    if state[PHASE] >= 1.0:
                        state[PHASE] -= 1.0
                logits = sample(machine, group, size)
                for slot in range(size):
                    lane = group[slot]
                    state = machine.state[lane]
                    state[WAVE] = machine.levels[machine.heard[lane]] + EMPHASIS * state[WAVE]
                    state[GAIN] += state[STEP]
                    out[lane, place] = state[WAVE] * state[GAIN] if state[ACTIVE] > 0.0 else 0.0
                if first == 0 and seen.size:
                    seen[place, :LEVELS] = machine.work[logits:logits + LEVELS]
                    seen[place, LEVELS], seen[place, LEVELS + 1] = machine.heard[0], machine.state[0, PHASE]
                    machine.state[0, SINCE] -= HOP / RATE
                    for column in range(7):
                        seen[place, LEVELS + 2 + column] = control(machine.state[0], column)
                    machine.state[0, SINCE] += HOP / RATE
                machine.counter[0] += 1
            first += size
        machine.counter[0] = began + stop - done
        done = stop


@njit(nogil=True, cache=True)
def render(machine, targets, out):
    """Fill out (lanes, n) float32 with the next n samples of each lane at RATE, about -1..1, after its amplifier.

    targets (lanes, 8) float32 as in TARGETS, looked at every HOP samples. A change of `take` begins a new note; what
    still sounds on the lane gives way within 5 ms. However n is split up, the samples are the same.
    """
    trace(machine, targets, out, np.zeros((0, 0)))


class Generator:
    """A voice ready to be played: write targets (lanes, 8), render samples."""

    def __init__(self, network: Wavenet, lanes: int = 4, seed: int = 1, temperature: float = 0.7):
        weights, places = arena(network)
        residual, skip, layers = network.residual, network.skip, len(network.dilations)
        hidden, ring = network.listen.out_features, sum(network.dilations) * residual
        rows = lanes + 1
        scratch = GROUP * ((layers + 4) * residual + 2 * skip + LEVELS + 2 * len(HARMONICS))
        seeds = np.random.default_rng(seed).integers(1, 1 << 63, 64 + rows, dtype=np.uint64)[:rows]
        self.network, self.lanes = network, lanes
        self.machine = Machine(
            np.array([residual, skip, layers, hidden, lanes]), places.astype(np.int64),
            np.array(network.dilations), aligned(weights), expand(torch.arange(LEVELS)).numpy() / DRIVE,
            np.array([temperature], np.float32), np.array(network.natural), np.zeros(1, np.int64),
            np.zeros((rows, 17)), seeds, np.full(rows, LEVELS // 2), np.zeros(rows * ring, np.float32),
            np.zeros(rows * layers * 2 * residual, np.float32), aligned(np.zeros(max(scratch, 1024), np.float32)))
        self.targets = np.zeros((lanes, len(TARGETS)), np.float32)

    def render(self, count: int) -> np.ndarray:
        """The next `count` samples of each lane, (lanes, count) float32."""
        out = np.empty((self.lanes, count), np.float32)
        render(self.machine, self.targets, out)
        return out


def measure(network: Wavenet, lanes: int) -> float:
    """How many times real time this machine makes sound with so many lanes sounding; compiles what is not yet."""
    generator = Generator(network, lanes)
    generator.targets[:] = 60, 1, 0.5, 0, 0, 1, 0, 1
    generator.render(HOP)
    start = time.perf_counter()
    generator.render(TRIAL)
    return TRIAL / RATE / (time.perf_counter() - start)


def choose(networks: Sequence[Wavenet], lanes: int, wanted: float = 2.0) -> Generator:
    """The first network (the largest stands first) that makes all lanes sound at `wanted` times real time.

    Where none does, the last one with as many lanes as it holds, one at least.
    """
    for network in networks:
        if measure(network, lanes) >= wanted:
            return Generator(network, lanes)
    while lanes > 1 and measure(networks[-1], lanes) < wanted:
        lanes -= 1
    return Generator(networks[-1], lanes)


def aligned(values: np.ndarray) -> np.ndarray:
    """A copy that begins on a cache line."""
    room = np.zeros(values.size + 16, np.float32)
    start = -room.ctypes.data % 64 // 4
    room[start:start + values.size] = values
    return room[start:start + values.size]
