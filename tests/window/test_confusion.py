"""The confusion matrices: bright where most pictures are, and a click leads to the show's own."""

from dataclasses import replace

import numpy as np

from engine.values import Guess
from engine.window.views.confusion import Confusion
from engine.window.views.view import ViewParameters
from models import load
from tests.percepts import percept


def test_a_matrix_is_brightest_where_most_pictures_are_and_a_click_finds_its_cell():
    network, (found, scene) = load("cifar-convnet"), percept()
    view = Confusion(network)
    picture = view(found, scene, ViewParameters((1280, 720), labels=False, details=False)).max(2)
    counts = network.confusion.numpy()
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
