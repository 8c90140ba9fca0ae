"""Gathers photographs into shards: python -m models.training.gather --data DIR --keep-out FILE --out DIR ...

SOURCES (photographs.tsv beside this file) is a table of what is taken from where: a folder of --data in YOLO layout
(commit -) or a clone there of a GitHub repository, OWNER/NAME, at a commit; a regular expression for paths; at most so
many pictures; labels "all" if proposals of public detectors are in them already, "coco" if people boxed all of COCO's
classes in them and `path` names the files that say so, "voc" if they are PASCAL VOC's, known by their names,
"yolo;0=cup;3=wine_glass" if people boxed these and files in YOLO's format beside the pictures say so. Pictures that
resemble one another (hashes within 4 bits) or one whose hash is a line of --keep-out (within 8, mirrored too) are
dropped. What stays is written in shards, ZIP files of at most 60 MB in YOLO layout: images/POOL-HASH.jpg,
labels/POOL-HASH.txt. The sixth column of a label row is 1 for a box drawn by a person, 0 for one around a crowd or too
difficult to be sure of, else how sure a public detector is. A pool whose shards are there is not gathered again.
"""

import argparse
import hashlib
import zipfile
from functools import partial
from itertools import islice
from multiprocessing import Pool
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image

from models.training.metrics import letterbox, suppress
from models.training.photographs import CLASSES
from models.training.shards import HELD_OUT, JUDGED, SIDE
from models.training.sources import Found, find
from models.training.teacher import Faces, Teacher

SOURCES = Path(__file__).with_name("photographs.tsv")
SHARD = 60_000_000  # bytes
LOOK = 224  # pixels of a picture's long side for the public detector
NEAR, KEPT_OUT = 4, 8  # bits of 64 in which pictures that are too alike differ at most
FEWEST = 100  # pixels of the short side
SURE = 0.2  # a public detector's boxes from here on are written down


def difference_hash(pixels: np.ndarray) -> int:
    """64 bits: is a place of the 9 x 8 grey picture brighter than the one to its right?"""
    small = np.asarray(Image.fromarray(pixels).convert("L").resize((9, 8), Image.Resampling.LANCZOS))
    return int.from_bytes(np.packbits(small[:, :-1] > small[:, 1:], bitorder="little").tobytes(), "little")


def alike(value: int, others: np.ndarray, bits: int) -> bool:
    """Whether a hash differs in at most so many bits from one of others (uint64)."""
    return bool(len(others)) and int(np.bitwise_count(others ^ np.uint64(value)).min()) <= bits


def prepare(side: int, found: Found) -> tuple[str, bytes, np.ndarray, str, int, int] | None:
    """A picture, its long side no longer than side, as a JPEG and as pixels, its labels, the hashes of both its ways;
    None if it is unusable."""
    name, content, labels = found
    flags = cv2.IMREAD_COLOR if len(content) < 400_000 else cv2.IMREAD_REDUCED_COLOR_2
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    if pixels is None or min(pixels.shape[:2]) < FEWEST or max(pixels.shape[:2]) > 4 * min(pixels.shape[:2]):
        return None
    if max(pixels.shape) > side:
        scale = side / max(pixels.shape)
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        content = b""
    if content[:2] != b"\xff\xd8":
        content = cv2.imencode(".jpg", pixels, (cv2.IMWRITE_JPEG_QUALITY, 90))[1].tobytes()
    pixels = np.ascontiguousarray(pixels[:, :, ::-1])
    return name, content, pixels, labels, difference_hash(pixels), difference_hash(pixels[:, ::-1].copy())


class Labeller:
    """What two public detectors see in a picture, as the text of a label file with people's rows before it."""

    def __init__(self, yolox: Path, faces: Path):
        self.teacher, self.faces = Teacher(yolox), Faces(faces)

    def __call__(self, pictures: list[tuple[np.ndarray, str]]) -> list[str]:
        boxed = [letterbox(pixels, LOOK) for pixels, _ in pictures]
        square = np.full((len(boxed), LOOK, LOOK, 3), 114, np.uint8)
        for whole, (part, _) in zip(square, boxed, strict=True):
            whole[:part.shape[0], :part.shape[1]] = part
        x = torch.from_numpy(square).permute(0, 3, 1, 2).to(memory_format=torch.channels_last).float() / 255
        scores, corners = self.teacher(x)
        texts = []
        for (pixels, people), (_, scale), score, corner in zip(pictures, boxed, scores, corners, strict=True):
            place, label = (score[:, :len(CLASSES)] > SURE).nonzero(as_tuple=True)
            seen = torch.column_stack((corner[place] / scale, label, score[place, label])).numpy()
            rows = np.concatenate((suppress(seen), self.faces(pixels)))
            high, wide = pixels.shape[:2]
            lines = [line for line in people.splitlines() if float(line.split()[5]) in (0, 1)]
            for left, top, right, bottom, each, sure in rows:
                left, right = np.clip((left, right), 0, wide) / wide
                top, bottom = np.clip((top, bottom), 0, high) / high
                lines.append(f"{each:.0f} {(left + right) / 2:.5f} {(top + bottom) / 2:.5f} {right - left:.5f} "
                             f"{bottom - top:.5f} {min(sure, 0.999):.3f}")
            texts.append("".join(f"{line}\n" for line in lines))
        return texts


