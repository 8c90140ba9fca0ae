"""What a recording holds: its pitch and phase, the strength of each partial, the noise that is left, and the bowing."""

import re
import zlib
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, sosfiltfilt

from models.partials import HIGHEST, PARTIALS, QUIETEST
from models.wavenet import HOP, RATE, hertz

LOWEST_PITCH, HIGHEST_PITCH = 27.5, 1760.0  # Hz that a pitch is looked for in when the file's name does not tell
STEP = 8 * HOP  # samples from one look at the pitch to the next
LOCKED = 8  # partials that the phase of a tone is measured by
QUIET = 60.0  # decibels below a recording's loudest moment where its sound begins and ends
FALLING = 35.0  # decibels a second: what falls faster, to the end of a recording, rings out
EARLY = 1.0  # decibels below the plateau where a note has risen
SMEAR = 0.05 * RATE / HOP  # hops over which the power of noise is averaged
LOOKS = 8  # hops between two looks at the partials
NOTE = re.compile(r"(?:^|[_\-. ])([a-g])([b#]?)(-?[0-8])(?=$|[_\-. ])")
BOWS = re.compile(r"(?:^|[_\-. ])(up|down)(?=$|[_\-. ])")


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """One sound taken apart; hops are HOP samples at RATE.

    noise (n,) what the partials leave, at RATE; cycles (hops,) of the phase, float64; pitch (hops,) in MIDI notes;
    level (hops,) of the note's plateau and decay as bowed, in decibels (root mean square, full scale 0), without onset,
    ringing and wander; strengths (looks, PARTIALS) and noisiness (hops,) in decibels beside that level, partials as the
    root mean square of each; since, until: seconds since the note began, and since the bow left it; bow: 1 down, -1 up,
    0 unknown.
    """

    name: str
    noise: np.ndarray
    cycles: np.ndarray
    pitch: np.ndarray
    level: np.ndarray
    strengths: np.ndarray
    noisiness: np.ndarray
    since: np.ndarray
    until: np.ndarray
    bow: float


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


def named_bow(name: str) -> float:
    """1 where a file's name says down, -1 where it says up, 0 where it says neither."""
    found = BOWS.search(name.lower())
    return 0.0 if found is None else 1.0 if found[1] == "down" else -1.0


def cells(audio: np.ndarray) -> np.ndarray:
    """Means over each hop."""
    return np.add.reduceat(audio, np.arange(0, len(audio), HOP)) / HOP


def every_sample(values: np.ndarray, count: int) -> np.ndarray:
    """What is known in the middle of every hop, at every sample."""
    return np.interp(np.arange(count), (np.arange(len(values)) + 0.5) * HOP, values)


def loudness(audio: np.ndarray, seconds: float) -> np.ndarray:
    """Root mean square around the middle of each hop, over a bell of so many seconds to each side."""
    return np.sqrt(gaussian_filter1d(cells(audio.astype(np.float64) ** 2), seconds * RATE / HOP, mode="nearest"))


def decibels(values: np.ndarray) -> np.ndarray:
    return 20 * np.log10(np.maximum(values, 1e-7))


