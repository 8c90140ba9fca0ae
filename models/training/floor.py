"""What lies between the partials: the voice's noise is set no louder there than recordings have it."""

import math
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from scipy.signal import lfilter

from models.generator import SEEN, Generator, trace
from models.training.crops import FINE, Recording
from models.training.wander import measured_places
from models.voice import Voice
from models.wavenet import CONTROLS, DRIVE, EMPHASIS, RATE, hertz

OCTAVES = (500.0, 1000.0, 2000.0, 4000.0, 8000.0)  # Hz between which noise is heard as such
BETWEEN = 0.35  # of the distance between two partials, that is counted as far from both
COMB = 3.4  # decibels by which crops.between lets through more there than in the mean
WINDOW = 0.7  # seconds of a spectrum that parts the lowest string's partials
STEP = 3  # semitones between the notes at which the network is listened to
LOUD, SECONDS = 0.6, 2.0  # of each of them
EVERY = 10  # of so many looks at a recording one counts
STIFF = 3.0  # how much a correction that changes with the controls has to be worth


def floor(wave: np.ndarray, rate: float, first: float) -> np.ndarray:
    """Decibels of what lies between the partials of a tone of so many Hz, in each octave; NaN where none fits."""
    size = min(int(WINDOW * rate), len(wave))
    frequency = np.fft.rfftfreq(size, 1 / rate)
    far = np.abs(frequency / first - np.round(frequency / first)) > BETWEEN
    window = np.hanning(size)
    power = np.mean([np.abs(np.fft.rfft(wave[start:start + size] * window)) ** 2
                     for start in range(0, len(wave) - size + 1, size // 2)], axis=0) * 2 / (window ** 2).sum() / size
    found = []
    for low, high in zip(OCTAVES[:-1], OCTAVES[1:], strict=True):
        octave = (frequency >= low) & (frequency < high)
        there = power[octave & far]
        found.append(10 * np.log10(there.mean() * octave.sum() + 1e-20) if len(there) else np.nan)
    return np.array(found)


def recorded(recording: Recording) -> np.ndarray:
    """The floor of the middle of a recording's noise, which is levelled."""
    wave, pitch = recording.waves[0], float(np.median(recording.features[:, 0]))
    return floor(wave[len(wave) // 5:len(wave) * 4 // 5], FINE * RATE, hertz(pitch)) - COMB


def drawn(network: Voice, pitch: float, instrument: int) -> np.ndarray:
    """The floor of the noise that the network draws, which is levelled too."""
    generator, count = Generator(network, 1), int(SECONDS * RATE)
    generator.targets[0] = pitch, LOUD, 0.5, 0, 0, 1, instrument, 1, 0, 0
    seen = np.zeros((count, SEEN + len(CONTROLS)))
    trace(generator.machine, generator.targets, np.empty((1, count), np.float32), seen)
    wave = lfilter([1], [1, -EMPHASIS], seen[:, 2]) / DRIVE
    return floor(wave[count // 4:], RATE, hertz(pitch))


@torch.no_grad()
def settle(network: Voice, recordings: Sequence[Recording], floors: Sequence[np.ndarray | None]) -> None:
    """Lower a network's noise so that between the partials it is as loud as recorded, in the mean of octaves' decibels.

    floors are what `recorded` tells of each recording, None where its noise is to stay. What a projection leaves of a
    tone clings to the partials, and the network spreads it evenly: a haze, most of all where the string is low. A floor
    that is higher than what is drawn raises nothing: on the lowest notes the tone's own flutter reaches it.
    """
    partials, own, rows, wanted = network.partials, {}, [], []
    for recording, there in zip(recordings, floors, strict=True):
        places = measured_places(recording)[::EVERY]
        told, which = torch.from_numpy(recording.features[places]), torch.full((len(places),), recording.instrument)
        off = 0.0
        if there is not None:
            key = STEP * round(float(told[:, 0].median()) / STEP), recording.instrument
            if key not in own:
                own[key] = drawn(network, *key)
            foretold = partials(told, which)[2].numpy()
            off = float((recording.noisiness[places] - foretold).mean()) + min(np.nanmean(there - own[key]), 0.0)
        share = 1 / math.sqrt(len(places))  # each recording counts the same
        rows.append(share * F.pad(partials.hidden(told, which), (0, 1), value=1.0))
        wanted.append(torch.full((len(places),), share * off))
    rows, wanted = torch.cat(rows).double(), torch.cat(wanted).double()
    stiff = STIFF * torch.eye(rows.shape[1]).double()
    stiff[-1, -1] = 0.0
    change = torch.linalg.solve(rows.T @ rows + stiff, rows.T @ wanted).float()
    partials.out.weight[-1] += change[:-1]
    partials.out.bias[-1] += change[-1]
