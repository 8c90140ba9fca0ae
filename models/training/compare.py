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
from models.training.photographs import CLASSES, held_out, read_photographs

COCO = {0: "person", 2: "car", 3: "motorcycle", 4: "airplane", 14: "bird", 15: "cat", 16: "dog", 25: "umbrella",
        28: "suitcase", 39: "bottle", 40: "wine glass", 41: "cup", 56: "chair", 57: "couch", 58: "potted plant",
        59: "bed", 62: "tv", 63: "laptop", 67: "cell phone", 73: "book", 74: "clock", 75: "vase"}


def yolox(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """A YOLOX network as judge() wants it (Ge et al. 2021): pixels in, rows out."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    size = session.get_inputs()[0].shape[-1]
    grids = [(np.stack(np.meshgrid(*[np.arange(size // stride)] * 2), axis=-1).reshape(-1, 2), stride)
             for stride in (8, 16, 32)]
    corner = np.concatenate([grid for grid, _ in grids])
    stride = np.concatenate([np.full((len(grid), 1), step) for grid, step in grids])
    wanted = np.array(list(COCO))
    labels = np.array([CLASSES.index(name) for name in COCO.values()])

    def detect(pixels: np.ndarray) -> np.ndarray:
        boxed, scale = letterbox(pixels, size, size)
        x = boxed[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32)
        out = session.run(None, {session.get_inputs()[0].name: x})[0][0]
        centre, half = (out[:, :2] + corner) * stride / scale, np.exp(out[:, 2:4]) * stride / scale / 2
        scores = out[:, 4:5] * out[:, 5 + wanted]
        place, label = (scores > 0.03).nonzero()
        return suppress(np.column_stack((centre[place] - half[place], centre[place] + half[place], labels[label],
                                         scores[place, label])))

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
        detectors["YOLOX"] = yolox(args.yolox)
    for people in (False, True):
        results = {}
        for name, detect in detectors.items():
            results[name] = judge([detect(picture.pixels) for picture in pictures], pictures, people)
        print(f"\n| {'people' if people else 'everything'} | objects | {' | '.join(results)} |")
        print("|---" * (2 + len(results)) + "|")
        for label, (_, count) in next(iter(results.values())).items():
            print(f"| {label} | {count} | {' | '.join(f'{result[label][0]:.2f}' for result in results.values())} |")
        print(f"| mean | | {' | '.join(f'{mean(result):.2f}' for result in results.values())} |")


if __name__ == "__main__":
    main()
