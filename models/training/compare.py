"""The detector's figures, and another's beside it: python -m models.training.compare --data DIR [--yolox FILE]

Prints AP50 by class on the photographs held out, as a table in Markdown. FILE is a YOLOX network in ONNX, trained on
COCO (it knows neither faces nor hands); it needs onnxruntime.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from models import load
from models.training.detector import find
from models.training.judge import judge, letterbox, mean, suppress
from models.training.photographs import held_out, read_photographs
from models.training.tutor import Yolox


def judged(yolox: Yolox) -> Callable[[np.ndarray], np.ndarray]:
    """A YOLOX network as judge() wants it: pixels in, rows out."""
    def detect(pixels: np.ndarray) -> np.ndarray:
        boxed, scale = letterbox(pixels, yolox.size, yolox.size)
        corners, scores = yolox(boxed)
        place, label = (scores > 0.03).nonzero()
        return suppress(np.column_stack((corners[place] / scale, label, scores[place, label])))

    return detect


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="photographs in YOLO layout: images/, labels/")
    parser.add_argument("--yolox", type=Path, help="another detector to judge on the same photographs")
    args = parser.parse_args()
    pictures = [picture for picture in read_photographs(args.data, 384) if held_out(picture.name)]
    network = load("detector")
    detectors = {"this detector": lambda pixels: find(network, pixels)}
    if args.yolox:
        detectors["YOLOX"] = judged(Yolox(args.yolox))
    finds = {name: [detect(picture.pixels) for picture in pictures] for name, detect in detectors.items()}
    for people in (False, True):
        results = {name: judge(found, pictures, people) for name, found in finds.items()}
        print(f"\n| {'people' if people else 'everything'} | objects | {' | '.join(results)} |")
        print("|---" * (2 + len(results)) + "|")
        for label, (_, count) in next(iter(results.values())).items():
            print(f"| {label} | {count} | {' | '.join(f'{result[label][0]:.2f}' for result in results.values())} |")
        print(f"| mean | | {' | '.join(f'{mean(result):.2f}' for result in results.values())} |")


if __name__ == "__main__":
    main()
