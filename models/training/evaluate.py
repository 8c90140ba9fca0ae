"""The detector's figures on sources it never learned from: python -m models.training.evaluate --shards DIR

Prints AP50 by class, precision and recall of persons by height, and what greyness and darkness cost, as tables in
Markdown. The pools are those held out in shards.py, and only classes count that people boxed completely there.
With --yolox FILE, YOLOX-Nano in ONNX, on the same pictures, with the same judge beside it.
"""

import argparse
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from models import load
from models.detector import Detector
from models.disk import WEIGHTS
from models.nms import CANDIDATES, detections, strongest
from models.training.metrics import answer, average_precision, letterbox, matched, suppress
from models.training.photographs import CLASSES, PERSON
from models.training.shards import COMPLETE, HELD_OUT, Sample, read_shards
from models.training.teacher import SHARED, Session

FLOOR = 0.01  # scores below are not looked at
SHOWN = 0.4  # the score from which the engine shows something
HEIGHTS = (0.0, 0.15, 0.35, 0.6, 1.01)  # of a person, as a share of the picture's
WORSE = {"grey": lambda pixels: cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB),
         "a third as bright": lambda pixels: (pixels * 0.33).astype(np.uint8),
         "gamma 0.3": lambda pixels: cv2.LUT(pixels, (255 * np.linspace(0, 1, 256) ** (1 / 0.3)).astype(np.uint8))}
Detect = Callable[[np.ndarray], np.ndarray]  # pixels in, rows (left, top, right, bottom, class, score) out


def ours(network: Detector, *larger: int) -> Detect:
    """Our detector as the engine plays it: long side at its size, and at larger ones where there is time for them."""
    def detect(pixels: np.ndarray) -> np.ndarray:
        (high, wide), looks, sizes = pixels.shape[:2], [], (network.size, *larger)
        scales = [size / max(high, wide) for size in sizes]
        for size in sizes:
            boxes, scores = answer(network, pixels, size)
            looks.append(strongest((boxes * scales[0]).numpy(), scores.T.contiguous().numpy(), CANDIDATES, FLOOR))
        shown = [(round(wide * scale), round(high * scale)) for scale in scales]
        x, y, w, h, score, label = detections(looks, shown, FLOOR).T
        return np.column_stack(((x - w / 2) * wide, (y - h / 2) * high, (x + w / 2) * wide, (y + h / 2) * high, label,
                                score))

    return detect


def theirs(session: Session) -> Detect:
    """YOLOX-Nano as its makers use it: a square of 416, grey at the right and bottom."""
    def detect(pixels: np.ndarray) -> np.ndarray:
        boxed, scale = letterbox(pixels, session.size, session.size)
        corners, scores = session(boxed)
        place, label = (scores > FLOOR).nonzero()
        return suppress(np.column_stack((corners[place] / scale, label, scores[place, label])))

    return detect


def judge(detect: Detect, samples: list[Sample], worse: Callable[[np.ndarray], np.ndarray] = np.asarray
          ) -> tuple[dict[int, list[tuple[float, bool, float]]], dict[int, list[float]]]:
    """By class: every find as (score, right?, height of what it hit or of itself), and the heights of all boxes."""
    finds, heights = ({label: [] for label in range(len(CLASSES))} for _ in range(2))
    for sample in samples:
        picture = sample.picture()
        found, high = detect(worse(picture.pixels)), picture.pixels.shape[0]
        for label in COMPLETE[sample.pool]:
            truth = picture.rows[(picture.rows[:, 4] == label) & (picture.rows[:, 5] > 0), :4]
            mine = found[found[:, 4] == label]
            tall = (truth[:, 3] - truth[:, 1]) / high
            heights[label] += tall.tolist()
            for row, hit in zip(mine, matched(mine, truth), strict=True):
                finds[label].append((row[5], hit >= 0, tall[hit] if hit >= 0 else (row[3] - row[1]) / high))
    return finds, heights


def precision(finds: list[tuple[float, bool, float]], count: int) -> float:
    """AP50."""
    scores, right, _ = np.array(finds, float).reshape(-1, 3).T
    return average_precision(right.astype(bool), scores, count)


def best(finds: list[tuple[float, bool, float]], count: int, slack: float = 0.0) -> tuple[float, float]:
    """The score from which F1 is highest, and F1 there; with slack the highest score from which it is nearly so."""
    scores, right, _ = np.array(sorted(finds, reverse=True), float).reshape(-1, 3).T
    f1 = 2 * right.cumsum() / (np.arange(1, len(right) + 1) + count)
    if not len(f1):
        return 1.0, 0.0
    index = (f1 >= (1 - slack) * f1.max()).argmax()
    return float(scores[index]), float(f1[index])


def table(first: str, head: list[str], rows: list[list[str]]) -> None:
    """Print a table in Markdown."""
    print(f"\n| {' | '.join((first, *head))} |\n{'|---' * (1 + len(head))}|")
    print("\n".join(f"| {' | '.join(row)} |" for row in rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=Path, required=True, help="what models.training.gather wrote")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the folder of detector.safetensors")
    parser.add_argument("--yolox", type=Path, help="YOLOX-Nano in ONNX")
    args = parser.parse_args()
    samples = [sample for sample in read_shards(args.shards) if sample.pool in HELD_OUT]
    network = load("detector", args.weights)
    detectors = {"one look": ours(network), "two looks": ours(network, network.larger[0]),
                 "three looks": ours(network, *network.closer)}
    if args.yolox:
        detectors["YOLOX-Nano"] = theirs(Session(args.yolox))
    for group in sorted({HELD_OUT[sample.pool] for sample in samples}):
        some = [sample for sample in samples if HELD_OUT[sample.pool] == group]
        judged = {name: judge(detect, some) for name, detect in detectors.items()}
        counts = {label: len(tall) for label, tall in judged["one look"][1].items() if tall}
        rows = [[CLASSES[label], str(count), *(f"{precision(finds[label], count):.3f}" for finds, _ in judged.values()),
                 "{:.2f} ({:.2f})".format(*best(judged["one look"][0][label], count))]
                for label, count in counts.items()]
        if len(rows) > 1:
            known = [label for label in counts if CLASSES[label] in SHARED]
            rows.append(["mean", "", *(f"{np.mean([precision(finds[each], counts[each]) for each in known]):.3f}"
                                       for finds, _ in judged.values()), ""])
        table(f"AP50, {group}, {len(some)} photographs", ["boxes", *detectors, "best from (F1)"], rows)
        if PERSON in counts:
            rows = []
            for low, high in (*pairwise(HEIGHTS), (0.0, 1.01), (1 / 3, 1.01)):
                row = [f"{low:.2f} to {min(1, high):.2f}"]
                for finds, heights in judged.values():
                    count = sum(low <= tall < high for tall in heights[PERSON])
                    shown = [hit for score, hit, tall in finds[PERSON] if score >= SHOWN and low <= tall < high]
                    row += [f"{sum(shown) / max(1, len(shown)):.2f}", f"{sum(shown) / max(1, count):.2f}"]
                rows.append(row)
            table(f"persons' height, shown from {SHOWN}",
                  [f"{name}, {what}" for name in judged for what in ("precision", "recall")], rows)
        if group == "COCO":
            ways = {"as it is": judged}
            for way, worse in WORSE.items():
                ways[way] = {name: judge(detect, some, worse) for name, detect in detectors.items()}
            table("person AP50, COCO", list(detectors), [
                [way, *(f"{precision(finds[PERSON], counts[PERSON]):.3f}" for finds, _ in told.values())]
                for way, told in ways.items()])


if __name__ == "__main__":
    main()
