"""neocog gallery: all views on the demo as one sheet, without a screen."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from engine.capture.demo import Demo
from engine.errors import UserError
from engine.parameters import Parameters
from engine.tracking.tracker import Tracker
from engine.values import Frame
from engine.vision.inference import Eyes
from engine.vision.networks import open_network
from engine.window import controls
from engine.window.colours import DIM
from engine.window.composition import Composition
from engine.window.text import BOLD, write
from engine.window.views import NAMES, views

RATE = 20.0  # pictures of the demo a second
SIZE = 800, 450  # pixels of a view
COLUMNS = 2
GAP, FOOT = 12, 44  # pixels around a view, and under it for its name
# view: what it is turned to, from which second of the demo, and how long it is played until its picture is taken
SHOTS = {
    "network": ({}, 19.0, 3.5), "wall": ({"view/layer": "conv2"}, 19.0, 3.0),
    "unit": ({"view/layer": "conv4", "view/unit": 115}, 0.0, 24.0), "camera": ({}, 0.0, 2.0), "objects": ({}, 0.0, 2.5),
    "classes": ({}, 19.0, 4.0), "filters": ({"view/layer": "conv1", "view/unit": 7}, 21.0, 1.0),
    "attribution": ({}, 19.0, 3.0), "dream": ({"view/layer": "conv4", "view/target": "layer"}, 10.0, 2.5),
    "space": ({}, 0.0, 62.0), "paint": ({}, 19.0, 0.5), "confusion": ({}, 0.0, 0.1),
}
SLOW = 0.25  # seconds between the pictures of a shot that is longer than this many:
LONG = 10.0


def gallery(file: str) -> str:
    """Draw the sheet; returns the line that says where it is. UserError if it cannot be written."""
    write_picture(file, np.zeros((1, 1, 3), np.uint8))  # a name that cannot be is told before the work
    features = open_network("features")
    eyes, table = Eyes(open_network("detector"), features, "cpu"), Parameters()
    controls.declare(table)
    table.set("view/fade", 0, "gallery")  # each picture is of one view
    composition = Composition(views(features, "features"))
    pictures = {name: last(shot(name, eyes, table, composition)) for name in NAMES}
    picture = sheet(pictures)
    write_picture(file, picture)
    return f"{len(pictures)} views in {Path(file)} ({picture.shape[1]}x{picture.shape[0]})"


def write_picture(file: str, picture: np.ndarray) -> None:
    try:
        saved = cv2.imwrite(file, picture[..., ::-1], (cv2.IMWRITE_WEBP_QUALITY, 90))
    except cv2.error:  # a name that ends like no picture
        saved = False
    if not saved:
        raise UserError(f"could not write {file!r}: give a name that ends in .png, in a folder that can be written to")


def shot(name: str, eyes: Eyes, table: Parameters, composition: Composition) -> Iterator[np.ndarray]:
    """The pictures of one view while the demo plays."""
    turned, start, seconds = SHOTS[name]
    demo, tracker = Demo(), Tracker(tuple(eyes.detector.classes))
    step = 1 / RATE if seconds <= LONG else SLOW
    for index in range(round(seconds / step)):
        time = start + index * step
        percept = eyes(Frame(demo.picture(time), index, time))
        scene = tracker(percept)
        if not index:
            for path, value in {"view/name": name, **turned}.items():
                table.set(path, value, "gallery")
                controls.see(table, {tap: len(maps) for tap, maps in percept.maps.items()})  # another layer, more units
        yield composition(percept, scene, table, SIZE, time)


def last(pictures: Iterator[np.ndarray]) -> np.ndarray:
    for picture in pictures:
        pass
    return picture


def sheet(pictures: dict[str, np.ndarray]) -> np.ndarray:
    """Pictures by name, COLUMNS side by side, each with its name under it."""
    rows = -(-len(pictures) // COLUMNS)
    wide, high = SIZE[0] + GAP, SIZE[1] + FOOT
    whole = np.full((rows * high + GAP, COLUMNS * wide + GAP, 3), 8, np.uint8)
    for place, (name, picture) in enumerate(pictures.items()):
        row, column = divmod(place, COLUMNS)
        top, left = GAP + row * high, GAP + column * wide
        whole[top : top + SIZE[1], left : left + SIZE[0]] = cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA)
        write(whole, name, (left, top + SIZE[1] + 6), 22, DIM, BOLD)
    return whole
