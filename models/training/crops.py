"""From recordings taken apart to crops of their noise at any transposition, told as a player would be told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import soxr
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, sosfiltfilt

from models.partials import BRIGHTEST, ROUGHEST, clocks
from models.training.analysis import LOOKS, Analysis, decibels, every_sample, loudness
from models.wavenet import HOP, LOUDEST, MIDDLE, RANGE, RATE, REACH, hertz

FINE = 2  # times RATE at which noise is kept, so that reading between samples loses nothing
MARGIN = (1.0, 1.26, 1.6)  # ratios of transposition upward for which noise is kept low-passed
SMOOTH = 0.03  # seconds over which the level of noise is measured
STEADY = 0.1 * RATE / HOP  # hops over which brightness and roughness are averaged
FAINT = 1e-5  # noise is not levelled up from below this


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One sound: its noise, levelled to LOUDEST at FINE * RATE, one wave a MARGIN; for every HOP at RATE a row of
    CONTROLS and the cycles of the phase, float64; at every LOOKS hops the strengths of the partials, and in every hop
    the noise, in decibels beside the level."""

    name: str
    instrument: int
    waves: tuple[np.ndarray, ...]
    features: np.ndarray
    cycles: np.ndarray
    strengths: np.ndarray
    noisiness: np.ndarray

    @property
    def seconds(self) -> float:
        return len(self.features) * HOP / RATE


def loudest_of(sounds: Sequence[Analysis]) -> float:
    """The level in decibels that loudness 1 stands for: what the loudest hundredth of all the sound exceeds."""
    return float(np.percentile(np.concatenate([sound.level for sound in sounds]), 99))


def centroid(sound: Analysis) -> np.ndarray:
    """Where the middle of the partials' power lies above the pitch, in octaves, at every hop."""
    power = 10 ** (sound.strengths / 10)
    numbers = np.arange(1, power.shape[1] + 1)
    middle = 0.5 * np.log2((power * numbers ** 2).sum(1) / (power.sum(1) + 1e-12) + 1e-12)
    looks = LOOKS // 2 + LOOKS * np.arange(len(middle))
    return gaussian_filter1d(np.interp(np.arange(len(sound.pitch)), looks, middle), STEADY)


