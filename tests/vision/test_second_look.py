"""A second look at a larger picture finds what is too small for the first, where there is time for it."""

import numpy as np
import pytest
import torch
from torch import nn

from engine.errors import UserError
from engine.values import Frame
from engine.vision.inference import Eyes
from engine.vision.networks import open_network
from models.nms import agreed
from tests.vision.test_inference import Feeler


class Finder(nn.Module):
    """A detector of a bright spot."""

    classes, size, stride, larger, closer = ("spot",), 32, 32, (64, 48), (64,)

    def forward(self, x):
        rows, columns = (x[0, 0] > 0.8).nonzero(as_tuple=True)
        box = torch.zeros(1, 2, 4)
        if len(rows):
            low, high = torch.stack((columns.min(), rows.min())), torch.stack((columns.max(), rows.max())) + 1
            box[0, 0] = torch.cat(((low + high) / 2, high - low))
        return box, torch.tensor([[[0.9 * (len(rows) > 0)], [0.0]]])


def frame(left, right):
    """A dark picture with a spot that ends where it is told, four pixels high."""
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[32:36, left:right] = 255
    return Frame(pixels, 0, 0.0)


@pytest.fixture
def eyes():
    return Eyes(Finder(), Feeler(), "cpu", "torch")


def test_what_is_too_small_for_the_first_look_is_found_by_the_second_where_it_is(eyes):
    small = frame(17, 18)
    assert not len(eyes(small).detections) and eyes.sizes == (32,)
    eyes.look_closely()
    seen = 0.9 * 0.5**(1 / 3)  # by one of two looks
    assert eyes(small).detections.tolist() == [pytest.approx([17.5 / 64, 34 / 64, 1 / 64, 4 / 64, seen, 0], abs=1e-6)]
    assert "looking again at 64 px" in str(eyes) and eyes.sizes == (32, 64)


def test_what_both_looks_find_is_one_thing(eyes):
    eyes.look_closely()
    assert eyes(frame(16, 32)).detections.tolist() == [
        pytest.approx([24 / 64, 34 / 64, 16 / 64, 4 / 64, 0.9, 0], abs=1e-6)]
    assert eyes.another()(frame(16, 32)).detections.shape == (1, 6)


def test_where_there_is_no_time_for_it_there_is_no_second_look(eyes):
    eyes.look_twice(within=0.0)
    assert eyes.sizes == (32,) and "looking again" not in str(eyes)
    assert not len(eyes(frame(17, 18)).detections) and len(eyes(frame(16, 32)).detections) == 1


@pytest.mark.parametrize("times, sizes", [((5.0,), (32,)), ((1.0, 9.0, 9.0), (32,)), ((1.0, 7.0), (32, 64)),
                                          ((1.0, 9.0, 7.0), (32, 48))])
def test_a_second_look_is_tried_where_there_may_be_time_for_it(eyes, monkeypatch, times, sizes):
    left = list(times)
    monkeypatch.setattr(eyes, "frame_time", lambda tries: left.pop(0))
    eyes.look_twice(within=8.0)
    assert eyes.sizes == sizes and not left


def test_what_a_frame_takes_leaves_nothing_behind(eyes):
    dark = Frame(np.zeros((384, 512, 3), np.uint8), 0, 0.0)
    eyes(dark)
    assert eyes.frame_time(2) > 0
    assert eyes(dark).layers["light"].change == 0 and eyes.forward.cache_info().currsize == 1


def test_who_names_sizes_gets_these_and_no_others():
    one, two, three = (open_network(f"detector?size={sizes}") for sizes in ("96", "64+128", "64+96+128"))
    assert three.long_sides == (64, 96, 128)
    assert (one.size, one.long_sides) == (96, (96,)) and (two.size, two.long_sides) == (64, (64, 128))
    pinned = [Eyes(each, Feeler(), "cpu", "torch") for each in (one, two)]
    for each in pinned:
        each.look_closely()
    assert [each.sizes for each in pinned] == [(96,), (64, 128)]
    pinned[1].look_twice(within=0.0)
    assert pinned[1].sizes == (64, 128)
    with pytest.raises(UserError, match="features takes .size= with pixels from 10 to 9999, found"):
        open_network("features?size=96+128", kind="features")
    for wrong in ("64+", "64+128+9", "+64", "64 128"):
        with pytest.raises(UserError, match="with pixels from 10 to 9999, or several, as 320.640, found"):
            open_network(f"detector?size={wrong}")


def test_a_detector_without_a_second_size_looks_once():
    network = Finder()
    network.larger = network.closer = ()
    eyes = Eyes(network, Feeler(), "cpu", "torch")
    eyes.look_closely()
    eyes.look_twice(within=8.0)
    assert eyes.sizes == (32,)


def test_what_looks_agree_on_is_one_thing_between_their_boxes():
    """As sure as the cubic mean of what they say, and of what one alone sees less; nothing else changes."""
    found = np.array([[0.50, 0.5, 0.20, 0.2, 0.8, 1, 5], [0.9, 0.9, 0.1, 0.1, 0.6, 1, 6],
                      [0.52, 0.5, 0.20, 0.2, 0.4, 1, 7], [0.5, 0.5, 0.2, 0.2, 0.9, 0, 8]], np.float32)
    other, both, lonely = agreed(found, np.array([0, 0, 1, 1]), np.array([64.0**2, 128**2]))
    assert other == pytest.approx([0.5, 0.5, 0.2, 0.2, 0.9 * 0.5**(1 / 3), 0, 8])
    assert both == pytest.approx([0.50 + 0.2 * 0.02, 0.5, 0.2, 0.2, ((0.8**3 + 0.4**3) / 2)**(1 / 3), 1, 5])
    assert lonely == pytest.approx([0.9, 0.9, 0.1, 0.1, 0.6 * 0.5**(1 / 3), 1, 6])


def test_a_look_has_one_voice():
    """Two boxes of one look that both overlap what another saw are no more than one."""
    found = np.array([[0.50, 0.5, 0.20, 0.2, 0.8, 0], [0.44, 0.5, 0.20, 0.2, 0.5, 0], [0.56, 0.5, 0.20, 0.2, 0.4, 0]],
                     np.float32)
    (x, *_, score, _), = agreed(found, np.array([0, 1, 1]), np.array([64.0**2, 128**2]))
    assert score == pytest.approx(((0.8**3 + 0.5**3) / 2)**(1 / 3)) and x == pytest.approx(0.5 - 0.06 * 0.25 / 0.89)
    assert agreed(found[:0], np.zeros(0, np.int64), np.ones(2)).shape == (0, 6)


def test_what_is_too_large_for_a_look_needs_it_less():
    """Something of 200 x 200 pixels in the first picture is of 400 x 400 in the second, which counts a 256th."""
    hand, = agreed(np.array([[0.5, 0.5, 0.5, 0.5, 0.8, 0]], np.float32), np.array([0]), np.array([400.0**2, 800**2]))
    assert hand == pytest.approx([0.5, 0.5, 0.5, 0.5, 0.8 * (256 / 257)**(1 / 3), 0])


def test_pictures_of_many_shapes_share_what_is_ready_where_they_are_looked_at_closely(eyes):
    eyes.look_closely()
    assert {place.canvas for width in range(8, 65) for place in eyes.forward((64, width, 3)).boxed} == {(256, 256)}
