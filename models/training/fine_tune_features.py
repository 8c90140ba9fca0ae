"""Trains features on at the size they play at: python -m models.training.fine_tune_features --data TINY --out DIR

A network that learned from parts of small pictures meets larger things in larger pictures when it plays, and is the
worse for it; some further training at that size mends it (FixRes, Touvron et al. 2019, arXiv:1906.06423). What is
written lies between the weights that it began with and those that it came to, which is better than either at the sizes
that matter (WiSE-FT, Wortsman et al. 2022, arXiv:2109.01903). The first two stages stay as they are, with all that is
tuned to their maps. Run again after an interruption, it goes on from the last checkpoint.
"""

import argparse
import copy
import random
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from models import load, save
from models.disk import WEIGHTS
from models.features import Features
from models.training.common import groups, read_names, read_pictures
from models.training.features import augment, crops, guesses
from models.training.trainer import Figures, Trainer, often
from models.training.unfold import unfold_features

KEPT = ("conv1", "conv2")
SCHEDULE = ((0.6, (144, 160, 176), 0.25), (1.0, (160, 176, 192, 208), 0.5))  # until progress: sizes, the least part
SMOOTHING = 0.1  # of the labels
RATE = 0.03
WAY = 0.7  # from the weights that it begins with to those that it comes to, chosen on the pictures held out


@torch.no_grad()
def between(first: Features, last: Features) -> Features:
    """A folded network WAY from a folded one to one that was trained on from there."""
    network = copy.deepcopy(last).fold()
    for mine, theirs in zip(network.parameters(), first.parameters(), strict=True):
        mine.lerp_(theirs, 1 - WAY)
    return network


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="Tiny-ImageNet: train/, val/, classes.tsv")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the features to begin with: a folder")
    parser.add_argument("--out", type=Path, required=True, help="where checkpoint and weights go")
    parser.add_argument("--minutes", type=float, default=21, help="how long to train in all")
    parser.add_argument("--batch", type=int, default=64, help="pictures a step")
    args = parser.parse_args(words)
    folded = load("features", args.weights)
    synsets = {name: synset for synset, name in read_names(args.data / "classes.tsv").items()}
    parts = [read_pictures(args.data / part, [synsets[name] for name in folded.classes]) for part in ("train", "val")]
    (pictures, truth), (asked, answers) = parts
    torch.manual_seed(1)

    def draw(count: int, size: int, least: float) -> tuple[Tensor, Tensor]:
        pick = torch.randint(len(pictures), (count,))
        return augment(pictures[pick], crops(count, least=least), size), truth[pick]

    network = unfold_features(folded, (draw(args.batch, folded.size, 0.25)[0] for _ in range(4)), KEPT)
    network.to(memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(groups(network, 5e-4), lr=RATE, momentum=0.9, nesterov=True)
    trainer = Trainer(network, optimiser, args.out / "features.pt", 0.99)
    random.seed(trainer.average.steps)
    torch.manual_seed(trainer.average.steps)

    def cost(progress: float) -> Tensor:
        sizes, least = next(row[1:] for row in SCHEDULE if progress < row[0] or row[0] == 1)
        x, target = draw(args.batch, random.choice(sizes), least)
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(x)[1].float()
        return F.cross_entropy(logits, target, label_smoothing=SMOOTHING)

    def right(average: Features) -> float:
        return (guesses(between(folded, average), asked, average.size).argmax(dim=1) == answers).float().mean().item()

    def report(average: Features, figures: Figures) -> None:
        save(between(folded, average), args.out / "features.safetensors", {"top-1": round(figures[-1][1], 4)})

    network.train()
    trainer.run(args.minutes, cost, right, f"of the pictures held out named rightly at {network.size} px",
                often(240, args.minutes), report)


if __name__ == "__main__":
    main()