class Shards:
    """Writes pictures and labels of a pool, a new ZIP file whenever one is full."""

    def __init__(self, out: Path, pool: str):
        self.out, self.pool, self.files, self.size = out, pool, [], SHARD

    def add(self, content: bytes, labels: str) -> None:
        if self.size + len(content) > SHARD:
            self.close()
            self.files.append(zipfile.ZipFile(self.out / f"{self.pool}-{len(self.files)}.part", "w"))
            self.size = 0
        name = f"{self.pool}-{hashlib.sha256(content).hexdigest()[:12]}"
        self.files[-1].writestr(f"images/{name}.jpg", content)
        self.files[-1].writestr(f"labels/{name}.txt", labels)
        self.size += len(content) + len(labels) + 300

    def close(self) -> None:
        if self.files:
            self.files[-1].close()

    def finish(self) -> None:
        """Give the shards their names, all at once."""
        self.close()
        for index in range(len(self.files)):
            (self.out / f"{self.pool}-{index}.part").rename(self.out / f"{self.pool}-{index}.zip")


def gather(source: dict[str, str], data: Path, out: Path, keep_out: np.ndarray, known: list[int], label: Labeller
           ) -> list[int]:
    """One line of the table into shards; the hashes of what was kept."""
    pool, found = source["pool"], find(source, data)
    shards, kept, seen, most = Shards(out, pool), [], 0, int(source["most"])
    hashes, ready = np.array(known, np.uint64), partial(prepare, JUDGED if pool in HELD_OUT else SIDE)
    with Pool(2, cv2.setNumThreads, (1,)) as workers:
        while len(kept) < most and (some := list(islice(found, 16))):
            seen += len(some)
            new = []
            for each in filter(None, workers.map(ready, some, 8)):
                value, mirrored = each[4:]
                if not (alike(value, hashes, NEAR) or alike(mirrored, hashes, NEAR)
                        or alike(value, keep_out, KEPT_OUT) or alike(mirrored, keep_out, KEPT_OUT)):
                    hashes = np.append(hashes, np.uint64(value))
                    kept.append(value)
                    new.append(each)
            if new:
                texts = ([text for *_, text, _, _ in new] if source["labels"] in ("all", "coco")
                         else label([(pixels, people) for _, _, pixels, people, *_ in new]))
                for (_, content, *_), text in zip(new, texts, strict=True):
                    shards.add(content, text)
    shards.finish()
    print(f"{pool}: {len(kept)} of {seen} looked at", flush=True)
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="where folders and clones lie")
    parser.add_argument("--keep-out", type=Path, required=True, help="hashes that are for judging, hexadecimal")
    parser.add_argument("--yolox", type=Path, required=True, help="YOLOX-Nano in ONNX")
    parser.add_argument("--faces", type=Path, required=True, help="Ultra-Light-Fast-Generic-Face-Detector in ONNX")
    parser.add_argument("--out", type=Path, required=True, help="where shards go")
    args = parser.parse_args()
    torch.set_num_threads(1)  # pictures are prepared by two more processes
    cv2.setNumThreads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    keep_out = np.array([int(line, 16) for line in args.keep_out.read_text().split()], np.uint64)
    label, known = Labeller(args.yolox, args.faces), []
    first, *rest = [line.split("\t") for line in SOURCES.read_text().splitlines()]
    for source in (dict(zip(first, line, strict=True)) for line in rest):
        hashes = args.out / f"{source['pool']}.dhash"
        if not hashes.is_file():
            values = gather(source, args.data, args.out, keep_out, known, label)
            hashes.write_text("".join(f"{value:016x}\n" for value in values))
        known += [int(line, 16) for line in hashes.read_text().split()]


if __name__ == "__main__":
    main()
