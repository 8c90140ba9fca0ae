"""The voice compiled: one call makes any number of samples for all lanes, and asks nobody while it does.

What a lane should do stands in TARGETS; every HOP samples it moves towards that.
"""

import math
import time
from typing import NamedTuple

import numpy as np

from models.compiled import compiled
from models.partials import BEGINNING, LEAVING
from models.partials_compiled import AT_CENTS, CENTS, Tone, aim, play, rest, roam, tone
from models.voice import FURTHEST, Voice
from models.wavenet import CONTROLS, DRIVE, EMPHASIS, HOP, LOUDEST, RANGE, RATE
from models.wavenet_compiled import GROUP, Noise, forget, noise, sample, steer

TARGETS = ("pitch", "loudness", "brightness", "roughness", "size", "gate", "instrument", "take", "attack", "vibrato")
PITCH, LOUDNESS, BRIGHTNESS, ROUGHNESS, SIZE, GATE, INSTRUMENT, TAKE, ATTACK, VIBRATO = range(10)
SILENT = 1e-5  # a gain below it with the gate closed is silence: the lane rests
RINGING = 0.6  # seconds after which what still rings is faded
GLIDE, RISE, FALL, LEAVE = (1 - math.exp(-HOP / RATE / seconds) for seconds in (0.006, 0.004, 0.045, 0.0012))
QUICKER = 7.0  # times as quick again is the onset at the hardest attack
WIDTH, SPEED, ENTRY = 0.35, 5.3, 0.35  # of the vibrato: semitones to each side, Hz, seconds until it is there
RESTLESS = 0.5  # times as much again a note wanders at roughness 1
ROUGH, RASPING = 0.5, 12.0  # how far a tone was learned to be rough, and decibels of noise besides at roughness 1
TRIAL = 4000  # samples that tell how fast a machine is
# A lane's state: the targets of the sound as they are now, then these. SERIAL: the take that sounds; SINCE, UNTIL:
# seconds since it began, and since its gate closed; WAVE: the noise after de-emphasis.
HELD, GAIN, STEP, PHASE, TURN, SINCE, UNTIL, SERIAL, WAVE, ACTIVE, HISS, HISSING, SWING, BOW = range(10, 24)
SEEN = 5  # columns of trace before the controls: mean, spread and class of the noise, phase, tone


class Machine(NamedTuple):
    """All that render needs: the noise, the tone, and the state of each lane; the last lane is nobody's."""

    noise: Noise
    tone: Tone
    limits: np.ndarray  # (2, 10) the lowest and highest of each target
    learned: np.ndarray  # (3, instruments) lowest and highest note that was learned; how far brightness reaches
    temperature: np.ndarray  # (1,)
    counter: np.ndarray  # (1,) samples made
    state: np.ndarray  # (lanes + 1, 24) float64
    controls: np.ndarray  # (lanes + 1, 12) what the networks are told
    spare: np.ndarray  # (GROUP,) phases of a group


@compiled(fastmath=False)  # said aloud: numba passes a caller's fastmath on, which knows no NaN
def clean(value, otherwise, low, high):
    """A target within its limits; what is no number leaves everything as it is."""
    return min(max(value, low), high) if value == value else otherwise


@compiled(fastmath=False)
def sane(value):
    """Whether a sample is finite and of a size that a wave can have."""
    return value == value and abs(value) < 100.0


@compiled
def level_of(loudness):
    """The gain of a loudness 0..1, silence at 0."""
    return 10.0 ** ((loudness - 1.0) * RANGE / 20.0) if loudness > 0.0 else 0.0


