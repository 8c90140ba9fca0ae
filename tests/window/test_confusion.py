"""The confusion matrices: bright where most pictures are, and a click leads to the show's own."""

import tarfile
from dataclasses import replace
from io import BytesIO
from itertools import product
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.values import Guess
from engine.window.views.confusion import Confusion
from engine.window.views.view import ViewParameters
from models import load
from models.cifar import HELD, KINDS, confusion
from tests.percepts import percept


def test_a_matrix_is_brightest_where_most_pictures_are_and_a_click_finds_its_cell():
    network, (found, scene) = load("cifar-convnet"), percept()
    view = Confusion(network)
    picture = view(found, scene, ViewParameters((1280, 720), labels=False, details=False)).max(2)
    counts = confusion(network.taken).numpy()
    left, top = view.corners[1]
    cells = np.array([[picture[round(top + (row + 0.5) * view.side), round(left + (column + 0.5) * view.side)]
                       for column in range(10)] for row in range(10)]).astype(int)
    assert np.array_equal(cells.argmax(1), counts.argmax(1)) and cells.argmax(1).tolist() == list(range(10))
    assert view.at((left + 7.5 * view.side) / 1280, (top + 3.5 * view.side) / 720) == 37 and view.at(0.0, 0.99) is None


def test_a_cell_leads_to_the_shows_own_pictures():
    network, (found, scene) = load("cifar-convnet"), percept()
    dog = replace(scene, classes=(Guess(5, "dog", 0.9),))
    for classes, there in ((dog, True), (scene, False)):
        view = Confusion(network)
        picture = view(found, classes, ViewParameters((1280, 720), cell=35))  # cats taken for dogs
        strip = picture[600:680, 45:140].reshape(-1, 3)
        assert bool((strip == found.frame.pixels[0, 0]).all(1).any()) is there


def tar_of(folder: Path, count: int) -> Path:
    """A tar as CIFAR's, in which each picture has a colour of its own."""
    file = folder / "cifar10.tar.gz"
    with tarfile.open(file, "w:gz") as tar:
        for kind, number in product(range(10), range(count)):
            colour = 20 * kind, number % 256, number // 256 * 100
            content = cv2.imencode(".png", np.full((32, 32, 3), colour, np.uint8))[1].tobytes()
            entry = tarfile.TarInfo(f"test/{KINDS[kind]}/{number:04}.jpg")
            entry.size = len(content)
            tar.addfile(entry, BytesIO(content))
    return file


def test_a_cell_leads_to_the_very_pictures_that_it_counts(tmp_path):
    """Cats taken for dogs by the ordinary network on the left, by the convnet on the right."""
    file, view = tar_of(tmp_path, HELD), Confusion()
    picture = view(*percept(), ViewParameters((1280, 720), cell=35, labels=False, tested_on=str(file)))
    for half, name in enumerate(("cifar-ordinary", "cifar-convnet")):
        wanted = (load(name).taken[KINDS.index("cat")] == KINDS.index("dog")).nonzero().flatten().tolist()
        under = picture[590:, half * 640 : half * 640 + 640]
        colours = {tuple(colour) for colour in under.reshape(-1, 3).tolist()} - {(0, 0, 0)}
        there = sorted(green + 256 * (red // 100) for red, green, blue in colours)
        assert len(there) >= 20 and there == wanted[: len(there)] and {blue for *_, blue in colours} == {60}


@pytest.mark.parametrize("damage", ["absent", "no tar", "cut", "other"])
def test_pictures_that_are_not_those_that_were_counted_are_not_shown(tmp_path, damage):
    file = tar_of(tmp_path, 3) if damage in ("cut", "other") else tmp_path / "cifar10.tar.gz"
    if damage == "no tar":
        file.write_bytes(b"nothing")
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-300])
    view = Confusion()
    assert not view(*percept(), ViewParameters((1280, 720), cell=35, labels=False, tested_on=str(file)))[590:].any()
