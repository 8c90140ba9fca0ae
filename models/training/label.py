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
from models.training.nanodet import SHARED, NanoDet
from models.training.photographs import CLASSES
from models.training.scenes import batches, stretched
from models.training.shards import Sample, read_shard

SQUARES = (416, 512)  # pixels of the sides of what it looks at
LEAST = 0.05  # a score from which something is written down
MOST = 192  # answers that are looked at in each look
SAME = 0.6  # overlap from which two boxes of a class are one thing
BATCH = 64
MARK = b"labelled"  # the comment of a shard that was labelled


def merged(scores: list[Tensor], corners: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Answers of several looks at a batch, (B, P, K) and (B, P, 4) each, as rows (B, N, 6), and which of them count.

    A thing is where its boxes lie in the mean, weighed by their scores; its score is the mean of the best of each look.
    """
    parts = []
    for score, box in zip(scores, corners, strict=True):
        best, classes = score.flatten(1).topk(MOST), score.shape[2]
        box = box.gather(1, (best.indices // classes)[..., None].expand(-1, -1, 4))
        parts.append(torch.cat((box, (best.indices % classes)[..., None], best.values[..., None]), dim=2))
    rows = torch.cat(parts, dim=1)
    looks = torch.arange(len(scores), device=rows.device).repeat_interleave(MOST)
    order = rows[..., 5].argsort(dim=1, descending=True)
    rows, looks = rows.gather(1, order[..., None].expand(-1, -1, 6)), looks[order]
    boxes, label = rows[..., :4], rows[..., 4]
    same = (overlap(boxes[:, :, None], boxes[:, None])[0] > SAME) & (label[:, :, None] == label[:, None])
    first = ~same.tril(-1).any(dim=2)  # no better one is the same thing
    weights = same * rows[:, None, :, 5]
    boxes = weights @ boxes / weights.sum(dim=2, keepdim=True).clamp(min=1e-9)
    each = [(weights * (looks == look)[:, None]).amax(dim=2) for look in range(len(scores))]
    score = torch.stack(each).mean(dim=0)
    return torch.cat((boxes, label[..., None], score[..., None]), dim=2), first & (score >= LEAST)


def look(teacher: NanoDet, pixels: Tensor, sizes: Tensor) -> list[np.ndarray]:
    """What is in photographs (B, 3, SIDE, SIDE) uint8 of heights and widths (B, 2): rows (N, 6), boxes in shares.

    Each photograph fills a whole square, whatever its shape: so the teacher finds most.
    """
    scores, corners = [], []
    for side in SQUARES:
        x = stretched(pixels, sizes, side)
        for mirrored in (False, True):
            score, box = teacher(x.flip(3) if mirrored else x)
            left, top, right, bottom = (box / side).unbind(dim=2)
            scores.append(score)
            corners.append(torch.stack((1 - right, top, 1 - left, bottom), dim=2) if mirrored else box / side)
    rows, count = merged(scores, corners)
    rows[..., :4] = rows[..., :4].clamp(0, 1)
    count &= (rows[..., 2:4] > rows[..., :2]).all(dim=2)
    return [row[there].numpy() for row, there in zip(rows.cpu(), count.cpu(), strict=True)]


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
        samples, found = read_shard(path), []
        with zipfile.ZipFile(path) as archive:
            if archive.comment == MARK:
                continue
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
