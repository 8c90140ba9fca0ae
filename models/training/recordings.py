"""A folder of recordings, read with care: what cannot be used is told by name, long ones are cut at their silences."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
from tqdm import tqdm

from models.training.sounds import SUFFIXES, Recording, loudest_of, loudness, named_pitch, prepare, read
from models.wavenet import HOP, RATE

SHORTEST, LONGEST = 0.5, 12.0  # seconds of a piece
PAUSE, HUSH = 0.25, 45.0  # seconds and decibels below the loudest moment that make a silence to cut at
FAINT = 1e-3  # a recording that never gets louder is silent
CLIPPED = 8  # samples at full scale in a row


def gather(data: Path, complaints: list[str]) -> tuple[list[Recording], tuple[str, ...]]:
    """The recordings of a folder prepared, and its instruments (each subfolder is one); adds a line for each bad file.

    ValueError, in one sentence, if there is less than ten seconds of sound to learn from.
    """
    folders = sorted(path for path in data.iterdir() if path.is_dir() and files(path)) or [data]
    sounds = []
    for instrument, folder in enumerate(folders):
        for path in files(folder):
            try:
                audio = read(path)
            except (soundfile.LibsndfileError, RuntimeError, ValueError):
                complaints.append(f"{path}: left out, it cannot be read as sound")
                continue
            trouble = fault(audio)
            if trouble:
                complaints.append(f"{path}: left out, {trouble}")
                continue
            if clipped(audio):
                complaints.append(f"{path}: clipped; it is used, but a softer take would sound better")
            sounds += [(f"{path.stem}-{number}" if number else path.stem, piece, instrument)
                       for number, piece in enumerate(pieces(audio))]
    seconds = sum(len(audio) for _, audio, _ in sounds) / RATE
    if seconds < 10:
        raise ValueError(f"wanted ten seconds of sound or more in {data}, found {seconds:.1f}; minutes are better: "
                         "add recordings (wav or flac) of one instrument, dry and without other sounds")
    loudest = loudest_of([audio for _, audio, _ in sounds])
    prepared = (prepare(name, audio, instrument, loudest, named_pitch(name))
                for name, audio, instrument in tqdm(sounds, desc="tracking pitch"))
    names = tuple(folder.name for folder in folders)
    return [recording for recording in prepared if recording is not None], names


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def fault(audio: np.ndarray) -> str:
    """What makes a recording useless, or nothing."""
    if len(audio) < SHORTEST * RATE:
        return f"it is shorter than {SHORTEST} s"
    return "it is silent" if np.abs(audio).max() < FAINT else ""


def clipped(audio: np.ndarray) -> bool:
    """Whether several samples in a row stand at full scale."""
    full = (np.abs(audio) > 0.999).astype(np.int8)
    return bool(len(full) >= CLIPPED and np.convolve(full, np.ones(CLIPPED, np.int8), "valid").max() >= CLIPPED)


def pieces(audio: np.ndarray) -> Iterator[np.ndarray]:
    """A recording cut at its silences, and where it goes on for too long."""
    level = loudness(audio, 0.02)[::HOP]
    loud = level > level.max() * 10 ** (-HUSH / 20)
    gap = np.ones(int(PAUSE * RATE / HOP))
    loud = np.convolve(loud, gap, "same") > 0  # pauses shorter than that are part of the sound
    edges = np.flatnonzero(np.diff(np.concatenate(([0], loud.astype(np.int8), [0]))))
    for start, stop in edges.reshape(-1, 2) * HOP:
        parts = int(np.ceil((stop - start) / (LONGEST * RATE)))
        for part in np.array_split(audio[start:stop], parts):
            if len(part) >= SHORTEST * RATE:
                yield part
