"""How different units of the features are: python -m models.training.unit_statistics --pictures DIR [--probe DIR]

Over 500 photographs, for each tap: the share of maps that never fire in any of them and, on the average, in one; the
share that have a twin, a map that they go together with by more than 0.9 (correlation over all places of all
photographs); and the median of how far two maps go together (absolute correlation). With --probe, what a linear
classifier makes of the pooled last layer: DIR holds photographs named POOL-CLASS-image_NUMBER.jpg.
"""

import argparse
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from models import load
from models.disk import WEIGHTS
from models.features import Features

SAMPLE = 500
TWINS = 0.9  # correlation of two maps that look the same
FEWEST = 8  # photographs a class that is probed for
NAME = re.compile(r".*?-(.+)-image_\d+")
NO_CLASS = "BACKGROUND_Google"


def see(network: Features, paths: Sequence[Path]) -> Iterator[dict[str, Tensor]]:
    """The taps of each photograph, {name: (C, h, w)}, its long side the network's size."""
    for path in tqdm(paths, mininterval=5):
        pixels = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
        scale = network.size / max(pixels.shape) / network.stride
        wide, high = (max(1, round(side * scale)) * network.stride for side in pixels.shape[1::-1])
        x = torch.from_numpy(cv2.resize(pixels, (wide, high), interpolation=cv2.INTER_AREA)).permute(2, 0, 1)
        with torch.inference_mode():
            yield {tap: maps[0] for tap, maps in network(x[None] / 255)[0].items()}


class Tally:
    """What is known of a tap's maps after some photographs."""

    def __init__(self) -> None:
        self.pictures = self.places = 0
        self.fired = self.silent = self.total = self.products = 0

    def add(self, maps: Tensor) -> None:
        rows = maps.flatten(1)
        fires = rows.amax(dim=1) > 0
        self.pictures, self.places = self.pictures + 1, self.places + rows.shape[1]
        self.fired, self.silent = self.fired + fires, self.silent + (~fires).float().mean().item()
        self.total, self.products = self.total + rows.double().sum(dim=1), self.products + (rows @ rows.T).double()

    def figures(self) -> tuple[float, float, float, float]:
        """Shares of maps that never fire, that do not in one photograph, that have a twin; median of correlations."""
        mean = self.total / self.places
        covariance = self.products / self.places - mean[:, None] * mean
        spread = covariance.diag().clamp(min=0).sqrt()
        alive = spread > 0
        together = (covariance / (spread[:, None] * spread))[alive][:, alive]
        twins = (together.fill_diagonal_(0).amax(dim=1) > TWINS).sum().item() / len(spread)
        pairs = together[torch.ones_like(together).triu(1).bool()].abs()
        return (self.fired == 0).double().mean().item(), self.silent / self.pictures, twins, pairs.median().item()


def halves(paths: Sequence[Path]) -> tuple[list[Path], list[Path], list[str]]:
    """Photographs to learn from and to test on, by turns within each class in the order of their names; the classes."""
    classes = defaultdict(list)
    for path in sorted(paths):
        found = NAME.fullmatch(path.stem)
        if found and found[1] != NO_CLASS:
            classes[found[1]].append(path)
    kept = {name: some for name, some in classes.items() if len(some) >= FEWEST}
    parts = ([path for some in kept.values() for path in some[first::2]] for first in (0, 1))
    return *parts, list(kept)


def probe(network: Features, paths: Sequence[Path]) -> tuple[float, float, int, int]:
    """A linear classifier's share of right answers, that of always giving the commonest, the classes, the questions."""
    *parts, names = halves(paths)
    x, y = [], []
    for part in parts:
        x.append(torch.stack([list(taps.values())[-1].mean(dim=(1, 2)) for taps in see(network, part)]))
        y.append(torch.tensor([names.index(NAME.fullmatch(path.stem)[1]) for path in part]))
    mean, spread = x[0].mean(dim=0), x[0].std(dim=0) + 1e-6
    known, asked = ((each.clone() - mean) / spread for each in x)
    torch.manual_seed(1)
    linear = torch.nn.Linear(known.shape[1], len(names))
    optimiser = torch.optim.AdamW(linear.parameters(), lr=0.01, weight_decay=1.0)
    for _ in range(300):
        optimiser.zero_grad()
        F.cross_entropy(linear(known), y[0]).backward()
        optimiser.step()
    right = (linear(asked).argmax(dim=1) == y[1]).double().mean().item()
    return right, y[1].bincount().max().item() / len(y[1]), len(names), len(y[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, required=True, help="a folder of photographs")
    parser.add_argument("--probe", type=Path, help="a folder of photographs whose names tell their classes")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="where features.safetensors is")
    args = parser.parse_args()
    network = load("features", args.weights)
    paths = sorted(args.pictures.iterdir())
    chosen = [paths[place] for place in np.linspace(0, len(paths) - 1, min(SAMPLE, len(paths))).astype(int)]
    tallies = defaultdict(Tally)
    for taps in see(network, chosen):
        for tap, maps in taps.items():
            tallies[tap].add(maps)
    print(f"{len(chosen)} photographs   never fires   silent in one   with a twin   correlation of two")
    for tap, tally in tallies.items():
        dead, silent, twins, together = tally.figures()
        print(f"{tap:15} {dead:12.1%} {silent:15.1%} {twins:13.1%} {together:20.3f}")
    if args.probe:
        right, chance, classes, questions = probe(network, sorted(args.probe.iterdir()))
        print(f"linear probe: {right:.1%} of {questions} photographs in {classes} classes; "
              f"always the commonest class: {chance:.1%}")


if __name__ == "__main__":
    main()
