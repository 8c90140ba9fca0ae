"""A voice's figures: python -m models.training.judge_voice --data FOLDER [--voice FOLDER] [--pictures FOLDER]

Notes that were held out of the recordings in --data, beside what the voice plays when it is told their pitch and level,
and beside a sampler that has one note and plays it faster or slower; then loudness, steps, and ten minutes of one tone.
All as tables in Markdown; --pictures writes three spectrograms for each note, and one for each instrument.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from scipy.signal import butter, sosfiltfilt
from scipy.stats import spearmanr
from tqdm import tqdm

from models.disk import WEIGHTS, load
from models.generator import GATE, LOUDNESS, PITCH, TAKE, Generator
from models.training.analysis import Analysis, decibels, held_out, loudness, named_pitch
from models.training.common import heard
from models.training.crops import cubic, loudest_of
from models.training.plots import spectrograms
from models.training.recordings import analysed, files, read_pieces
from models.voice import Voice
from models.wavenet import HOP, RANGE, RATE, hertz

WINDOW = 16384  # samples of a spectrum that parts partials from what lies between them
FLOOR = 80.0  # decibels below the loudest band that count in the log-mel distance
MIDDLE = 45.0  # the note that the sampler has is the one nearest to it


def level(wave: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(wave, dtype=np.float64)) + 1e-12))


def cents_off(wave: np.ndarray, pitch: float) -> float:
    """How far the pitch that YIN hears (de Cheveigne and Kawahara 2002) is from the one asked for."""
    import librosa

    wanted = hertz(pitch)
    found = librosa.yin(wave, fmin=wanted / 2.3, fmax=min(2.3 * wanted, 8000), sr=RATE, frame_length=8192)
    return 1200 * np.log2(np.median(found) / wanted)


def tone_over_noise(wave: np.ndarray, pitch: float, low: float = 1500, high: float = 5000) -> float:
    """Decibels of what lies within 0.15 of a partial's distance from the partials between low and high Hz, over what is
    further than 0.25 from all; the mean over windows."""
    size, found = min(WINDOW, len(wave)), []
    place = np.fft.rfftfreq(size, 1 / RATE)
    off = np.abs(place / hertz(pitch) - np.round(place / hertz(pitch)))
    band = (place > low) & (place < high)
    for start in range(0, len(wave) - size + 1, size // 2):
        power = np.abs(np.fft.rfft(wave[start:start + size] * np.hanning(size))) ** 2
        found.append(10 * np.log10(power[band & (off < 0.15)].sum() / (power[band & (off > 0.25)].sum() + 1e-20)))
    return float(np.mean(found))


def above(wave: np.ndarray, frequency: float = 11_000) -> float:
    """Decibels of the energy above a frequency beside all of it."""
    power = np.abs(np.fft.rfft(wave * np.hanning(len(wave)))) ** 2
    return float(10 * np.log10(power[np.fft.rfftfreq(len(wave), 1 / RATE) > frequency].sum() / power.sum() + 1e-15))


def log_mel(wave: np.ndarray) -> np.ndarray:
    """Decibels of 64 mel bands in frames of 85 ms, at the same loudness, down to FLOOR."""
    import librosa

    mel = 10 * np.log10(librosa.feature.melspectrogram(y=wave / wave.std(), sr=RATE, n_fft=2048, hop_length=512,
                                                       n_mels=64, fmin=30, fmax=11_500) + 1e-12)
    return np.maximum(mel, mel.max() - FLOOR)


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Mean difference of two sounds' log-mel spectra, in decibels, frame by frame."""
    count = min(len(one), len(other))
    return float(np.abs(log_mel(one[:count]) - log_mel(other[:count])).mean())


def held(wave: np.ndarray) -> tuple[float, float]:
    """How much the level wanders in the held part of a note, about a line, in decibels; and the seconds of its rise,
    from 20 to 3 decibels below the plateau."""
    curve = decibels(loudness(wave, 0.02))
    top = np.percentile(curve, 90)
    near = np.flatnonzero(curve > top - 3)
    rise = (near[0] - np.flatnonzero(curve > top - 20)[0]) * HOP / RATE
    part = curve[near[0]:near[-1] + 1]
    places = np.arange(len(part))
    return float((part - np.polyval(np.polyfit(places, part, 1), places)).std()), rise