def track_pitch(audio: np.ndarray, note: float | None) -> np.ndarray:
    """The pitch in Hz at every hop by probabilistic YIN (Mauch and Dixon 2014), near the note if that is known."""
    import librosa

    low, high = (LOWEST_PITCH, HIGHEST_PITCH) if note is None else hertz(np.array([-1, 1]) + note)
    window = 1 << int(np.ceil(np.log2(4 * RATE / low)))
    pitch, voiced, _ = librosa.pyin(audio, fmin=low, fmax=high, sr=RATE, frame_length=max(2048, window),
                                    hop_length=STEP, max_transition_rate=10)
    places, hops = np.flatnonzero(voiced), np.arange(-(-len(audio) // HOP))
    if len(places) < 2:
        return np.full(len(hops), hertz(note or 45))
    return np.exp(np.interp(hops, places * STEP / HOP, np.log(pitch[places])))


def cycles_of(pitch: np.ndarray) -> np.ndarray:
    """The phase in cycles in the middle of every hop of a pitch in Hz."""
    return np.cumsum(pitch) * HOP / RATE - 0.5 * pitch * HOP / RATE


def bell(pitch: np.ndarray) -> float:
    """How many hops to look around for the partials of a tone: longer than a period, so that neighbours part."""
    return np.clip(1.2 * RATE / np.median(pitch), 0.012 * RATE, 0.05 * RATE) / HOP


def smooth(values: np.ndarray, width: float) -> np.ndarray:
    """Complex values over a bell of `width` hops."""
    return gaussian_filter1d(values.real, width) + 1j * gaussian_filter1d(values.imag, width)


def partial(audio: np.ndarray, cycles: np.ndarray, number: float, width: float) -> np.ndarray:
    """A partial's amplitude and phase against the cycles, complex, in every hop, over a bell of `width` hops."""
    return smooth(cells(audio * np.exp(-2j * np.pi * number * every_sample(cycles, len(audio)))), width)


def lock(audio: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    """The pitch in Hz in every hop as the tone itself has it.

    How the phases of the first partials move against the tracked pitch tells how it is off.
    """
    width, numbers = bell(pitch), np.arange(1, LOCKED + 1)[:, None]
    for _ in range(2):
        cycles = cycles_of(pitch)
        partials = np.array([partial(audio, cycles, number, width) for number in range(1, LOCKED + 1)])
        power, steps = np.abs(partials) ** 2, np.angle(partials[:, 1:] * partials[:, :-1].conj())
        off = (power[:, 1:] * numbers * steps).sum(0) / ((power[:, 1:] * numbers ** 2).sum(0) + 1e-12)
        off = gaussian_filter1d(np.concatenate((off[:1], off)), width) * RATE / HOP / (2 * np.pi)
        pitch = pitch + np.clip(off, -0.03 * pitch, 0.03 * pitch)
    return pitch


def part(audio: np.ndarray, pitch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The amplitude of each partial in every hop, (hops, PARTIALS), and what is left of the sound without them.

    Each is measured by projection on its phase over a bell of a period or so. What lies halfway between two partials
    tells how much noise is measured with them: as much less is taken out (as by Wiener), so that noise has no holes.
    """
    width, count = bell(pitch), min(PARTIALS, int(HIGHEST / np.median(pitch)))
    fine = every_sample(cycles_of(pitch), len(audio))
    turn, half = np.exp(-2j * np.pi * fine), np.exp(-1j * np.pi * fine)
    power_between = []
    turned = audio * half
    for _ in range(count + 1):
        power_between.append(gaussian_filter1d(np.abs(smooth(cells(turned), width)) ** 2, SMEAR))
        turned = turned * turn
    strengths, rest = np.zeros((len(pitch), PARTIALS)), audio.astype(np.float64)
    turned, wave = audio * turn, turn.conj()
    for number in range(count):
        found = smooth(cells(turned), width)
        noise = 0.5 * (power_between[number] + power_between[number + 1])
        found = found * np.clip(1 - noise / (gaussian_filter1d(np.abs(found) ** 2, SMEAR) + 1e-16), 0, 1)
        strengths[:, number] = np.sqrt(2) * np.abs(found)
        real, imaginary = (every_sample(part, len(audio)) for part in (found.real, found.imag))
        rest -= 2 * (real * wave.real - imaginary * wave.imag)
        turned, wave = turned * turn, wave * turn.conj()
    return strengths, rest


def slip_phase(noise: np.ndarray, cycles: np.ndarray) -> float:
    """Where in its cycle the noise is strongest: the string slips there, whatever phase the tracking began with."""
    high = sosfiltfilt(butter(2, 1500, "highpass", fs=RATE, output="sos"), noise)
    return float(np.angle(np.sum(high ** 2 * np.exp(2j * np.pi * every_sample(cycles, len(noise))))) / (2 * np.pi))


def shape(level: np.ndarray) -> tuple[np.ndarray, int, int]:
    """A note as bowed out of its level in decibels a hop: plateau and decay as a line, where it has risen, and where
    the bow leaves it."""
    top, window = np.percentile(level, 90), int(0.08 * RATE / HOP)
    slope = (level[window:] - level[:-window]) / 0.08
    held = np.flatnonzero((slope > -FALLING) & (level[:-window] > top - 25))
    left = int(held[-1]) + window // 2 if len(held) else len(level) - 1
    risen = int(np.flatnonzero(level >= level[:left + 1].max() - EARLY)[0])
    risen = min(risen, max(left - window, 0))
    if left - risen < 2:
        return np.full(len(level), top), risen, left
    slant, middle = np.polyfit(np.arange(risen, left + 1), level[risen:left + 1], 1)
    return middle + slant * np.clip(np.arange(len(level)), risen, left), risen, left


def take_apart(name: str, audio: np.ndarray) -> Analysis | None:
    """A recording at RATE taken apart; None if there is nothing to hear in it. Its name may tell note and bow."""
    slow = decibels(loudness(audio, 0.02))
    heard = np.flatnonzero(slow > slow.max() - QUIET)
    start, stop = max(0, heard[0] - 8), heard[-1] + 1
    if (stop - start) * HOP < RATE // 4 or slow.max() < -80:
        return None
    audio = audio[start * HOP:stop * HOP]
    audio = audio[:len(audio) // HOP * HOP]
    pitch = lock(audio, track_pitch(audio, named_pitch(name)))
    strengths, noise = part(audio, pitch)
    cycles = cycles_of(pitch)
    cycles = cycles - slip_phase(noise, cycles)
    level, _, left = shape(decibels(loudness(audio, max(0.03, 0.8 / np.median(pitch)))))
    hops = np.arange(len(pitch))
    noisiness = decibels(loudness(noise, max(0.02, 0.8 / np.median(pitch)))) - level
    beside = decibels(strengths[LOOKS // 2::LOOKS]) - level[LOOKS // 2::LOOKS, None]
    return Analysis(name, noise.astype(np.float32), cycles, 69 + 12 * np.log2(pitch / 440), level,
                    np.maximum(beside, QUIETEST).astype(np.float32), noisiness.astype(np.float32),
                    hops * HOP / RATE, np.maximum(hops - left, 0) * HOP / RATE, named_bow(name))