@compiled
def turn(machine, targets, lane):
    """Move a lane's state one HOP towards its targets, and work out what sounds in it."""
    state, wanted, limits = machine.state[lane], targets[lane], machine.limits
    gate = clean(wanted[GATE], 0.0, 0.0, 1.0)
    take = clean(wanted[TAKE], state[SERIAL], limits[0, TAKE], limits[1, TAKE])
    fresh = take != state[SERIAL]
    if fresh and state[GAIN] < 1e-3:  # silent enough to begin anew
        for column in (PITCH, LOUDNESS, BRIGHTNESS, ROUGHNESS, SIZE, INSTRUMENT, ATTACK, VIBRATO):
            state[column] = clean(wanted[column], state[column], limits[0, column], limits[1, column])
        state[SERIAL], state[SINCE], state[UNTIL], state[HELD] = take, 0.0, 0.0, 0.0
        state[BOW] = -1.0 if state[BOW] > 0.0 else 1.0
        rest(machine.tone, lane)
        fresh = False
    loudness = clean(wanted[LOUDNESS], state[LOUDNESS], 0.0, 1.0)
    if gate > 0.0 or loudness == 0.0:  # else it rings on as loud as it was
        state[HELD] = gate * level_of(loudness)
    goal = 0.0 if fresh or state[UNTIL] > RINGING else state[HELD]
    state[STEP] = 0.0
    state[ACTIVE] = 1.0 if goal > 0.0 or state[GAIN] > SILENT else 0.0
    if state[ACTIVE] == 0.0:
        state[GAIN] = state[HELD] = 0.0
        return
    if not fresh:
        for column in (PITCH, LOUDNESS, BRIGHTNESS, ROUGHNESS, SIZE, INSTRUMENT, VIBRATO):
            state[column] += GLIDE * (
                clean(wanted[column], state[column], limits[0, column], limits[1, column]) - state[column])
        state[ATTACK] = clean(wanted[ATTACK], state[ATTACK], 0.0, 1.0)
    speed = LEAVE if fresh else FALL if goal == 0.0 else RISE
    end = state[GAIN] + speed * (goal - state[GAIN])
    state[STEP] = ((0.0 if goal == 0.0 and end < SILENT else end) - state[GAIN]) / HOP
    sound(machine, lane)
    state[SINCE] += HOP / RATE * (1.0 + QUICKER * state[ATTACK])
    state[UNTIL] = 0.0 if gate > 0.0 else state[UNTIL] + HOP / RATE


