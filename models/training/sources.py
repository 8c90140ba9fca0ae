"""Where photographs come from: folders and clones of repositories, and what people boxed in them."""

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from models.training.common import SUFFIXES
from models.training.photographs import CLASSES

OF_VOC = {"aeroplane": "airplane", "bird": "bird", "bottle": "bottle", "car": "car", "cat": "cat", "chair": "chair",
          "dog": "dog", "motorbike": "motorcycle", "person": "person", "pottedplant": "potted plant", "sofa": "couch",
          "tvmonitor": "tv"}
VOC_BOXES = "Edwardwaw/VOC-tools", "8a06bb7c6959626ae21b1521c30e6938978ecae8", r"^pascal_(train|val|test)20\d\d\.json$"
VOC_EASY = "abeardear/pytorch-YOLO-v1", "823c45185a4af4f895d53ca466f725a1edbcfec0", r"^voc20\d\d(test)?\.txt$"

Found = tuple[str, bytes, str]  # a name, the picture's file, the text of its labels


def listing(where: Path, commit: str) -> dict[str, str]:
    """The hash of every file in a repository at a commit, by path."""
    told = subprocess.run(["git", "-C", where, "ls-tree", "-r", "-z", commit], capture_output=True, check=True).stdout
    entries = [entry.partition("\t") for entry in told.decode(errors="replace").split("\0") if entry]
    return {name: head.split()[2] for head, _, name in entries}