def play(network: Voice, pitch: float, asked: np.ndarray, left: int, seed: int, instrument: int = 0) -> np.ndarray:
    """A note whose loudness is told hop by hop (hops,), its gate closing after `left` hops."""
    generator, parts = Generator(network, 1, seed), []
    for hop, loud in enumerate(asked):
        generator.targets[0] = pitch, loud, 0.5, 0, 0, hop < left, instrument, 1, 0, 0
        parts.append(generator.render(HOP)[0])
    return np.concatenate(parts)


def steady(network: Voice, pitch: float, loud: float, seconds: float, seed: int) -> np.ndarray:
    """A note without its beginning."""
    hops = int((seconds + 0.5) * RATE / HOP)
    return play(network, pitch, np.full(hops, loud), hops, seed)[RATE // 2:]


def each_instrument(network: Voice, seconds: float = 2.0) -> dict[str, np.ndarray]:
    """The same A2 on each instrument, by its name."""
    hops = int(seconds * RATE / HOP)
    return {name: play(network, MIDDLE, np.full(hops, 0.9), hops * 3 // 4, 1, number)
            for number, name in enumerate(network.instruments)}


def sampled(source: np.ndarray, octaves: float, count: int) -> np.ndarray:
    """A sampler's one note, played faster by so many octaves."""
    places = np.arange(1, min(count, int((len(source) - 4) / 2 ** octaves))) * 2 ** octaves + 1
    if octaves > 0:
        source = sosfiltfilt(butter(8, 0.95 * 2 ** -octaves, output="sos"), source)
    return cubic(source.astype(np.float32), places[places < len(source) - 3])


def largest_step(network: Voice) -> tuple[float, float]:
    """The largest difference between two samples while a note is held, and at gates, steals and leaps."""
    generator = Generator(network, 1, 7)
    generator.targets[0] = 40, 0.9, 0.5, 0, 0, 1, 0, 1, 0, 0
    quiet = generator.render(2 * RATE)[0, RATE:]
    parts = [quiet]
    for number, (column, value) in enumerate(((TAKE, 2), (PITCH, 52), (GATE, 0), (TAKE, 3), (GATE, 1), (LOUDNESS, 0.5),
                                              (TAKE, 4), (LOUDNESS, 0.9), (PITCH, 40), (GATE, 0)) * 5):
        generator.targets[0, column] = value + 10 * number * (column == TAKE)
        parts.append(generator.render(3000)[0])
    return float(np.abs(np.diff(quiet)).max()), float(np.abs(np.diff(np.concatenate(parts))).max())


def notes_of(data: Path, cache: Path) -> tuple[list[tuple[Analysis, np.ndarray]], tuple[float, np.ndarray], float]:
    """Held-out notes taken apart and as they are; pitch and sound of the sampler's note; the level of loudness 1."""
    pieces = heard(lambda data, complaints: [piece for path in files(data) for piece in read_pieces(path, complaints)],
                   data)
    sounds = [(analysed(name, audio, cache), audio) for name, audio in tqdm(pieces, desc="tracking pitch")]
    known = [(sound, audio) for sound, audio in sounds if not held_out(sound.name) and named_pitch(sound.name)]
    sound, audio = min(known, key=lambda pair: (abs(named_pitch(pair[0].name) - MIDDLE), pair[0].name))
    notes = [(sound, audio) for sound, audio in sounds if held_out(sound.name) and named_pitch(sound.name)]
    return notes, (float(np.median(sound.pitch)), audio), loudest_of([sound for sound, _ in sounds])


def beside(network: Voice, sound: Analysis, real: np.ndarray, loudest: float, seed: int, instrument: int = 0
           ) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """What the voice plays when it is told a note's pitch and level; and the middle of both, without onset and end."""
    left = int((sound.until == 0).sum())
    asked = np.clip(1 + (sound.level - loudest) / RANGE, 0, 1)
    ours = play(network, float(np.median(sound.pitch)), asked, left, seed, instrument)
    return ours, tuple(wave[int(0.4 * RATE):max(left * HOP, RATE)] for wave in (real, ours))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the recordings it was trained on")
    parser.add_argument("--voice", type=Path, default=WEIGHTS, help="the folder of another voice")
    parser.add_argument("--cache", type=Path, help="the folder `analysis` beside its checkpoint, to save time")
    parser.add_argument("--pictures", type=Path, help="a folder for spectrograms")
    parser.add_argument("--minutes", type=float, default=10, help="how long one tone is held at the end")
    args = parser.parse_args()
    network = load("voice", args.voice)
    notes, (note, source), loudest = notes_of(args.data, args.cache or Path(tempfile.mkdtemp()))
    rows, waves = [], []
    for seed, (sound, real) in enumerate(tqdm(notes, desc="playing")):
        pitch = float(np.median(sound.pitch))
        ours, middle = beside(network, sound, real, loudest, seed)
        other = sampled(source, (pitch - note) / 12, len(real))
        rows.append((distance(real, ours), distance(real, other), cents_off(ours, pitch),
                     *(tone_over_noise(wave, pitch) for wave in middle), *(above(wave) for wave in (real, ours)),
                     *held(real), *held(ours)))
        waves.append((sound.name, {"recorded": real, "a sampler with one other note": other, "voice": ours}))
    table = np.array(rows)
    mel, sampler, cents, real_tone, tone, real_high, high, real_wander, real_rise, wander, rise = table.T
    asked = np.tile(np.linspace(0.3, 1, 8), 3)
    measured = [level(steady(network, pitch, loud, 1.0, 5)) for pitch, loud in zip(np.repeat((31, 43, 57), 8), asked)]
    quiet, worst = largest_step(network)
    generator = Generator(network, 1, 3)
    generator.targets[0] = 38, 0.9, 0.5, 0, 0, 1, 0, 1, 0, 0
    seconds = [level(generator.render(RATE)[0]) for _ in tqdm(range(int(60 * args.minutes)), desc="holding")][2:]
    drift = np.mean(seconds[-60:]) - np.mean(seconds[:60])
    medians = {"partials over noise, 1.5 to 5 kHz": (real_tone, tone, "dB"),
               "energy above 11 kHz": (real_high, high, "dB"),
               "wander of the level in a note": (real_wander, wander, "dB"),
               "rise, from 20 to 3 dB below the plateau": (real_rise, rise, "s")}
    print(f"| medians of {len(notes)} notes held out | recorded | voice |\n|---|---|---|")
    for name, (recorded, made, unit) in medians.items():
        print(f"| {name} | {np.median(recorded):.{2 if unit == 's' else 1}f} {unit} "
              f"| {np.median(made):.{2 if unit == 's' else 1}f} {unit} |")
    figures = {"log-mel distance from the recording, mean":
               f"{mel.mean():.1f} dB (the sampler {sampler.mean():.1f} dB)",
               "nearer than the sampler": f"{(mel < sampler).sum()} of {len(notes)} notes",
               "median pitch error": f"{np.median(np.abs(cents)):.1f} cents, at most {np.abs(cents).max():.1f}",
               "an octave off": f"{(np.abs(np.abs(cents) - 1200) < 100).sum()}",
               "loudness, rank correlation of asked and measured": f"{spearmanr(asked, measured)[0]:.3f}",
               "largest step at gates, steals and leaps": f"{worst:.3f} (in a held note {quiet:.3f})",
               f"level over {args.minutes:g} minutes, the last beside the first": f"{drift:+.2f} dB"}
    print("\n| | |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in figures.items()))
    for (sound, _), row in zip(notes, rows, strict=True):
        print(f"{sound.name}: log-mel {row[0]:.1f} (sampler {row[1]:.1f}), {row[2]:+.1f} cents, partials over noise "
              f"{row[4]:.0f} (recorded {row[3]:.0f}) dB")
    if args.pictures:
        for name, sounds in waves:
            spectrograms(sounds, RATE, args.pictures / f"{name}.webp")
        spectrograms(each_instrument(network), RATE, args.pictures / "instruments.webp")


if __name__ == "__main__":
    main()
