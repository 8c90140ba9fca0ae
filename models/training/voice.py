"""Trains a voice: python -m models.training.voice --data FOLDER --out FOLDER

FOLDER holds recordings; a note in a file's name (cello_eb2_f.wav) is taken for its pitch, else it is looked for, and
up or down for the bow. Run again after an interruption, it goes on from the last checkpoint, of a minute ago at most;
the averaged weights are written as safetensors.
"""

import argparse
import copy
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from models import load, save
from models.partials import HIGHEST, PARTIALS, Partials
from models.training.analysis import held_out
from models.training.common import heard
from models.training.crops import Crops, Recording, crops
from models.training.floor import recorded, settle
from models.training.recordings import gather
from models.training.trainer import Figures, Trainer
from models.training.wander import measured_places, wander
from models.voice import FURTHEST, Voice
from models.wavenet import Wavenet, emphasise

LENGTH = 4096 + 256  # samples of a crop; the first, within the network's reach, only prepare it
CROPS, LOOKED = 4, 96  # crops of noise and measured places of partials in a step
TONAL = -10.0  # decibels of noise beside the level, in the middle, over which a recording tells nothing of partials
MOSTLY = 2 / 3  # of an instrument's recordings are tones, or it is one of noises
FLOOR, CLEAR = -75.0, -25.0  # decibels beside the level at which a partial counts little, and fully
SHARE = 0.1  # of a decibel that partials are off, in the loss, beside a nat that the noise surprises
FEW = 2000  # steps under which a training has hardly begun


def surprise(noise: Wavenet, batch: Crops) -> Tensor:
    """Mean surprise in nats a sample, after the true past."""
    device = noise.out.weight.device
    truth = emphasise(torch.from_numpy(batch.waves)).to(device)
    phase, controls, instrument = (torch.from_numpy(part).to(device) for part in (
        batch.phase % 1, batch.controls.astype(np.float32), batch.instrument))
    with torch.autocast(device.type, torch.bfloat16):
        deep = noise.deep(F.pad(truth[:, :-1], (1, 0)), phase, controls, instrument)
    mean, spread = noise.say(deep[:, noise.reach:].float())
    truth = truth[:, noise.reach:]
    return (0.5 * ((truth - mean) * torch.exp(-spread)) ** 2 + spread).mean() + 0.5 * np.log(2 * np.pi)


def is_tone(recording: Recording) -> bool:
    return np.median(recording.noisiness) < TONAL


def tonal(recordings: Sequence[Recording]) -> set[int]:
    """The instruments whose recordings are tones for the most part; all others are instruments of noises."""
    return {instrument for instrument in {each.instrument for each in recordings}
            if np.mean([is_tone(each) for each in recordings if each.instrument == instrument]) > MOSTLY}


def tones_of(recordings: Sequence[Recording]) -> list[Recording]:
    """Those of the recordings that are tones and no mere noises; of an instrument of noises, all."""
    instruments = tonal(recordings)
    return [each for each in recordings if is_tone(each) or each.instrument not in instruments]


def measured_rows(recordings: Sequence[Recording]) -> tuple[Tensor, ...]:
    """Of all tones among the recordings, one row for each look: controls, strengths, noise, instrument."""
    told = ((each, measured_places(each)) for each in tones_of(recordings))
    parts = [(each.features[places], each.strengths[:len(places)], each.noisiness[places],
              np.full(len(places), each.instrument)) for each, places in told]
    return tuple(torch.from_numpy(np.concatenate(part)) for part in zip(*parts, strict=True))


def decibels_off(partials: Partials, controls: Tensor, strengths: Tensor, noise: Tensor, instrument: Tensor) -> Tensor:
    """How far partials and noise are from recordings at measured places, in decibels; strong partials count more."""
    made, rest = partials.strengths(controls, instrument)
    there = torch.arange(1, PARTIALS + 1, device=made.device) * 440 * 2 ** ((controls[:, :1] - 69) / 12) < HIGHEST
    weight = there * (0.2 + (strengths.clamp(FLOOR, CLEAR) - FLOOR) / (CLEAR - FLOOR))
    off = (made.clamp(min=FLOOR - 5) - strengths.clamp(min=FLOOR)).abs()
    return (weight * off).sum() / weight.sum() + 0.2 * (rest - noise).abs().mean()


