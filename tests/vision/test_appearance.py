"""How what was found looks: the features' maps, pooled in the upper and the lower half of its box."""

import numpy as np
import pytest
import torch

from engine.photographs import photograph
from engine.values import Frame
from engine.vision.appearance import looks, on_device
from engine.vision.inference import Eyes
from models import load
from models.nms import FLOOR


def taps(**sides):
    """Layers by name with maps of one cell's place, x and y, so wide and three quarters as high."""
    made = {}
    for name, width in sides.items():
        y, x = torch.meshgrid(torch.arange(width * 3 // 4) * 1.0, torch.arange(width) * 1.0, indexing="ij")
        made[name] = torch.stack((x, y))[None]
    return made


def test_each_half_of_a_box_is_the_mean_of_what_lies_in_it():
    told = looks(taps(fine=40), torch.tensor([[50, 25, 40, 40, 1], [25, 25, 20, 20, 1]]), (100, 50))
    x, y = 40 * np.array([0.5, 0.25]), 30 * np.array([[0.34, 0.66], [0.42, 0.58]])
    assert np.abs(told.numpy() - np.column_stack((x, y[:, 0], x, y[:, 1]))).max() < 1.0


def test_a_box_beyond_the_edge_is_read_at_the_edge():
    told = looks(taps(fine=40), torch.tensor([[1.2, -0.5, 0.1, 0.1, 1], [-0.3, 1.9, 0.1, 0.1, 1]]), (1, 1))
    assert told.tolist() == [[39.0, 0.0, 39.0, 0.0], [0.0, 29.0, 0.0, 29.0]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_compiled_it_is_what_torch_makes_of_it_on_a_card(dtype):
    torch.manual_seed(0)
    maps, boxes = torch.rand(1, 12, 27, 48).to(dtype), 300 * torch.rand(60, 6) - 20
    boxes[:, 4] = 1
    torch.testing.assert_close(looks({"fine": maps}, boxes, (320, 180)),
                               on_device(maps[0], boxes, (320, 180)), atol=1e-6, rtol=1e-5)


def test_boxes_that_are_nowhere_are_read_inside_the_maps():
    nowhere = torch.tensor([[float("nan")] * 4 + [1], [float("inf")] * 4 + [1], [-1e30, 1e30, 1e30, 1e30, 1]])
    assert looks(taps(fine=40), nowhere, (1, 1)).abs().max() <= 39


def test_on_a_processor_what_no_tracker_asks_for_is_not_read():
    rows = torch.tensor([[0.5, 0.5, 0.1, 0.1, FLOOR], [0.5, 0.5, 0.1, 0.1, FLOOR - 0.01]])
    assert (looks(taps(fine=40), rows, (1, 1)) > 0).all(1).tolist() == [True, False]


def test_the_last_layer_that_is_fine_enough_is_read_else_the_finest():
    middle = torch.tensor([[0.5, 0.5, 0.01, 0.01, 1]])
    read = [looks(layers, middle, (1, 1))[0, 0].item() for layers in (taps(a=96, b=48, c=24), taps(b=24, c=12))]
    assert list(map(round, read)) == [24, 12]


def test_the_eyes_tell_of_every_box_how_it_looks():
    eyes = Eyes(load("detector"), load("features"), "cpu", "torch")
    picture = np.ascontiguousarray(np.pad(photograph("astronaut"), ((60, 60), (60, 60), (0, 0)), "edge"))
    percept = eyes(Frame(picture, 0, 0.0))
    boxes = percept.detections[:, :5]
    inside = ((boxes[:, :2] > boxes[:, 2:4] / 2 + 0.01) & (boxes[:, :2] < 0.99 - boxes[:, 2:4] / 2)).all(1)
    taps = {name: maps[None] for name, maps in percept.maps.items()}
    again = looks(taps, torch.from_numpy(boxes.copy()), (1, 1)).numpy()
    told, again = (rows[inside] / np.linalg.norm(rows[inside], axis=1, keepdims=True)
                   for rows in (percept.looks, again))
    assert inside.any() and (told * again).sum(1).min() > 0.98  # a point may fall on the next cell
    assert percept.looks.shape == (len(boxes), 2 * len(percept.maps["conv2"])) and not percept.looks.flags.writeable
    nothing = eyes(Frame(np.zeros_like(picture), 1, 0.1))
    assert len(nothing.detections) == 0 and nothing.looks.shape == (0, percept.looks.shape[1])
