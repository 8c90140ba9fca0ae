"""Weights between two detectors of one descent: python -m models.training.blend --data DIR --new DIR --out DIR

A network that goes on learning forgets some of what it knew; the point between the two on a straight line is often
better than either (Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022). Tries several shares of the
new weights beside the shipped ones on the photographs held out, and writes the one with the highest sum of its three
figures as detector.safetensors.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from models import load, save
from models.detector import Detector
from models.training.detector import report
from models.training.photographs import held_out, read_photographs

SHARES = np.arange(0.0, 1.01, 0.1)


@torch.no_grad()
def blend(old: Detector, new: Detector, share: float) -> Detector:
    """The old network with its weights moved by a share of the way to the new ones."""
    states = old.state_dict(), new.state_dict()
    old.load_state_dict({name: torch.lerp(states[0][name], states[1][name], share) for name in states[0]})
    return old


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="photographs in YOLO layout: images/, labels/")
    parser.add_argument("--new", type=Path, required=True, help="the folder of the weights trained further")
    parser.add_argument("--out", type=Path, required=True, help="where the blend goes")
    args = parser.parse_args()
    pictures = [picture for picture in read_photographs(args.data, 384) if held_out(picture.name)]
    tried = []
    for share in tqdm(SHARES):
        network = blend(load("detector"), load("detector", args.new), float(share))
        figures = report(network, pictures)
        tqdm.write(f"{share:.0%}: {figures}")
        tried.append((sum(figures.values()), share, figures))
    _, share, figures = max(tried)
    save(blend(load("detector"), load("detector", args.new), float(share)), args.out / "detector.safetensors", figures)


if __name__ == "__main__":
    main()
