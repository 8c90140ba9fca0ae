"""A voice of one's own: a folder of recordings, the shipped voice as a beginning, and an hour."""

import shlex
import wave
from pathlib import Path

import numpy as np
import torch

from models.disk import WEIGHTS, load
from models.generator import Generator
from models.training.common import heard
from models.training.crops import Recording, loudest_of
from models.training.judge_voice import beside, cents_off, distance, tone_over_noise
from models.training.plots import curve
from models.training.recordings import all_pieces, analysed, gather
from models.training.voice import kept_apart, span, tones_of, train
from models.voice import Voice
from models.wavenet import RATE

JUDGED, LONG = 8, 1.5  # notes at most that the result is judged by, and seconds at least of each
NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def own_voice(data: Path, out: Path, minutes: float, every: float = 60) -> None:
    """Train a voice from the recordings in a folder and say, before and after, what to make of it.

    Writes voice.safetensors, a checkpoint, curve.png and examples/*.wav into `out`; run again it goes on. ValueError,
    in one sentence, if there is too little to learn from.
    """
    recordings, instruments = heard(lambda data, complaints: gather(data, out / "analysis", complaints), data)
    print(expectation(recordings, minutes), flush=True)
    shipped = load("voice", WEIGHTS)
    torch.manual_seed(1)
    network = Voice(**{**shipped.plan, "instruments": instruments, **span(recordings)})
    middle = float(np.median(np.concatenate([recording.features[:, 0] for recording in recordings])))

    def report(average: Voice, figures: list) -> None:
        curve(figures, "minutes", "loss, held out", out / "curve.png")
        example(average, middle, out / "examples" / f"{figures[-1][0]:05.1f}-minutes.wav")

    train(recordings, network, out, minutes, shipped, rate=1e-3, every=every, report=report)
    print(verdict(load("voice", out), recordings, data, out / "analysis"))
    print(f"hear it: neocog voice a2 c3 e3 --voice {shlex.quote(str(out))}\nin a rig: [voice] name = \"{out}\"")


def expectation(recordings: list, minutes: float) -> str:
    """What was found, and what to expect of it."""
    seconds = sum(recording.seconds for recording in recordings)
    low, high = np.percentile(np.concatenate([recording.features[:, 0] for recording in recordings]), (2, 98))
    return (f"{seconds:.0f} s of sound in {len(recordings)} pieces, from {name_of(low)} to {name_of(high)}; training "
            f"for {minutes:g} minutes\nan hour on two laptop cores gives a voice in tune with the sound of its "
            "instrument and some noise; more minutes, and more recordings in all pitches and strengths, make it "
            "cleaner (on a GPU nobody has measured it yet)")


def verdict(network: Voice, recordings: list[Recording], data: Path, cache: Path) -> str:
    """How near the voice comes to notes that were held out, by the measures that the shipped one is judged by."""
    held = {(each.name, each.instrument) for each in tones_of(kept_apart(recordings)[0])}
    sounds = [(analysed(name, audio, cache), audio, instrument) for name, audio, instrument in all_pieces(data, [])]
    sounds = [each for each in sounds if each[0] is not None]
    loudest, rows = loudest_of([sound for sound, *_ in sounds]), []
    for sound, real, instrument in sounds:
        if (sound.name, instrument) in held and len(rows) < JUDGED and len(real) > LONG * RATE:
            pitch = float(np.median(sound.pitch))
            ours, middle = beside(network, sound, real, loudest, len(rows), instrument)
            rows.append((distance(real, ours), abs(cents_off(ours, pitch)),
                         *(tone_over_noise(wave, pitch) for wave in middle)))
    if not rows:
        return "no note of a second and a half was held out: nothing to judge it by"
    off, cents, there, made = np.median(rows, axis=0)
    notes = "note" if len(rows) == 1 else "notes"
    return (f"on {len(rows)} {notes} held out: {off:.1f} dB of log-mel distance (the shipped voice, which had 45 "
            f"minutes and 784 s of sound, is 6.9 from its own), {cents:.1f} cents off, partials {made:.0f} dB over the "
            f"noise (recorded {there:.0f})")


def name_of(pitch: float) -> str:
    octave, step = divmod(round(float(pitch)), 12)
    return f"{NAMES[step]}{octave - 1}"


def example(network: Voice, middle: float, path: Path) -> None:
    """Five notes around the middle of the range, then a swell, as a WAV file."""
    generator, parts = Generator(network, 1), []
    for take, step in enumerate((-7, -3, 0, 4, 7)):
        generator.targets[0] = middle + step, 0.85, 0.5, 0.02, 0, 1, 0, take + 1, 0, 0
        parts.append(generator.render(RATE))
    for loudness in (*np.linspace(0.4, 1, 40), *np.linspace(1, 0.4, 40)):
        generator.targets[0, :2] = middle, loudness
        parts.append(generator.render(RATE // 20))
    generator.targets[0, 5] = 0
    parts.append(generator.render(RATE // 2))
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        samples = np.concatenate(parts, axis=1)[0].clip(-1, 1)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