@compiled
def sound(machine, lane):
    """Tell both networks how a lane is played in the next HOP."""
    state, told, tone, noise = machine.state[lane], machine.controls[lane], machine.tone, machine.noise
    if not sane(state[WAVE]) or not sane(noise.heard[lane]):
        state[WAVE] = 0.0
        forget(noise, lane)
    roam(tone, lane, machine.counter[0] // HOP)
    restless = 1.0 + RESTLESS * state[ROUGHNESS]
    state[SWING] = (state[SWING] + SPEED * HOP / RATE) % 1.0
    swing = WIDTH * state[VIBRATO] * (1.0 - math.exp(-state[SINCE] / ENTRY)) * math.sin(2 * math.pi * state[SWING])
    off = restless * tone.wander[CENTS] * tone.wandered[lane, AT_CENTS] / 100.0
    pitch = state[PITCH] + swing + off
    state[TURN] = 440.0 * 2.0 ** ((pitch - 69.0) / 12.0) / RATE
    one = int(state[INSTRUMENT])
    other, part = min(one + 1, machine.learned.shape[1] - 1), state[INSTRUMENT] - one
    low, high, bright = (1.0 - part) * machine.learned[:, one] + part * machine.learned[:, other]
    told[0] = 12.0 * state[SIZE] + min(max(pitch - 12.0 * state[SIZE], low), high)
    told[1] = state[LOUDNESS]
    told[2] = bright * (2.0 * state[BRIGHTNESS] - 1.0)
    told[3], told[4], told[5] = ROUGH * state[ROUGHNESS], state[SIZE], state[BOW]
    for number in range(3):
        told[6 + number] = math.exp(-state[SINCE] / BEGINNING[number])
        told[9 + number] = 1.0 - math.exp(-state[UNTIL] / LEAVING[number])
    level = aim(tone, lane, told, state[INSTRUMENT], state[TURN], (state[PHASE] + state[TURN]) % 1.0, restless,
                RASPING * state[ROUGHNESS])
    hiss = 10.0 ** (level / 20.0)
    state[HISSING] = (hiss - state[HISS]) / HOP
    steer(noise, lane, told, state[INSTRUMENT])


@compiled(fastmath=True)
def trace(machine, targets, out, seen):
    """As render; of the first lane also what SEEN names and the controls of each sample into seen (n, 17)."""
    lanes, count, done = machine.state.shape[0] - 1, out.shape[1], 0
    group, noise = np.zeros(GROUP, np.int64), machine.noise
    while done < count:
        if machine.counter[0] % HOP == 0:
            for lane in range(lanes):
                turn(machine, targets, lane)
        stop = min(count, done + HOP - machine.counter[0] % HOP)
        first, size = 0, 1
        for lane in range(lanes):
            if machine.state[lane, ACTIVE] == 0.0:
                out[lane, done:stop] = 0.0
            else:
                play(machine.tone, lane, out[lane, done:stop])
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
            for place in range(done, stop):
                for slot in range(size):
                    state = machine.state[group[slot]]
                    state[PHASE] += state[TURN]
                    if state[PHASE] >= 1.0:
                        state[PHASE] -= 1.0
                    machine.spare[slot] = state[PHASE]
                at = sample(noise, group, size, machine.spare, machine.counter[0] + place - done,
                            machine.temperature[0])
                for slot in range(size):
                    lane = group[slot]
                    state = machine.state[lane]
                    state[WAVE] = noise.heard[lane] / DRIVE + EMPHASIS * state[WAVE]
                    if first == 0 and slot == 0 and seen.size:
                        seen[place, 0], seen[place, 1] = noise.work[at], noise.work[at + 1]
                        seen[place, 2], seen[place, 3], seen[place, 4] = noise.heard[0], state[PHASE], out[0, place]
                        seen[place, SEEN:] = machine.controls[0]
                    out[lane, place] = state[GAIN] * (LOUDEST * out[lane, place] + state[HISS] * state[WAVE])
                    state[GAIN] += state[STEP]
                    state[HISS] += state[HISSING]
            first += size
        machine.counter[0] += stop - done
        done = stop


@compiled
def render(machine, targets, out):
    """Fill out (lanes, n) float32 with the next n samples of each lane at RATE, about -1..1, after its amplifier.

    targets (lanes, 10) float32 as in TARGETS, looked at every HOP samples. A change of `take` begins a new note; what
    still sounds on the lane gives way within 5 ms. However n is split up, the samples are the same.
    """
    trace(machine, targets, out, np.zeros((0, 0)))


class Generator:
    """A voice ready to be played: write targets (lanes, 10), render samples."""

    def __init__(self, network: Voice, lanes: int = 4, seed: int = 1, temperature: float = 1.0):
        rows = lanes + 1
        seeds = np.random.default_rng(seed).integers(1, 1 << 63, 64 + rows, dtype=np.uint64)[:rows]
        limits = np.array([[12, 0, 0, 0, -FURTHEST, 0, 0, -1e9, 0, 0],
                           [120, 1, 1, 1, FURTHEST, 1, len(network.instruments) - 1, 1e9, 1, 1]], np.float64)
        self.network, self.lanes = network, lanes
        self.machine = Machine(
            noise(network.noise, lanes, seeds), tone(network, lanes, seeds), limits,
            np.array([network.low, network.high, network.bright], np.float64), np.array([temperature]),
            np.zeros(1, np.int64), np.zeros((rows, 24)), np.zeros((rows, len(CONTROLS))), np.zeros(GROUP))
        self.targets = np.zeros((lanes, len(TARGETS)), np.float32)

    def render(self, count: int) -> np.ndarray:
        """The next `count` samples of each lane, (lanes, count) float32."""
        out = np.empty((self.lanes, count), np.float32)
        render(self.machine, self.targets, out)
        return out


def measure(network: Voice, lanes: int) -> float:
    """How many times real time this machine makes sound with so many lanes sounding; compiles what is not yet."""
    generator = Generator(network, lanes)
    generator.targets[:] = 45, 1, 0.5, 0, 0, 1, 0, 1, 0, 0
    generator.render(HOP)
    start = time.perf_counter()
    generator.render(TRIAL)
    return TRIAL / RATE / (time.perf_counter() - start)


def lanes_held(network: Voice, most: int, wanted: float = 2.0) -> int:
    """How many lanes, one at least, this machine makes sound at `wanted` times real time."""
    lanes = most
    while lanes > 1 and measure(network, lanes) < wanted:
        lanes -= 1
    return lanes
