"""The convolution of the chosen unit and its max pooling, in a network of AlexNet's shape with random weights."""

import numpy as np
import pytest
import torch
from torch import nn

from engine.values import Frame, Percept, Scene, Tracks
from engine.window.colours import ACCENT
from engine.window.views.convolutions import place, run
from engine.window.views.filters import CHANNELS, SIZE, Filters
from engine.window.views.second_pass import SecondPass
from engine.window.views.view import ViewParameters
from models.alexnet import alexnet
from tests.window.test_views import photograph

TIME = 4.3


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(3)
    return alexnet(("a", "b")).eval()


@pytest.fixture(scope="module")
def seen(network):
    pixels = photograph()
    with torch.inference_mode():
        taps, _ = network(SecondPass(network).picture(pixels))
    nothing, maps = np.zeros(4, np.float32), {tap: maps[0] for tap, maps in taps.items()}
    return (Percept(Frame(pixels, 0, TIME), np.zeros((0, 6), np.float32), {}, (), nothing, maps),
            Scene(TIME, 0, Tracks(), Tracks(), Tracks(), {}, (), nothing))


def test_each_layer_has_its_own_convolution_and_pooling(network, seen):
    """Two neighbours of one shape, conv4 and conv5, are told apart; only three layers are pooled."""
    view = Filters(SecondPass(network))
    inputs = view.second_pass.picture(seen[0].frame.pixels)
    steps = {tap: view.convolutions.step(tap, tuple(maps.shape), inputs) for tap, maps in seen[0].maps.items()}
    plain = [module for module in view.second_pass.network.features if isinstance(module, nn.Conv2d)]
    assert [step.convolution for step in steps.values()] == plain
    assert [tap for tap, step in steps.items() if step.pooling is not None] == ["conv1", "conv2", "conv5"]


@pytest.mark.parametrize("tap", ["conv1", "conv2", "conv4", "conv5"])
@pytest.mark.parametrize("size", [(1280, 720), (1080, 1920)])
def test_every_part_has_its_place_and_none_runs_over_the_edge(network, seen, tap, size):
    picture = Filters(SecondPass(network))(*seen, ViewParameters(size, tap, 7))
    upright = size[1] > size[0]
    assert picture.shape[1::-1] == (SIZE[::-1] if upright else SIZE)
    edge = np.concatenate((picture[:4].ravel(), picture[-4:].ravel(), picture[:, :4].ravel(), picture[:, -4:].ravel()))
    assert not edge.any() and picture.max() > 200 and CHANNELS[0] < CHANNELS[1]
    halves = (picture[: 600, :], picture[640:, :]) if upright else (picture[:, :640], picture[:, 660:])
    assert all(half.std() > 20 for half in halves)


def test_the_winner_of_a_window_is_marked_where_it_is(network, seen):
    """The frame of the window's strongest place, in the middle of the three pictures of the pooling."""
    picture = Filters(SecondPass(network))(*seen, ViewParameters((1280, 720), "conv1", 7))
    maps = seen[0].maps["conv1"][7].numpy()
    row, column = (at // 2 for at in place(TIME, *maps.shape))
    window = maps[row * 2 : row * 2 + 3, column * 2 : column * 2 + 3]
    down, right = np.unravel_index(window.argmax(), window.shape)
    marked = np.argwhere((picture[490:700, 300:450] == ACCENT).all(2)) + (490, 300)
    middle = (marked.min(0) + marked.max(0)) / 2
    assert middle == pytest.approx((590 + (down - 1) * 130 / 3, 311 + 65 + (right - 1) * 130 / 3), abs=3)


def test_without_labels_there_are_no_words(network, seen):
    view, bare = Filters(SecondPass(network)), ViewParameters((1280, 720), "conv1", 7, labels=False)
    assert not view(*seen, bare)[:50].any()


def test_what_enters_a_convolution_is_what_it_takes_in_a_whole_pass(network):
    view = Filters(SecondPass(network))
    inputs = view.second_pass.picture(photograph())
    plain, taken = view.second_pass.network, {}
    convolutions = [module for module in plain.features if isinstance(module, nn.Conv2d)]
    run(plain, inputs, lambda module, given, made: taken.update({module: given[0][0].clone()}))
    for convolution in convolutions:
        assert np.array_equal(view.convolutions.entering(convolution, inputs), taken[convolution].numpy())
    assert not any(module._forward_pre_hooks for module in convolutions), "nothing stays behind in the network"


def test_the_filters_are_drawn_once_and_anew_when_another_unit_is_chosen(network, seen, monkeypatch):
    view, drawn = Filters(SecondPass(network)), []
    monkeypatch.setattr(view, "multiples", lambda *all, draw=view.multiples: drawn.append(all[2]) or draw(*all))
    pictures = [view(*seen, ViewParameters((1280, 720), "conv1", unit)) for unit in (7, 7, 8, 7)]
    assert drawn == [7, 8, 7]
    assert np.array_equal(pictures[0], pictures[1]) and np.array_equal(pictures[0], pictures[3])
    assert not np.array_equal(pictures[0], pictures[2])
