"""Makes the shown score mean the same in every class: python -m models.training.calibrate --shards DIR --weights FOLDER

Shifts each class's scores so that SHOWN is the highest threshold at which F1 is nearly its best, for two looks at
pictures of pools that nothing was learned from (faces: of one that was, for lack of another). Classes with few objects
follow what is best for all together. Reads detector.safetensors and writes it anew. AP stays as it is.
"""

import argparse
from pathlib import Path

import numpy as np

from models import load, save
from models.training.evaluate import SHOWN, best, judge, ours
from models.training.photographs import CLASSES
from models.training.shards import read_shards

POOLS = ("cocomini", "cocotiny", "handraw", "highway", "maskwear")
FEW = 30  # a class with so many objects counts half for itself
SLACK = 0.03  # of F1, given for fewer finds that are wrong: F1 is flat around its highest, precision is not
LEAST, MOST = 0.15, 0.7  # between these a threshold is looked for


def logit(score: float) -> float:
    return float(np.log(score / (1 - score)))


def shift(finds: list[tuple[float, bool, float]], count: int) -> float:
    """What to add to a class's logits for its best threshold to become SHOWN."""
    return logit(SHOWN) - logit(min(MOST, max(LEAST, best(finds, count, SLACK)[0])))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=Path, required=True, help="what models.training.gather wrote")
    parser.add_argument("--weights", type=Path, required=True, help="the folder of detector.safetensors")
    args = parser.parse_args()
    network = load("detector", args.weights)
    samples = [sample for sample in read_shards(args.shards) if sample.pool in POOLS]
    finds, heights = judge(ours(network, network.larger[0]), samples)
    counts = {label: len(tall) for label, tall in heights.items()}
    general = shift([find for label in finds if counts[label] for find in finds[label]], sum(counts.values()))
    for label, name in enumerate(CLASSES):
        own = shift(finds[label], counts[label]) if counts[label] else 0.0
        moved = (counts[label] * own + FEW * general) / (counts[label] + FEW)
        print(f"{name}: {counts[label]} objects, shift {moved:+.2f}")
        for head in network.heads:
            head.out.bias.data[4 + label] += moved
    save(network, args.weights / "detector.safetensors", {})


if __name__ == "__main__":
    main()
