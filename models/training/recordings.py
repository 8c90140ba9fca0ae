"""A folder of recordings, read with care: what cannot be used is told by name, long ones are cut at their silences."""

import hashlib
import inspect
import zipfile
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import soundfile
import soxr
from tqdm import tqdm

from models.partials import HIGHEST, PARTIALS
from models.training import analysis
from models.training.analysis import Analysis, decibels, loudness, take_apart
from models.training.crops import Recording, prepare
from models.wavenet import HOP, RATE

SUFFIXES = (".wav", ".flac", ".aif", ".aiff", ".ogg", ".mp3")
OTHERS = (".m4a", ".aac", ".wma", ".opus", ".caf", ".mp4", ".mov")  # sound that is not read here
SHORTEST, LONGEST = 0.5, 12.0  # seconds of a piece
PAUSE, HUSH = 0.25, 45.0  # seconds and decibels below the loudest moment that make a silence to cut at
FAINT = 1e-3  # a recording that never gets louder is silent
CLIPPED = 8  # samples at full scale in a row
ENOUGH = 10.0  # seconds


def gather(data: Path, cache: Path, complaints: list[str]) -> tuple[list[Recording], tuple[str, ...]]:
    """The recordings of a folder prepared, and its instruments (each subfolder is one); adds a line for each bad file.

    What a recording is made of is worked out once and kept in the folder `cache`. ValueError, in one sentence, if there
    is less than ENOUGH seconds of sound to learn from.
    """
    pieces_of = all_pieces(data, complaints)
    seconds = sum(len(audio) for _, audio, _ in pieces_of) / RATE
    if seconds < ENOUGH:
        raise ValueError(f"wanted ten seconds of sound or more in {data}, found {seconds:.1f}; minutes are better: "
                         "add recordings (wav or flac) of one instrument, dry and without other sounds")
    cache.mkdir(parents=True, exist_ok=True)
    found = [(analysed(name, audio, cache), instrument)
             for name, audio, instrument in tqdm(pieces_of, desc="tracking pitch")]
    found = [(sound, instrument) for sound, instrument in found if sound is not None]
    return prepare(*zip(*found, strict=True)), tuple(folder.name for folder in folders_of(data))


def folders_of(data: Path) -> list[Path]:
    """The folder of each instrument: the subfolders that hold sound, else the folder itself."""
    return sorted(path for path in data.iterdir() if path.is_dir() and files(path)) or [data]


def all_pieces(data: Path, complaints: list[str]) -> list[tuple[str, np.ndarray, int]]:
    """Name, sound and instrument of each piece in a folder of recordings; adds a line for each bad file."""
    return [(*piece, instrument) for instrument, folder in enumerate(folders_of(data)) for path in files(folder)
            for piece in read_pieces(path, complaints)]


def files(folder: Path) -> list[Path]:
    """All sound files in a folder, also those that are not read."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES + OTHERS)


def read(path: Path) -> np.ndarray:
    """A sound file as mono float32 at RATE; soundfile.LibsndfileError if it is none."""
    audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return soxr.resample(audio.mean(axis=1), rate, RATE, "VHQ").astype(np.float32)


def read_pieces(path: Path, complaints: list[str]) -> list[tuple[str, np.ndarray]]:
    """The pieces of a file with their names; a line for what is wrong with it."""
    if path.suffix.lower() in OTHERS:
        complaints.append(f"{path}: left out, {path.suffix} is not read here; convert it to wav or flac")
        return []
    try:
        audio = read(path)
    except (soundfile.LibsndfileError, RuntimeError, ValueError):
        complaints.append(f"{path}: left out, it cannot be read as sound")
        return []
    trouble = fault(audio)
    if trouble:
        complaints.append(f"{path}: left out, {trouble}")
        return []
    if clipped(audio):
        complaints.append(f"{path}: clipped; it is used, but a softer take would sound better")
    return [(f"{path.stem}-{number}" if number else path.stem, piece) for number, piece in enumerate(pieces(audio))]


def analysed(name: str, audio: np.ndarray, cache: Path) -> Analysis | None:
    """A recording taken apart, out of the cache if it was before: by the same code, under the same name."""
    code = inspect.getsource(analysis) + str((RATE, HOP, PARTIALS, HIGHEST))
    key = hashlib.sha256(name.encode() + code.encode() + audio.tobytes()).hexdigest()
    path, names = cache / f"{key[:32]}.npz", [field.name for field in fields(Analysis)][1:]
    if path.exists():
        try:
            with np.load(path) as kept:
                return Analysis(name, *(kept[each] if kept[each].ndim else float(kept[each]) for each in names))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            pass  # cut short when a training was killed: it is made again
    found = take_apart(name, audio)
    if found is not None:
        np.savez(path, **{each: getattr(found, each) for each in names})
    return found


def fault(audio: np.ndarray) -> str:
    """What makes a recording useless, or nothing."""
    if not np.isfinite(audio).all():
        return "it holds samples that are no numbers"
    if len(audio) < SHORTEST * RATE:
        return f"it is shorter than {SHORTEST} s"
    return "it is silent" if np.abs(audio).max() < FAINT else ""


def clipped(audio: np.ndarray) -> bool:
    """Whether several samples in a row stand at full scale."""
    full = (np.abs(audio) > 0.999).astype(np.int8)
    return bool(len(full) >= CLIPPED and np.convolve(full, np.ones(CLIPPED, np.int8), "valid").max() >= CLIPPED)


def pieces(audio: np.ndarray) -> Iterator[np.ndarray]:
    """A recording cut at its silences, and where it goes on for too long."""
    level = decibels(loudness(audio, 0.02))
    loud = level > level.max() - HUSH
    gap = np.ones(int(PAUSE * RATE / HOP))
    loud = np.convolve(loud, gap, "same") > 0  # pauses shorter than that are part of the sound
    edges = np.flatnonzero(np.diff(np.concatenate(([0], loud.astype(np.int8), [0]))))
    for start, stop in edges.reshape(-1, 2) * HOP:
        parts = int(np.ceil((stop - start) / (LONGEST * RATE)))
        for part in np.array_split(audio[start:stop], parts):
            if len(part) >= SHORTEST * RATE:
                yield part
