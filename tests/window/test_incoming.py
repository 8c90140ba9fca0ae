"""What flows into a unit, and what is remembered of one that was looked at before."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from engine.window.colours import ACCENT
from engine.window.views.brightness import Brightness
from engine.window.views.incoming import EVERY, MOST, Incoming
from engine.window.views.second_pass import SecondPass
from engine.window.views.unit import KEPT, Unit
from engine.window.views.view import ViewParameters
from tests.percepts import percept


class Two(nn.Module):
    """Two layers, 6 and 3 units, as anybody's network may have them."""

    size, stride, classes = 64, 16, ("a", "b")

    def __init__(self):
        super().__init__()
        torch.manual_seed(2)
        self.one, self.two = nn.Conv2d(3, 6, 3, 4, 1), nn.Conv2d(6, 3, 1)

    def forward(self, x):
        one = self.one(x).relu()
        two = self.two(one).relu()
        return {"one": one, "two": two}, two.mean((2, 3))[:, :2]


@pytest.fixture
def network():
    return Two()


def seen(network, time: float = 0.0, seed: int = 1):
    found, scene = percept(time)
    pixels = np.random.default_rng(seed).integers(0, 255, found.frame.pixels.shape, np.uint8)
    with torch.inference_mode():
        taps, _ = network(SecondPass(network).picture(pixels))
    frame = replace(found.frame, pixels=pixels)
    return replace(found, frame=frame, maps={tap: maps[0] for tap, maps in taps.items()}), scene


def test_a_units_part_is_its_weight_times_what_it_says(network):
    found, _ = seen(network)
    unit = int(found.maps["two"].mean((1, 2)).argmax())
    drive = Incoming(SecondPass(network))(found, "two", unit)
    lit = (found.maps["two"][unit] > 0).float()
    wanted = (network.two.weight[unit, :, 0, 0].detach() * (found.maps["one"] * lit).sum((1, 2))).numpy()
    wanted /= np.abs(wanted).sum()
    assert drive.layer == "one" and len(drive.units) == MOST
    assert drive.units.tolist() == np.argsort(-np.abs(wanted))[:MOST].tolist()
    assert drive.parts == pytest.approx(wanted[drive.units], abs=1e-4)


def test_it_is_looked_at_anew_for_another_unit_and_after_a_while(network):
    incoming = Incoming(SecondPass(network))
    first = incoming(seen(network)[0], "two", 0)
    assert incoming(seen(network, EVERY / 2, seed=2)[0], "two", 0) is first
    assert incoming(seen(network, EVERY / 2, seed=2)[0], "two", 1) is not first
    assert incoming(seen(network, EVERY * 2, seed=2)[0], "two", 1) is not None


def test_nothing_is_before_a_first_layer_and_without_a_network_nothing_is_known(network):
    found, _ = seen(network)
    assert Incoming(SecondPass(network))(found, "one", 0) is None
    assert Incoming(SecondPass(None))(found, "two", 0) is None
    assert Incoming(SecondPass(network))(found, "two", 99) is None


def test_the_view_shows_what_drives_a_unit_and_the_filter_of_a_first_layers(network):
    found, scene = seen(network)
    view = Unit(Brightness(network), {}, SecondPass(network))
    with_details, bare = (view(found, scene, ViewParameters((640, 360), "two", 1, details=details, labels=False))
                          for details in (True, False))
    changed = np.argwhere((with_details != bare).any(2))
    beside = changed[changed[:, 1] < 100]
    assert beside[:, 0].min() < 60 and beside[:, 0].max() > 200
    assert (with_details == ACCENT).all(2)[:, :100].any(), "a bar of how much one drives it"
    first = view(found, scene, ViewParameters((640, 360), "one", 2, labels=False))
    kernel = network.one.weight[2].detach().permute(1, 2, 0).numpy()
    tile = 127.5 + 127.5 * kernel / np.abs(kernel).max()
    top = 10 + round(2.6 * 16)
    assert np.abs(first[top + 4, 14].astype(int) - tile[0, 0]).max() <= 2, "its left upper weight"
    assert np.abs(first[top + 90, 10 + 90].astype(int) - tile[2, 2]).max() <= 2


def test_what_a_unit_has_seen_is_kept_while_others_are_looked_at(network):
    view = Unit(Brightness(network), {}, SecondPass(network))
    for time in range(3):
        view(*seen(network, 4.0 * time, seed=time), ViewParameters((320, 180), "one", 2, details=False))
    view(*seen(network, 12.0), ViewParameters((320, 180), "one", 3, details=False))
    view(*seen(network, 13.0), ViewParameters((320, 180), "one", 2, details=False))
    memory = view.memories["one", 2]
    assert len(memory.history) == 4 and 3 <= len(memory.crops) <= 4
    strengths = [strength for strength, *_ in memory.crops]
    assert strengths == sorted(strengths, reverse=True)
    for unit in range(KEPT + 5):
        view.remember(seen(network)[0], np.ones((4, 4)), ViewParameters(layer="x", unit=unit))
    assert len(view.memories) == KEPT
