"""Says what a public detector sees in gathered photographs: python -m models.training.label --shards DIR --nanodet FILE

NanoDet-Plus looks at each photograph at two sizes, as it is and mirrored; what it says is merged, and written into the
label files in place of what stood there of its classes, but for what people boxed. A shard that it has labelled is not
labelled again.
"""

import argparse
import os
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from models.training.assignment import overlap
from models.training.nanodet import NanoDet
from models.training.photographs import CLASSES
from models.training.scenes import batches, stretched
from models.training.shards import Sample, read_shard
from models.training.teacher import SHARED

SQUARES = (416, 512)  # pixels of the sides of what it looks at
LEAST, FAINT = 0.05, 0.01  # scores from which something is written down, and looked at
MOST = 192  # answers that are looked at in each look
SAME = 0.6  # overlap from which two boxes of a class are one thing
BATCH = 32
MARK = b"labelled"  # the comment of a shard that was labelled


def likeliest(scores: Tensor, corners: Tensor) -> Tensor:
    """The MOST likely of a look's answers, (B, P, K) and (B, P, 4), as rows (B, MOST, 6)."""
    best, classes = scores.flatten(1).topk(MOST), scores.shape[2]
    boxes = corners.gather(1, (best.indices // classes)[..., None].expand(-1, -1, 4))
    return torch.cat((boxes, (best.indices % classes)[..., None], best.values[..., None]), dim=2)


def merged(looks: Tensor) -> Tensor:
    """What several looks at one picture say, rows (L, N, 6), as rows (M, 6).

    A thing is where its boxes lie in the mean, weighed by their scores; its score is the mean of the best of each look.
    """
    which = torch.arange(len(looks))[:, None].expand(looks.shape[:2])
    there = looks[..., 5] > FAINT
    rows, which = looks[there], which[there]
    if not len(rows):
        return rows
    order = rows[:, 5].argsort(descending=True)
    rows, which = rows[order], which[order]
    same = (overlap(rows[:, None, :4], rows[:, :4])[0] > SAME) & (rows[:, None, 4] == rows[:, 4])
    first = ~same.tril(-1).any(dim=1)  # no better one is the same thing
    weights = same[first] * rows[:, 5]
    boxes = weights @ rows[:, :4] / weights.sum(dim=1, keepdim=True)
    score = torch.stack([(weights * (which == look)).amax(dim=1) for look in range(len(looks))]).mean(dim=0)
    found = torch.column_stack((boxes, rows[first, 4], score))
    return found[score >= LEAST]


def look(teacher: NanoDet, pixels: Tensor, sizes: Tensor) -> list[np.ndarray]:
    """What is in photographs (B, 3, SIDE, SIDE) uint8 of heights and widths (B, 2): rows (N, 6), boxes in shares.

    Each photograph fills a whole square, whatever its shape: so the teacher finds most.
    """
    looks = []
    for side in SQUARES:
        x = stretched(pixels, sizes, side)
        for mirrored in (False, True):
            scores, corners = teacher(x.flip(3) if mirrored else x)
            left, top, right, bottom = (corners / side).clamp(0, 1).unbind(dim=2)
            ends = (1 - right, top, 1 - left, bottom) if mirrored else (left, top, right, bottom)
            looks.append(likeliest(scores, torch.stack(ends, dim=2)))
    rows = [merged(each) for each in torch.stack(looks, dim=1).cpu()]  # a few rows each: no work for a GPU
    return [each[(each[:, 2:4] > each[:, :2]).all(dim=1)].numpy() for each in rows]


def text(sample: Sample, rows: np.ndarray) -> str:
    """A label file: what stays of the old one and what was found."""
    names = [CLASSES[int(label)] for label in sample.labels[:, 0]]
    old = [row for row, name in zip(sample.labels, names, strict=True) if row[5] in (0, 1) or name not in SHARED]
    new = [(label, (left + right) / 2, (top + bottom) / 2, right - left, bottom - top, min(score, 0.999))
           for left, top, right, bottom, label, score in rows]
    return "".join("{:.0f} {:.5f} {:.5f} {:.5f} {:.5f} {:.3f}\n".format(*row) for row in (*old, *new))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=Path, required=True, help="what models.training.gather wrote")
    parser.add_argument("--nanodet", type=Path, required=True, help="NanoDet-Plus, the .xml beside its .bin")
    args = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    teacher = NanoDet(args.nanodet, device)
    for path in sorted(args.shards.glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            if archive.comment == MARK:
                continue
        samples, found = read_shard(path), []
        for pixels, sizes, _ in tqdm(batches(samples, BATCH), path.stem):
            found += look(teacher, pixels.to(device), sizes.to(device))
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(path.with_suffix(".part"), "w") as new:
            for sample, rows in zip(samples, found, strict=True):
                new.writestr(sample.name, old.read(sample.name))
                new.writestr(f"labels/{Path(sample.name).stem}.txt", text(sample, rows))
            new.comment = MARK
        os.replace(path.with_suffix(".part"), path)


if __name__ == "__main__":
    main()
