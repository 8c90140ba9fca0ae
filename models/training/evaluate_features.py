"""How often features name pictures rightly: python -m models.training.evaluate_features --data TINY [--weights FOLDER]

The pictures of TINY/val, enlarged to each of some sizes; the table of the card.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from models import load
from models.disk import WEIGHTS
from models.training.common import read_names, read_pictures
from models.training.features import guesses

SIZES = (64, 96, 128, 160, 192)


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="Tiny-ImageNet: val/ and classes.tsv")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="where features.safetensors is")
    args = parser.parse_args(words)
    network, names = load("features", args.weights), read_names(args.data / "classes.tsv")
    pictures, labels = read_pictures(args.data / "val", list(names))
    columns = [network.classes.index(name) for name in names.values()]
    print("| picture size | top-1 | top-5 |\n|---|---|---|")
    for size in SIZES:
        logits = guesses(network, pictures, size)[:, columns]
        right = logits.topk(min(5, len(columns))).indices == labels[:, None]
        print(f"| {size} | {right[:, 0].float().mean():.3f} | {right.any(dim=1).float().mean():.3f} |", flush=True)


if __name__ == "__main__":
    main()
