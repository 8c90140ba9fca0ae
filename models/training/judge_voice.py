"""A voice's figures: python -m models.training.judge_voice [--voice FOLDER]

Pitch of 24 notes by YIN (training tracked it by another method), loudness asked and measured, how much of the sound
lies at the partials of the note, and ten minutes of one tone, all as a table in Markdown.
"""

import argparse
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr
from tqdm import tqdm

from models.disk import WEIGHTS, load
from models.fast import Generator
from models.wavenet import RATE, Wavenet

LOWEST, HIGHEST, NOTES = 24, 69, 24


def note(network: Wavenet, pitch: float, loudness: float, seconds: float, seed: int) -> np.ndarray:
    """A note without its beginning."""
    generator = Generator(network, 1, seed)
    generator.targets[0] = pitch, loudness, 0.5, 0.02, 0, 1, 0, 1
    return generator.render(int((seconds + 0.4) * RATE))[0, int(0.4 * RATE):]


def cents_off(wave: np.ndarray, pitch: float) -> float:
    """How far the pitch that YIN hears (de Cheveigne and Kawahara 2002) is from the one asked for."""
    import librosa

    wanted = 440 * 2 ** ((pitch - 69) / 12)
    heard = librosa.yin(wave, fmin=wanted / 2.3, fmax=min(2.3 * wanted, 4000), sr=RATE, frame_length=8192)
    return 1200 * np.log2(np.median(heard) / wanted)


def tone_over_noise(wave: np.ndarray, pitch: float) -> float:
    """Decibels of what lies at the partials over what lies between them."""
    power = np.abs(np.fft.rfft(wave * np.hanning(len(wave)))) ** 2
    place, wanted = np.fft.rfftfreq(len(wave), 1 / RATE), 440 * 2 ** ((pitch - 69) / 12)
    near = np.abs(place / wanted - np.round(place / wanted)) * wanted < max(3, 0.03 * wanted)
    near &= place > wanted / 2
    return 10 * np.log10(power[near].sum() / power[~near].sum())


def level(wave: np.ndarray) -> float:
    return 20 * np.log10(np.sqrt(np.mean(wave ** 2)) + 1e-9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voice", type=Path, default=WEIGHTS, help="the folder of another voice")
    network = load("voice", parser.parse_args().voice)
    pitches = np.linspace(LOWEST, HIGHEST, NOTES).round()
    waves = [note(network, pitch, 0.9, 2.0, seed) for seed, pitch in enumerate(tqdm(pitches))]
    off = np.array([cents_off(wave, pitch) for wave, pitch in zip(waves, pitches, strict=True)])
    asked = np.tile(np.linspace(0.3, 1, 12), 3)
    measured = [level(note(network, pitch, loudness, 1.0, 5)) for pitch, loudness in
                zip(np.repeat((31, 43, 57), 12), asked, strict=True)]
    generator = Generator(network, 1, 3)
    generator.targets[0] = 38, 0.9, 0.5, 0.02, 0, 1, 0, 1
    seconds = [level(generator.render(RATE)[0]) for _ in tqdm(range(600))][1:]
    octaves = np.abs(np.abs(off) - 1200) < 100
    rows = {"median pitch error, 24 notes from C1 to A4": f"{np.median(np.abs(off)):.1f} cents",
            "within 50 cents": f"{np.mean(np.abs(off) < 50):.0%}", "an octave off": f"{octaves.sum()}",
            "loudness, rank correlation of asked and measured": f"{spearmanr(asked, measured)[0]:.3f}",
            "partials over noise, median": f"{np.median([*map(tone_over_noise, waves, pitches)]):.1f} dB",
            "level of each second over ten minutes": f"{np.min(seconds):.1f} to {np.max(seconds):.1f} dB"}
    print("| | |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in rows.items()))


if __name__ == "__main__":
    main()
