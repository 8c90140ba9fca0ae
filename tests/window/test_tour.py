"""A tour through the layers and their strongest units, in the show's own time."""

from dataclasses import replace

import pytest

from engine.window.controls import see
from engine.window.tour import STAY, Tour
from tests.percepts import SHAPES, parameters, percept


@pytest.fixture
def table():
    made = parameters()
    see(made, {tap: shape[0] for tap, shape in SHAPES.items()})
    return made


def visited(table, tour, seconds, start=0.0, step=0.5):
    """Layer and unit at each of the moments."""
    _, scene = percept()
    layers = {tap: replace(layer, units=tuple((number, 1.0 - number / 9) for number in (5, 3, 9, 1, 7)))
              for tap, layer in scene.layers.items()}
    seen = []
    for tick in range(int(seconds / step)):
        tour(table, replace(scene, time=start + tick * step, layers=layers))
        seen.append((table["view/layer"], int(table["view/unit"])))
    return seen


def test_it_stays_where_it_is_unless_it_is_asked_for(table):
    assert set(visited(table, Tour(), 100.0)) == {("conv1", 0)}


def test_it_goes_through_the_strongest_units_of_every_layer(table):
    table.set("view/tour", 2.0, "keys")
    seen = list(dict.fromkeys(visited(table, Tour(), 2.0 * STAY * len(SHAPES) + 2.0)))
    layers = list(dict.fromkeys(layer for layer, _ in seen))
    assert layers[:3] == ["conv1", "conv2", "conv3"] and set(layers) == set(SHAPES)
    assert [unit for layer, unit in seen if layer == "conv2"] == [5, 3, 9]
    assert all(change.origin == "tour" for change in table.changes(0.0) if change.name != "view/tour")


def test_a_choice_of_the_performers_holds_as_long_as_any(table):
    tour = Tour()
    table.set("view/tour", 2.0, "keys")
    visited(table, tour, 1.5)
    table.set("view/layer", "conv3", "keys")
    assert set(visited(table, tour, 2.0, start=1.5)) == {("conv3", 0)}
    assert visited(table, tour, 1.0, start=3.5)[-1] != ("conv3", 0)


def test_a_scene_without_layers_leaves_all_as_it_is(table):
    table.set("view/tour", 0.5, "keys")
    tour, (_, scene) = Tour(), percept()
    for time in range(10):
        tour(table, replace(scene, time=float(time), layers={}))
    assert table["view/layer"] == "conv1"
