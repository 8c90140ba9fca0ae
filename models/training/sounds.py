"""The voice's recordings: read, pitch tracked, levelled, and cut into lessons at any transposition."""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, sosfiltfilt

from models.wavenet import HOP, LOUDEST, MIDDLE, ONSET, RANGE, RATE

SUFFIXES = (".wav", ".flac", ".aif", ".aiff", ".ogg", ".mp3")
LOWEST, HIGHEST = 27.5, 1760.0  # Hz that a pitch is looked for in when the file's name does not tell
STEP = 8 * HOP  # samples from one look at the pitch to the next
PARTIALS = 8  # of a tone, that its phase is measured by
HIGHEST_PARTIAL = 6000.0  # Hz up to which the phases of partials are aligned
TURNING = 0.12  # seconds over which a partial's phase is averaged before it is undone
QUIET = 40.0  # decibels below a recording's loudest moment where its sound begins and ends
BRIGHTEST = 5.0  # octaves of the centroid above the pitch that count as brightness 1
NOTE = re.compile(r"(?:^|[_\-. ])([a-g])([b#]?)(-?[0-8])(?=$|[_\-. ])")
FINE = 2  # times RATE at which a recording is kept, so that reading between samples loses nothing
MARGIN = (1.0, 1.26, 1.6)  # ratios of transposition upward for which a recording is kept low-passed


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One sound: waves, levelled to LOUDEST at FINE * RATE, one a MARGIN; and for every HOP at RATE a row of
    features: pitch (MIDI), loudness, brightness, roughness, onset, gate; cycles of the phase at every HOP, float64."""

    name: str
    instrument: int
    waves: tuple[np.ndarray, ...]
    features: np.ndarray
    cycles: np.ndarray

    @property
    def seconds(self) -> float:
        return len(self.features) * HOP / RATE


def held_out(name: str) -> bool:
    """One recording in ten, by its name, is for testing only."""
    return zlib.crc32(name.encode()) % 10 == 0


def named_pitch(name: str) -> float | None:
    """The MIDI note in a file's name, as in arco_c#3_f or cello-eb2; None where there is none."""
    found = NOTE.search(name.lower())
    if found is None:
        return None
    letter, accidental, octave = found.groups()
    step = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}[letter]
    return 12 * (int(octave) + 1) + step + {"b": -1, "#": 1, "": 0}[accidental]


def read(path: Path) -> np.ndarray:
    """A sound file as mono float32 at RATE; soundfile.LibsndfileError if it is none."""
    audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return soxr.resample(audio.mean(axis=1), rate, RATE, "VHQ").astype(np.float32)