@torch.no_grad()
def loss_of(network: Voice, held: list[Recording]) -> float:
    """The loss on 24 crops and many measured places of recordings held out, always the same ones, not transposed."""
    batches = list(islice(crops(held, np.random.default_rng(0), 8, LENGTH, 0.0), 3))
    device = network.wander.device
    off = decibels_off(network.partials, *(part[::16].to(device) for part in measured_rows(held)))
    return float(np.mean([surprise(network.noise, batch).item() for batch in batches]) + SHARE * off.item())


def kept_apart(recordings: Sequence[Recording]) -> tuple[list[Recording], list[Recording]]:
    """Those that are for testing only, and those to learn from."""
    held = [recording for recording in recordings if held_out(recording.name)] or list(recordings[::10])
    return held, [recording for recording in recordings if recording not in held] or list(recordings)


def train(recordings: list[Recording], network: Voice, out: Path, minutes: float, start: Voice | None = None,
          rate: float = 3e-3, compiled: bool = False, every: float = 60,
          report: Callable[[Voice, Figures], None] = lambda network, figures: None) -> Figures:
    """Train for so many minutes in all, from the last checkpoint, else from a trained voice, else from nothing.

    Returns (minutes, loss held out), one a report.
    """
    if start is not None:  # instruments are others, all else is known
        known = {key: value for key, value in start.state_dict().items() if not key.endswith("instrument.weight")}
        network.load_state_dict(known, strict=False)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network.to(device)
    trainer = Trainer(network, torch.optim.Adam(network.parameters(), lr=rate, betas=(0.9, 0.99)), out / "voice.pt")
    held, known = kept_apart(recordings)
    random = np.random.default_rng(trainer.average.steps)
    batches, rows = crops(known, random, CROPS, LENGTH, FURTHEST), measured_rows(known)
    tones, instruments = tones_of(known), tonal(known)
    floors = [recorded(each) if each.instrument in instruments else None for each in tones]
    learn = torch.compile(surprise) if compiled else surprise

    def cost(progress: float) -> Tensor:
        chosen = torch.from_numpy(random.integers(0, len(rows[0]), LOOKED))
        off = decibels_off(network.partials, *(part[chosen].to(device) for part in rows))
        return learn(network.noise, next(batches)) + SHARE * off

    def keep(average: Voice, figures: Figures) -> None:
        played = copy.deepcopy(average).cpu()
        played.wander.copy_(torch.tensor(wander(played.partials, known[::3] if len(known) > 60 else known)))
        settle(played, tones, floors)
        save(played, out / "voice.safetensors", {"loss held out": round(figures[-1][1], 3)})
        report(played, figures)

    figures = trainer.run(minutes, cost, lambda average: loss_of(average, held), "loss held out", every, keep)
    if trainer.average.steps < FEW:
        print(f"only {trainer.average.steps} steps were made, {FEW} and more are wanted: this machine was busy or is "
              "slow; run it again with more --minutes, it goes on from here")
    return figures


def span(recordings: Sequence[Recording]) -> dict[str, tuple[float, ...]]:
    """What a player may ask of each instrument: the lowest and the highest note of its recordings, their brightness."""
    told, of = tones_of(recordings), []
    for instrument in sorted({each.instrument for each in recordings}):
        rows = np.concatenate([each.features for each in told if each.instrument == instrument])
        of.append((*np.percentile(rows[:, 0], (2, 98)), np.percentile(np.abs(rows[:, 2]), 90)))
    low, high, bright = np.round(of, 3).T.tolist()
    return {"low": tuple(low), "high": tuple(high), "bright": tuple(bright)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of recordings")
    parser.add_argument("--out", type=Path, required=True, help="where checkpoint and weights go")
    parser.add_argument("--minutes", type=float, default=60, help="how long to train in all")
    parser.add_argument("--start", type=Path, help="the folder of a trained voice to go on from")
    parser.add_argument("--compile", action="store_true", help="half as fast again where there is a C++ compiler")
    args = parser.parse_args()
    torch.manual_seed(1)
    recordings, instruments = heard(lambda data, complaints: gather(data, args.out / "analysis", complaints), args.data)
    train(recordings, Voice(instruments, **span(recordings)), args.out, args.minutes,
          load("voice", args.start) if args.start else None, compiled=args.compile)


if __name__ == "__main__":
    main()
