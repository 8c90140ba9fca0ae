"""Makes scores of 0.4 mean the same in every class: python -m models.training.calibrate --data DIR --out DIR

Shifts each class's scores on the photographs held out so that its best threshold becomes 0.4: the one with the
highest F0.5, which minds a ghost more than a miss. Classes with few objects follow what is best for all together.
Reads detector.safetensors and writes it anew.
"""

import argparse
from pathlib import Path

import numpy as np
from tqdm import tqdm

from models import load, save
from models.training.detector import find
from models.training.judge import judge, match, mean
from models.training.photographs import CLASSES, held_out, read_photographs

WANTED, FEW = 0.4, 50  # the threshold to arrive at; a class with FEW objects counts half for itself


def logit(score: float) -> float:
    return float(np.log(score / (1 - score)))


def best_threshold(right: np.ndarray, scores: np.ndarray, count: int) -> float:
    """The threshold with the highest F0.5 (van Rijsbergen 1979), between 0.1 and 0.7."""
    def quality(threshold: float) -> float:
        chosen = scores >= threshold
        return 1.25 * right[chosen].sum() / (0.25 * count + chosen.sum())

    return max(np.arange(0.1, 0.7, 0.02), key=quality)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="photographs in YOLO layout: images/, labels/")
    parser.add_argument("--out", type=Path, required=True, help="where the weights are")
    args = parser.parse_args()
    network = load("detector", args.out)
    pictures = [picture for picture in read_photographs(args.data, 384) if held_out(picture.name)]
    finds = [find(network, picture.pixels) for picture in tqdm(pictures)]
    found = match(finds, pictures, people=False)
    right, scores = (np.concatenate([each[part] for each in found.values()]) for part in (0, 1))
    general = logit(WANTED) - logit(best_threshold(right, scores, sum(each[2] for each in found.values())))
    for label, name in enumerate(CLASSES):
        shift, count = general, 0
        if name in found:
            count = found[name][2]
            own = logit(WANTED) - logit(best_threshold(*found[name]))
            shift = (count * own + FEW * general) / (count + FEW)
        print(f"{name}: {count} objects, shift {shift:+.2f}")
        for head in network.heads:
            head.out.bias.data[4 + label] += shift
    people = judge(finds, pictures, people=True)
    save(network, args.out / "detector.safetensors", {
        "mean AP50": round(mean(judge(finds, pictures, people=False)), 4),
        "person AP50": round(people["person"][0], 4), "hand AP50": round(people["hand"][0], 4)})


if __name__ == "__main__":
    main()
