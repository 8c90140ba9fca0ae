"""Where photographs come from: repositories, people's boxes in their formats, shards."""

import json
import subprocess
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from models.training.gather import Shards, alike, difference_hash, prepare
from models.training.photographs import CLASSES, PERSON
from models.training.shards import read_shards
from models.training.sources import VOC_BOXES, VOC_EASY, find, from_repository
from tests.models.shards import jpeg

CUP, COUCH, GLASS = (CLASSES.index(name) for name in ("cup", "couch", "wine glass"))


def test_hashes_tell_pictures_apart_and_know_them_again():
    pixels = np.ascontiguousarray(np.random.default_rng(0).integers(0, 256, (8, 9, 3)).astype(np.uint8))
    small, large = (difference_hash(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR))
                    for size in ((180, 160), (360, 320)))
    mirrored = difference_hash(pixels[:, ::-1].copy())
    assert alike(small, np.array([large], np.uint64), 4) and not alike(small, np.array([mirrored], np.uint64), 8)
    assert not alike(small, np.array([], np.uint64), 64)
    grey = np.array(Image.fromarray(np.tile(np.arange(9, dtype=np.uint8)[::-1] * 20, (8, 1))))
    assert difference_hash(np.stack([grey] * 3, axis=2)) == 2 ** 64 - 1, "brighter than its neighbour to the right"


def committed(folder: Path, files: dict[str, bytes]) -> Path:
    """A repository in that folder that holds these files."""
    def git(*words: str) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", folder, *words], check=True,
                       capture_output=True)

    folder.mkdir(exist_ok=True)
    git("init", "-q")
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    git("add", ".")
    git("commit", "-qm", "pictures")
    return folder


def test_a_repositorys_pictures_are_found_and_what_is_none_is_left_out(tmp_path):
    files = {"a.jpg": jpeg(), "b.png": b"no picture", "c.txt": b"text", "d.jpg": jpeg(40)}
    found = list(from_repository(committed(tmp_path, files), "HEAD", "^[ab]"))
    whole, small = ([each for each in map(partial(prepare, side), found) if each] for side in (128, 64))
    assert len(found) == 2 and len(whole) == 1 and whole[0][1] == jpeg() and whole[0][2].shape == (120, 128, 3)
    assert len(small) == 1 and small[0][2].shape == (60, 64, 3)


def annotations(name: str, *boxes: tuple[str, int, int]) -> bytes:
    """A file in COCO's format: one picture of 128 x 120 with boxes as class, left, whether a crowd."""
    kinds = sorted({kind for kind, *_ in boxes})
    return json.dumps({
        "images": [{"id": 7, "file_name": name, "width": 128, "height": 120},
                   {"id": 8, "file_name": "elsewhere.jpg", "width": 9, "height": 9}],
        "categories": [{"id": index, "name": kind} for index, kind in enumerate(kinds)],
        "annotations": [{"image_id": 7, "category_id": kinds.index(kind), "bbox": [left, 30, 64, 60], "iscrowd": crowd}
                        for kind, left, crowd in boxes]}).encode()


def test_boxes_are_read_from_cocos_annotations(tmp_path):
    told = annotations("a.jpg", ("person", 32, 0), ("zebra", 32, 0), ("person", 0, 1))
    committed(tmp_path / "coco", {"val/a.jpg": jpeg(), "boxes/val.json": told, "other.json": b"[]"})
    source = {"where": "coco", "commit": "HEAD", "path": "^boxes/", "labels": "coco"}
    (_, content, text), = find(source, tmp_path)
    assert content == jpeg()
    assert text == f"{PERSON} 0.50000 0.50000 0.50000 0.50000 1\n{PERSON} 0.25000 0.50000 0.50000 0.50000 0\n"


def test_boxes_of_vocs_pictures_are_found_by_their_names(tmp_path, monkeypatch):
    monkeypatch.setattr("models.training.sources.VOC_BOXES", ("boxes", "HEAD", VOC_BOXES[2]))
    monkeypatch.setattr("models.training.sources.VOC_EASY", ("easy", "HEAD", VOC_EASY[2]))
    told = annotations("2008_000008.jpg", ("sofa", 32, 0), ("sheep", 0, 0), ("person", 0, 0))
    committed(tmp_path / "boxes", {"pascal_train2012.json": told})
    committed(tmp_path / "easy", {"voc2007.txt": b"000005.jpg 1 1 9 9 0",
                                  "voc2012.txt": b"2008_000008.jpg 33 31 96 90 17\n"})
    committed(tmp_path / "pictures", {"images/2008_000008.jpg": jpeg(), "images/else.jpg": jpeg(40)})
    (_, content, text), = find({"where": "pictures", "commit": "HEAD", "path": "^images/", "labels": "voc"}, tmp_path)
    assert content == jpeg()
    assert text == f"{COUCH} 0.50000 0.50000 0.50000 0.50000 1\n{PERSON} 0.25000 0.50000 0.50000 0.50000 0\n"


def test_boxes_and_outlines_are_read_from_yolos_files(tmp_path):
    files = {"train/images/a.jpg": jpeg(),
             "train/labels/a.txt": b"2 0.5 0.5 0.5 0.5\n0 0.1 0.2 0.3 0.2 0.3 0.6\n1 0 0 1 1\n",
             "b.jpg": jpeg(40), "b.txt": b"2 0.5 0.5 0.5 0.5\n", "c.jpg": jpeg(50), "c.txt": b"", "d.jpg": jpeg(60)}
    committed(tmp_path / "yolo", files)
    source = {"where": "yolo", "commit": "HEAD", "path": "", "labels": "yolo;0=cup;2=wine_glass"}
    found = {content: text for _, content, text in find(source, tmp_path)}
    glass = f"{GLASS} 0.50000 0.50000 0.50000 0.50000 1\n"
    assert found == {jpeg(): f"{glass}{CUP} 0.20000 0.40000 0.20000 0.40000 1\n", jpeg(40): glass}


def test_shards_are_named_when_they_are_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("models.training.gather.SHARD", 2 * len(jpeg()))
    shards = Shards(tmp_path, "mine")
    for _ in range(3):
        shards.add(jpeg(), "")
    assert not list(tmp_path.glob("*.zip"))
    shards.finish()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine-0.zip", "mine-1.zip", "mine-2.zip"]
    assert len(read_shards(tmp_path)) == 3
