"""Trains features on at the size they play at: python -m models.training.fine_tune_features --data TINY --out DIR

A network that learned from parts of small pictures meets larger things in larger pictures when it plays, and is the
worse for it; some further training at that size mends it (FixRes, Touvron et al. 2019, arXiv:1906.06423). Filters of
the first layer whose maps go together are driven apart meanwhile. What is written lies between the weights that it
began with and those that it came to, which is better than either (WiSE-FT, Wortsman et al. 2022, arXiv:2109.01903).
At the end its classifier learns anew from whole pictures, as it plays. Run again after an interruption, it goes on from
the last checkpoint.
"""

import argparse
import copy
import random
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from models import load, save
from models.disk import WEIGHTS
from models.features import Features
from models.training.common import groups, read_names, read_pictures
from models.training.features import TOGETHER, alike, augment, crops, guesses, shown
from models.training.trainer import Figures, Trainer, often
from models.training.unfold import unfold_features

SCHEDULE = ((0.5, (112, 128, 144), 0.25), (1.0, (144, 160, 176, 192, 208), 0.5))  # until progress: sizes, least part
SMOOTHING = 0.1  # of the labels
RATE = 0.05
EPOCHS, MANY, ANEW = 4, 512, 2e-3  # of the classifier, at the end: pictures a step, rate at first
WAY = 0.6  # from the weights that it begins with to those that it comes to, chosen on the pictures held out


@torch.no_grad()
def between(first: Features, last: Features) -> Features:
    """A folded network WAY from a folded one to one that was trained on from there."""
    network = copy.deepcopy(last).fold()
    for mine, theirs in zip(network.parameters(), first.parameters(), strict=True):
        mine.lerp_(theirs, 1 - WAY)
    return network


def learn_anew(network: Features, pictures: Tensor, truth: Tensor) -> Features:
    """Teach the classifier of a folded network what whole pictures are; the rest of it stays as it is."""
    batches = tqdm(shown(network, pictures, network.size), "whole pictures", -(-len(pictures) // TOGETHER))
    x = torch.cat([taps["conv5"].float().mean(dim=(2, 3)) for taps, _ in batches])  # what the classifier is given
    mean, spread = x.mean(dim=0), x.std(dim=0) + 1e-3
    x, head = (x - mean) / spread, network.head
    with torch.no_grad():  # the same answers, of what varies evenly
        head.bias += head.weight @ mean
        head.weight *= spread
    optimiser = torch.optim.Adam(head.parameters(), lr=ANEW)
    order = torch.cat([torch.randperm(len(x)) for _ in range(EPOCHS)]).split(MANY)
    for step, some in enumerate(order):
        optimiser.param_groups[0]["lr"] = ANEW * (1 - step / len(order))
        optimiser.zero_grad()
        F.cross_entropy(head(x[some]), truth[some]).backward()
        optimiser.step()
    with torch.no_grad():
        head.weight /= spread
        head.bias -= head.weight @ mean
    return network


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="Tiny-ImageNet: train/, val/, classes.tsv")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the features to begin with: a folder")
    parser.add_argument("--out", type=Path, required=True, help="where checkpoint and weights go")
    parser.add_argument("--minutes", type=float, default=45, help="how long to train in all")
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

    network = unfold_features(folded, (draw(args.batch, folded.size, 0.25)[0] for _ in range(4)))
    network.to(memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(groups(network, 5e-4), lr=RATE, momentum=0.9, nesterov=True)
    trainer = Trainer(network, optimiser, args.out / "features.pt", 0.998)
    random.seed(trainer.average.steps)
    torch.manual_seed(trainer.average.steps)

    def cost(progress: float) -> Tensor:
        sizes, least = next(row[1:] for row in SCHEDULE if progress < row[0] or row[0] == 1)
        x, target = draw(args.batch, random.choice(sizes), least)
        with torch.autocast("cpu", torch.bfloat16):
            taps, logits = network(x)
        return F.cross_entropy(logits.float(), target, label_smoothing=SMOOTHING) + alike(taps["conv1"][::8])

    def right(network: Features) -> float:
        return (guesses(network, asked, network.size).argmax(dim=1) == answers).float().mean().item()

    def report(average: Features, figures: Figures) -> None:
        save(between(folded, average), args.out / "features.safetensors", {"top-1": round(figures[-1][1], 4)})

    network.train()
    figures = trainer.run(args.minutes, cost, lambda average: right(between(folded, average)),
                          f"of the pictures held out named rightly at {network.size} px", often(240, args.minutes),
                          report)
    if trainer.spent < args.minutes and figures[-1][0] < args.minutes:  # who interrupts it does not want to wait
        return
    network = learn_anew(between(folded, trainer.average.network), pictures, truth)
    figure = right(network)
    print(f"{figure:.3f} with a classifier that learned anew")
    save(network, args.out / "features.safetensors", {"top-1": round(figure, 4)})


if __name__ == "__main__":
    main()