def between(noise: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    """Noise without what clings to the partials, as strong as it lies between them.

    A bow's tone flutters: what a projection leaves of that stands close to the partials and belongs to the tone. A comb
    of three periods, sin(pi f / f0) ** 2, takes it out; it lets 3/8 of white noise through.
    """
    places = np.arange(len(noise))
    period = RATE / hertz(every_sample(pitch, len(noise)))
    padded = np.concatenate((np.zeros(4, np.float32), noise, np.zeros(4, np.float32)))
    around = [cubic(padded, np.clip(places + way * period, 0, len(noise) - 1) + 4) for way in (-1, 1)]
    return np.sqrt(8 / 3) * (0.5 * noise - 0.25 * (around[0] + around[1]))


def unusual(values: Sequence[np.ndarray], told: Sequence[np.ndarray], instruments: Sequence[int]) -> list[np.ndarray]:
    """How far values of each recording are from what the controls (rows of `told`) let expect, by least squares among
    the recordings of its instrument."""
    rows, wanted = np.concatenate(told), np.concatenate(values)
    owner = np.repeat(instruments, [len(value) for value in values])
    terms = np.concatenate((np.ones((len(rows), 1)), rows, rows ** 2, rows[:, :1] * rows[:, 1:2]), axis=1)
    for instrument in set(instruments):
        own = owner == instrument
        factors = np.linalg.lstsq(terms[own][::LOOKS], wanted[own][::LOOKS], rcond=None)[0]
        wanted[own] -= terms[own] @ factors
    return np.split(wanted, np.cumsum([len(value) for value in values])[:-1])


def prepare(sounds: Sequence[Analysis], instruments: Sequence[int]) -> list[Recording]:
    """Recordings ready to be learned from, out of all that were taken apart.

    Brightness and roughness are told as differences from what is usual of the instrument at the pitch and the loudness,
    so that a player's 0 is natural everywhere.
    """
    loudest, hisses = loudest_of(sounds), [between(sound.noise, sound.pitch) for sound in sounds]
    beside = [decibels(loudness(hiss, SMOOTH)) - sound.level for hiss, sound in zip(hisses, sounds, strict=True)]
    told = [np.stack(((sound.pitch - MIDDLE) / REACH, np.clip(1 + (sound.level - loudest) / RANGE, 0, 1),
                      *clocks(sound.since, sound.until)), axis=1) for sound in sounds]
    bright = unusual([centroid(sound) for sound in sounds], told, instruments)
    rough = unusual([gaussian_filter1d(one, STEADY) for one in beside], told, instruments)
    return [recording(*each) for each in zip(sounds, instruments, hisses, beside, told, bright, rough, strict=True)]


def recording(sound: Analysis, instrument: int, hiss: np.ndarray, beside: np.ndarray, told: np.ndarray,
              bright: np.ndarray, rough: np.ndarray) -> Recording:
    loud = told[:, 1]
    features = np.column_stack((sound.pitch, loud, np.clip(bright / BRIGHTEST, -1, 1), np.clip(rough / ROUGHEST, -1, 1),
                                np.zeros(len(loud)), np.full(len(loud), sound.bow), told[:, 2:]))
    level = np.maximum(10 ** ((beside + sound.level) / 20), FAINT)
    levelled = LOUDEST * hiss / every_sample(level, len(hiss))
    fine = soxr.resample(levelled, RATE, FINE * RATE, "VHQ")
    waves = [fine.astype(np.float32)]
    for ratio in MARGIN[1:]:
        low = butter(8, 0.95 / FINE / ratio, output="sos")
        waves.append(sosfiltfilt(low, fine).astype(np.float32))
    return Recording(sound.name, instrument, tuple(waves), features.astype(np.float32), sound.cycles, sound.strengths,
                     beside.astype(np.float32))


@dataclass(frozen=True, slots=True)
class Crops:
    """A batch for training as numpy arrays: waves (B, T + 1) float32, phase (B, T) float64 in cycles,
    controls (B, T / HOP, 12) and instrument (B,)."""

    waves: np.ndarray
    phase: np.ndarray
    controls: np.ndarray
    instrument: np.ndarray


def crop(sound: Recording, random: np.random.Generator, length: int, furthest: float) -> tuple | None:
    """A crop out of a recording, transposed by up to `furthest` octaves, half of them gliding or trembling.

    None if the recording is too short for the transposition drawn. Transposing by playing it faster makes the
    instrument smaller: the control `size` says by how much.
    """
    hops = length // HOP
    octaves = np.full(hops + 1, random.uniform(-furthest, furthest) if random.random() < 0.8 else 0.0)
    if random.random() < 0.5:
        time = np.arange(hops + 1) * HOP / RATE
        octaves += random.uniform(-1, 1) * time + random.choice((0, 0.02, 0.06)) * np.sin(
            2 * np.pi * (random.uniform(3, 8) * time + random.random()))
        octaves = np.clip(octaves, -1, np.log2(MARGIN[-1]))
    ratio = 2 ** octaves
    moves = np.concatenate(([0], np.cumsum(ratio[:-1]))) * HOP  # at every hop, in samples of the recording
    room = len(sound.features) * HOP - moves[-1] - 3 * HOP
    if room <= 0:
        return None
    moves += HOP + random.uniform(0, room)
    places = np.interp(np.arange(-1, length) / HOP, np.arange(hops + 1), moves)
    places[0] = 2 * places[1] - places[2]
    wave = sound.waves[next(i for i, margin in enumerate(MARGIN) if ratio.max() <= margin + 1e-9)]
    wave = cubic(wave, places * FINE)
    rows = (np.arange(len(sound.features)) + 0.5) * HOP
    controls = np.stack([np.interp(moves[:hops] + HOP / 2, rows, column) for column in sound.features.T], axis=1)
    controls[:, 0] += 12 * octaves[:hops]
    controls[:, 4] = octaves[:hops]
    phase = np.interp(places[1:], rows, sound.cycles)
    return wave, phase, controls, sound.instrument


def cubic(wave: np.ndarray, places: np.ndarray) -> np.ndarray:
    """A wave read between its samples (Catmull and Rom 1974)."""
    first = places.astype(np.int64)
    part = (places - first).astype(np.float32)
    a, b, c, d = (wave[first + offset] for offset in (-1, 0, 1, 2))
    return b + 0.5 * part * (c - a + part * (2 * a - 5 * b + 4 * c - d + part * (3 * (b - c) + d - a)))


def crops(recordings: Sequence[Recording], random: np.random.Generator, batch: int, length: int,
            furthest: float) -> Iterator[Crops]:
    """Batches for ever, each moment of the recordings equally often."""
    weights = np.array([recording.seconds for recording in recordings])
    weights /= weights.sum()
    while True:
        made = []
        while len(made) < batch:
            chosen = recordings[random.choice(len(recordings), p=weights)]
            made += filter(None, [crop(chosen, random, length, furthest)])
        yield Crops(*(np.stack(part) for part in zip(*made, strict=True)))
