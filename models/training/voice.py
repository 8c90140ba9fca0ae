"""Trains a voice: python -m models.training.voice --data FOLDER --out FOLDER [--size large]

FOLDER holds recordings; a note in a file's name (cello_eb2_f.wav) is taken for its pitch, else it is looked for. Run
again after an interruption, it goes on from the last checkpoint; the averaged weights are written as safetensors.
"""

import argparse
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from scipy.signal import lfilter
from torch import Tensor

from models import load, save
from models.fast import GROUP
from models.training.common import heard
from models.training.practice import Figures, Practice
from models.training.recordings import gather
from models.training.rehearse import rehearse
from models.training.sounds import Lessons, Recording, held_out, lessons, natural
from models.wavenet import LEVELS, LOUDEST, Wavenet, compress, emphasise

SIZES = {"large": {"residual": 32, "skip": 64, "dilations": (1, 2, 4, 8, 16, 32, 64) * 2},
         "small": {"residual": 16, "skip": 32, "dilations": (1, 2, 4, 8, 16, 32) * 2}}
LENGTH = 4096 + 256  # samples of a lesson; the first, within the network's reach, only prepare it
FURTHEST = 0.5  # octaves up and down that recordings are transposed by
# Decibels, against the tone, of what disturbs the past that is heard: in a show the network hears its own mistakes, and
# must lean on the phase instead of following them (as LPCNet does, Valin and Skoglund 2019).
NOISE = (-35.0, 12.0)
ALONE = 0.5  # of the lessons begin with a past that the network made itself (as in DAgger, Ross et al. 2011)


def disturb(waves: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Waves with noise of any level within NOISE added, of any colour between white and the bass of a slow drift."""
    white = random.standard_normal(waves.shape).astype(np.float32)
    drift = lfilter([0.3], [1, -0.95], white[:, ::-1]).astype(np.float32)  # as strong as the white
    colour = random.random((len(waves), 1), np.float32)
    level = LOUDEST * 10 ** (random.uniform(*NOISE, (len(waves), 1)) / 20)
    return waves + level.astype(np.float32) * (colour * white + (1 - colour) * drift)


def classes(waves: np.ndarray) -> Tensor:
    """Waves (B, T + 1) as the network knows them: classes (B, T)."""
    return compress(emphasise(torch.from_numpy(waves)))


def study(network: Wavenet, batch: Lessons, truth: Tensor, past: Tensor, blind: bool = False) -> Tensor:
    """Mean surprise in nats a sample by the truth (B, T) after a past (B, T), both classes. blind: without phase and
    controls."""
    device = network.out.weight.device
    truth, past = truth.to(device), past.to(device)
    heard = F.pad(past[:, :-1], (1, 0), value=LEVELS // 2)
    phase, controls = (torch.from_numpy(part).to(device) for part in (batch.phase, batch.controls.astype(np.float32)))
    if blind:
        phase, controls = torch.zeros_like(phase), torch.zeros_like(controls)
    instrument = torch.from_numpy(batch.instrument).to(device)
    with torch.autocast(device.type, torch.bfloat16):
        deep = network.deep(heard, phase % 1, controls, instrument)
    logits = network.out(deep[:, network.reach:].float())
    return F.cross_entropy(logits.flatten(0, 1), truth[:, network.reach:].flatten().long())


@torch.no_grad()
def bits(network: Wavenet, held: list[Recording], blind: bool = False) -> float:
    """Bits a sample on 128 lessons out of recordings held out, always the same ones, not transposed."""
    batches = lessons(held, np.random.default_rng(0), 8, LENGTH, 0.0)
    pairs = ((batch, classes(batch.waves)) for batch in islice(batches, 16))
    costs = [study(network, batch, truth, truth, blind).item() for batch, truth in pairs]
    return float(np.mean(costs) / np.log(2))


def train(recordings: list[Recording], network: Wavenet, out: Path, minutes: float, start: Wavenet | None = None,
          rate: float = 2e-3, name: str = "voice", compiled: bool = False, every: float = 240,
          report: Callable[[Wavenet, Figures], None] = lambda network, figures: None) -> Figures:
    """Train for so many minutes in all, from the last checkpoint, else from a trained voice, else from nothing.

    Returns (minutes, bits a sample held out), one a report.
    """
    if start is not None:  # instruments are others, all else is known
        known = {key: value for key, value in start.state_dict().items() if key != "instrument.weight"}
        network.load_state_dict(known, strict=False)
    network.to("cuda" if torch.cuda.is_available() else "cpu")
    optimiser = torch.optim.Adam(network.parameters(), lr=rate, betas=(0.9, 0.99))
    practice, blind = Practice(network, optimiser, out / f"{name}.pt"), name == "blind"
    held = [recording for recording in recordings if held_out(recording.name)] or recordings[::10]
    known = [recording for recording in recordings if recording not in held] or recordings
    random = np.random.default_rng(practice.average.steps)
    batches = lessons(known, random, GROUP, LENGTH, FURTHEST)
    learn = torch.compile(study) if compiled else study

    def cost(progress: float) -> Tensor:
        lesson = next(batches)
        truth = classes(lesson.waves)
        if not blind and random.random() < ALONE:
            past = rehearse(network, lesson, truth, int(random.integers(1 << 30)))
        else:
            past = classes(disturb(lesson.waves, random))
        return learn(network, lesson, truth, past, blind)

    def keep(average: Wavenet, figures: Figures) -> None:
        save(average, out / f"{name}.safetensors", {"bits a sample": round(figures[-1][1], 3)})
        report(average, figures)

    return practice.run(minutes, cost, lambda average: bits(average, held, blind), "bits a sample held out", every,
                        keep)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of recordings")
    parser.add_argument("--out", type=Path, required=True, help="where checkpoint and weights go")
    parser.add_argument("--size", choices=SIZES, default="large")
    parser.add_argument("--minutes", type=float, default=60, help="how long to train in all")
    parser.add_argument("--start", type=Path, help="the folder of a trained voice to go on from")
    parser.add_argument("--blind", action="store_true", help="without phase and controls, for comparison")
    parser.add_argument("--compile", action="store_true", help="half as fast again where there is a C++ compiler")
    args = parser.parse_args()
    torch.manual_seed(1)
    recordings, instruments = heard(gather, args.data)
    train(recordings, Wavenet(instruments, **SIZES[args.size], natural=natural(recordings)), args.out, args.minutes,
          load("voice", args.start) if args.start else None, name="blind" if args.blind else "voice",
          compiled=args.compile)


if __name__ == "__main__":
    main()