def contents(where: Path, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Files of a repository by their hashes; those that a partial clone lacks are left out."""
    with subprocess.Popen(["git", "-C", where, "cat-file", "--batch"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as reader:
        for blob in blobs:
            reader.stdin.write(f"{blob}\n".encode())
            reader.stdin.flush()
            header = reader.stdout.readline().split()
            if header[1] != b"missing":
                content = reader.stdout.read(int(header[2]))
                reader.stdout.read(1)
                yield blob, content


def texts(where: Path, commit: str, path: str) -> list[str]:
    """The files of a repository whose paths match, in the order of their names."""
    files = listing(where, commit)
    blobs = [files[name] for name in sorted(files) if re.search(path, name)]
    return [content.decode(errors="replace") for _, content in contents(where, blobs)]


def row(label: int, corners: tuple[float, ...], wide: float, high: float, sure: int = 1) -> str:
    """A line of a label file, from a box's corners in pixels."""
    left, top, right, bottom = corners
    return (f"{label} {(left + right) / 2 / wide:.5f} {(top + bottom) / 2 / high:.5f} {(right - left) / wide:.5f} "
            f"{(bottom - top) / high:.5f} {sure}\n")


def from_folder(where: Path, path: str) -> Iterator[Found]:
    """The pictures of a folder in YOLO layout."""
    for file in sorted((where / "images").iterdir()):
        if re.search(path, file.name):
            labels = where / "labels" / f"{file.stem}.txt"
            yield file.stem, file.read_bytes(), labels.read_text() if labels.is_file() else ""


def from_repository(where: Path, commit: str, path: str, boxed: dict[str, str] | None = None) -> Iterator[Found]:
    """The pictures in a repository at a commit, in the order of their hashes there: mixed, and always the same.

    boxed: label texts by the pictures' paths or by their names alone; then only these pictures are taken.
    """
    told = {}
    for name, blob in listing(where, commit).items():
        if PurePosixPath(name).suffix.lower() in SUFFIXES and re.search(path, name):
            text = "" if boxed is None else boxed.get(name, boxed.get(PurePosixPath(name).name))
            if text is not None:
                told[blob] = text
    for blob, content in contents(where, sorted(told)):
        yield blob, content, told[blob]


def annotated(text: str) -> Iterator[tuple[str, float, float, list[tuple[str, tuple[float, ...], bool]]]]:
    """Of each picture in a file of annotations in COCO's format: its name, width, height, and boxes.

    A box is the class, left, top, right and bottom in pixels, and whether it is drawn around a crowd.
    """
    told = json.loads(text)
    names = {each["id"]: each["name"] for each in told["categories"]}
    boxes: dict[int, list[tuple[str, tuple[float, ...], bool]]] = {}
    for each in told["annotations"]:
        x, y, w, h = each["bbox"]
        box = names[each["category_id"]], (x, y, x + w, y + h), bool(each.get("iscrowd"))
        boxes.setdefault(each["image_id"], []).append(box)
    for each in told["images"]:
        yield each["file_name"], each["width"], each["height"], boxes.get(each["id"], [])


def coco_boxes(where: Path, commit: str, path: str) -> dict[str, str]:
    """Label texts by pictures' names, out of a repository's files of annotations in COCO's format."""
    return {PurePosixPath(name).name: "".join(
        row(CLASSES.index(each), corners, wide, high, int(not crowd))
        for each, corners, crowd in boxes if each in CLASSES)
        for text in texts(where, commit, path) for name, wide, high, boxes in annotated(text)}


def voc_boxes(data: Path) -> dict[str, str]:
    """Label texts by the names of PASCAL VOC's pictures, out of two clones: all boxes, and those not too difficult."""
    easy = {}
    for line in "\n".join(texts(data / VOC_EASY[0], *VOC_EASY[1:])).split("\n"):
        name, *numbers = line.split() or ("",)
        easy[name] = {tuple(map(int, numbers[at:at + 4])) for at in range(0, len(numbers), 5)}
    told = {}
    for text in texts(data / VOC_BOXES[0], *VOC_BOXES[1:]):
        for name, wide, high, boxes in annotated(text):
            told[name] = "".join(
                row(CLASSES.index(OF_VOC[each]), corners, wide, high,
                    int((int(corners[0]) + 1, int(corners[1]) + 1, *map(int, corners[2:])) in easy.get(name, ())))
                for each, corners, _ in boxes if each in OF_VOC)
    return told


def yolo_boxes(where: Path, commit: str, classes: dict[int, str]) -> dict[str, str]:
    """Label texts by pictures' paths, out of a repository in YOLO layout; pictures without any box are left out."""
    files, told = listing(where, commit), {}
    labels = {name: blob for name, blob in files.items() if name.endswith(".txt")}
    texts_by_blob = dict(contents(where, sorted(set(labels.values()))))
    for name in files:
        picture = PurePosixPath(name)
        beside = picture.with_suffix(".txt")
        apart = PurePosixPath(*("labels" if part == "images" else part for part in beside.parts))
        content = texts_by_blob.get(labels.get(str(apart), labels.get(str(beside))), b"")
        if picture.suffix.lower() in SUFFIXES and content.strip():
            lines = [line.split() for line in content.decode(errors="replace").splitlines() if line.strip()]
            told[name] = "".join(row(CLASSES.index(classes[int(label)]), around(list(map(float, numbers))), 1, 1)
                                 for label, *numbers in lines if int(label) in classes)
    return told


def around(numbers: list[float]) -> tuple[float, float, float, float]:
    """The corners of YOLO's box, or those of the box around the points of its outline, in shares of the sides."""
    if len(numbers) == 4:
        cx, cy, w, h = numbers
        return cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2
    return min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])


def find(source: dict[str, str], data: Path) -> Iterator[Found]:
    """The pictures that a line of the table names."""
    where, commit, path = data / source["where"], source["commit"], source["path"]
    kind, *classes = source["labels"].replace("_", " ").split(";")
    if commit == "-":
        return from_folder(where, path)
    if kind == "coco":
        return from_repository(where, commit, "", coco_boxes(where, commit, path))
    if kind == "voc":
        return from_repository(where, commit, path, voc_boxes(data))
    if kind == "yolo":
        return from_repository(where, commit, path, yolo_boxes(where, commit, {
            int(number): name for number, name in (each.split("=") for each in classes)}))
    return from_repository(where, commit, path)