def loudness(audio: np.ndarray, seconds: float) -> np.ndarray:
    """Root mean square around each sample, over a bell of so many seconds to each side."""
    power = np.pad(audio.astype(np.float64) ** 2, HOP)
    cells = power[:len(power) // HOP * HOP].reshape(-1, HOP).mean(axis=1)
    smooth = gaussian_filter1d(cells, seconds * RATE / HOP, mode="nearest")
    places = np.arange(len(audio)) + HOP
    return np.sqrt(np.interp(places, (np.arange(len(smooth)) + 0.5) * HOP, smooth) + 1e-12)


def track_pitch(audio: np.ndarray, note: float | None) -> np.ndarray:
    """The pitch in Hz at every HOP by probabilistic YIN (Mauch and Dixon 2014), near the note if that is known."""
    import librosa

    low, high = (LOWEST, HIGHEST) if note is None else 440 * 2 ** ((np.array([-1, 1]) + note - 69) / 12)
    window = 1 << int(np.ceil(np.log2(4 * RATE / low)))
    pitch, voiced, _ = librosa.pyin(audio, fmin=low, fmax=high, sr=RATE, frame_length=max(2048, window),
                                    hop_length=STEP, max_transition_rate=10)
    places, hops = np.flatnonzero(voiced), np.arange(-(-len(audio) // HOP))
    if len(places) < 2:
        return np.full(len(hops), 440 * 2 ** (((note or 45) - 69) / 12))
    return np.exp(np.interp(hops, places * STEP / HOP, np.log(pitch[places])))


def partial(audio: np.ndarray, cycles: np.ndarray, number: int, width: float) -> np.ndarray:
    """A partial's amplitude and phase against the cycles, complex, at every HOP, over a bell of `width` HOPs."""
    turned = audio * np.exp(-2j * np.pi * number * cycles)
    cells = np.add.reduceat(turned, np.arange(0, len(audio), HOP)) / HOP
    return gaussian_filter1d(cells.real, width) + 1j * gaussian_filter1d(cells.imag, width)


def every_sample(values: np.ndarray, count: int) -> np.ndarray:
    """What is known at every HOP, at every sample."""
    return np.interp(np.arange(count), np.arange(len(values)) * HOP, values)


def lock(audio: np.ndarray, pitch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Phase locked to the tone itself, in cycles at every HOP, and the pitch that follows.

    How the phases of the first PARTIALS move against the tracked pitch tells how it is off.
    """
    width = bell(pitch)
    for _ in range(2):
        cycles = np.concatenate(([0.0], np.cumsum(pitch[:-1]) * HOP / RATE))
        fine = every_sample(cycles, len(audio))
        numbers = np.arange(1, PARTIALS + 1)[:, None]
        partials = np.array([partial(audio, fine, number, width) for number in range(1, PARTIALS + 1)])
        power, steps = np.abs(partials) ** 2, np.angle(partials[:, 1:] * partials[:, :-1].conj())
        off = (power[:, 1:] * numbers * steps).sum(0) / ((power[:, 1:] * numbers ** 2).sum(0) + 1e-12)
        off = gaussian_filter1d(np.concatenate((off[:1], off)), width) * RATE / HOP / (2 * np.pi)
        pitch = pitch + np.clip(off, -0.03 * pitch, 0.03 * pitch)
    return cycles, pitch


def bell(pitch: np.ndarray) -> float:
    """How many HOPs to look around for the partials of a tone: longer than a period, so that neighbours part."""
    return np.clip(1.2 * RATE / np.median(pitch), 0.012 * RATE, 0.05 * RATE) / HOP


def align(audio: np.ndarray, cycles: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    """The same tone with each partial's phase turned to that of a sawtooth, as a string moves (Helmholtz 1863).

    The ear hardly minds, but the network does: a room and a body turn the phases anew in each recording, and only when
    all recordings agree does the phase it is told foretell the wave. Slow turning is undone, a bow's flutter stays.
    """
    fine, width, made = every_sample(cycles, len(audio)), bell(pitch), audio.astype(np.float64)
    slow = max(width, TURNING * RATE / HOP)
    for number in range(1, max(PARTIALS, int(HIGHEST_PARTIAL / np.median(pitch))) + 1):
        strength = partial(audio, fine, number, width)
        mean = gaussian_filter1d(strength.real, slow) + 1j * gaussian_filter1d(strength.imag, slow)
        change = strength * (-1j * mean.conj() / (np.abs(mean) + 1e-12) - 1)
        wave = np.exp(2j * np.pi * number * fine)
        real, imaginary = (every_sample(part, len(audio)) for part in (change.real, change.imag))
        made += 2 * (real * wave.real - imaginary * wave.imag)
    return made.astype(np.float32)


def roughness(audio: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    """How unlike itself a wave is one period later, 0 (a steady tone) to 1 (noise), at every HOP."""
    places = np.arange(len(audio))
    period = RATE / np.interp(places, np.arange(len(pitch)) * HOP, pitch)
    later = np.interp(places + period, places, audio)
    sigma = max(0.02 * RATE, RATE / np.median(pitch))
    same, mine, other = (gaussian_filter1d(part, sigma)[::HOP] for part in
                         (audio * later, audio ** 2, later ** 2))
    return np.sqrt(np.clip(1 - same / np.sqrt(mine * other + 1e-12), 0, 1))


def brightness(audio: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    """Where the middle of the spectrum lies above the pitch, 0 to 1 for none to BRIGHTEST octaves, at every HOP."""
    change = np.diff(audio, prepend=0)
    slope, power = (gaussian_filter1d(part.astype(np.float64) ** 2, 0.03 * RATE)[::HOP] for part in (change, audio))
    centroid = np.sqrt(slope / (power + 1e-12)) * RATE / (2 * np.pi)  # of the power spectrum, root mean square
    return np.clip(np.log2(centroid / pitch + 1e-6) / BRIGHTEST, 0, 1)


def prepare(name: str, audio: np.ndarray, instrument: int, loudest: float, note: float | None) -> Recording | None:
    """A recording ready for lessons; None if there is nothing to hear in it. loudest: the level of loudness 1."""
    slow = loudness(audio, 0.03)
    heard = np.flatnonzero(slow > slow.max() * 10 ** (-QUIET / 20))
    start, stop = max(0, heard[0] - RATE // 50), heard[-1] // HOP * HOP
    if stop - start < RATE // 4 or slow.max() < 1e-4:
        return None
    audio = audio[start:start + (stop - start) // HOP * HOP]
    pitch = track_pitch(audio, note)
    cycles, pitch = lock(audio, pitch)
    audio = align(audio, cycles, pitch)
    level = loudness(audio, max(0.02, 0.8 / np.median(pitch)))
    level = np.maximum(level, level.max() * 10 ** (-QUIET / 20))
    levelled = LOUDEST * audio / level
    hops = level[::HOP]
    above = np.flatnonzero(hops > np.median(hops) * 0.5)
    since = (np.arange(len(hops)) - np.flatnonzero(hops > hops.max() * 0.05)[0]) * HOP / RATE
    onset = np.where(since >= 0, np.exp(-np.maximum(since, 0) / ONSET), 0)
    features = np.stack((
        69 + 12 * np.log2(pitch / 440), np.clip(1 + 20 * np.log10(hops / loudest) / RANGE, 0, 1),
        brightness(levelled, pitch), roughness(levelled, pitch), onset, np.arange(len(hops)) <= above[-1]), axis=1)
    fine = soxr.resample(levelled, RATE, FINE * RATE, "VHQ")
    waves = [fine.astype(np.float32)]
    for ratio in MARGIN[1:]:
        low = butter(8, 0.95 / FINE / ratio, output="sos")
        waves.append(sosfiltfilt(low, fine).astype(np.float32))
    return Recording(name, instrument, tuple(waves), features.astype(np.float32), cycles)


def natural(recordings: Sequence[Recording]) -> tuple[float, float]:
    """The brightness that recordings have at MIDDLE, and its rise a semitone: a line through them.

    It is the flatter the fewer pitches there are, so that one note alone tells nothing of others.
    """
    pitch, bright = (np.array([np.median(each.features[:, column]) for each in recordings]) for column in (0, 2))
    off = pitch - MIDDLE
    spread = off - off.mean()
    rise = float(spread @ bright / (spread @ spread + len(recordings)))
    return round(float(bright.mean() - rise * off.mean()), 4), round(rise, 5)


def loudest_of(sounds: Sequence[np.ndarray]) -> float:
    """The level that loudness 1 stands for: what the loudest hundredth of all the sound exceeds."""
    return float(np.percentile(np.concatenate([loudness(sound, 0.03)[::HOP] for sound in sounds]), 99))


@dataclass(frozen=True, slots=True)
class Lessons:
    """Crops for training as numpy arrays: waves (B, T + 1) float32, phase (B, T) float64 in cycles,
    controls (B, T / HOP, 7) and instrument (B,)."""

    waves: np.ndarray
    phase: np.ndarray
    controls: np.ndarray
    instrument: np.ndarray


def crop(recording: Recording, random: np.random.Generator, length: int, furthest: float) -> tuple | None:
    """One lesson out of a recording, transposed by up to `furthest` octaves, half of them gliding or trembling.

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
    room = len(recording.features) * HOP - moves[-1] - 3 * HOP
    if room <= 0:
        return None
    moves += HOP + random.uniform(0, room)
    places = np.interp(np.arange(-1, length) / HOP, np.arange(hops + 1), moves)
    places[0] = 2 * places[1] - places[2]
    wave = recording.waves[next(i for i, margin in enumerate(MARGIN) if ratio.max() <= margin + 1e-9)]
    wave = cubic(wave, places * FINE)
    rows = np.arange(len(recording.features)) * HOP
    features = np.stack([np.interp(moves[:hops] + HOP / 2, rows, column) for column in recording.features.T], axis=1)
    pitch, loud, bright, rough, onset, gate = features.T
    size = octaves[:hops]
    controls = np.stack((pitch + 12 * size, loud, bright, rough, size, onset, gate), axis=1)
    phase = np.interp(places[1:], rows, recording.cycles)
    return wave, phase, controls, recording.instrument


def cubic(wave: np.ndarray, places: np.ndarray) -> np.ndarray:
    """A wave read between its samples (Catmull and Rom 1974)."""
    first = places.astype(np.int64)
    part = (places - first).astype(np.float32)
    a, b, c, d = (wave[first + offset] for offset in (-1, 0, 1, 2))
    return b + 0.5 * part * (c - a + part * (2 * a - 5 * b + 4 * c - d + part * (3 * (b - c) + d - a)))


def lessons(recordings: Sequence[Recording], random: np.random.Generator, batch: int, length: int,
            furthest: float) -> Iterator[Lessons]:
    """Batches for ever, each moment of the recordings equally often."""
    weights = np.array([recording.seconds for recording in recordings])
    weights /= weights.sum()
    while True:
        made = []
        while len(made) < batch:
            chosen = recordings[random.choice(len(recordings), p=weights)]
            made += filter(None, [crop(chosen, random, length, furthest)])
        yield Lessons(*(np.stack(part) for part in zip(*made, strict=True)))
