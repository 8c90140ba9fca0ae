"""The networks that show how it began: what their layers tell, and what they read and name."""

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from models import FEATURES, load
from models.cifar import confusion
from models.simple_cells import SHAPES, SimpleCells
from models.training import digits

STRAIGHT = ("upright", "level", "rising", "falling")


def picture(pixels: np.ndarray) -> Tensor:
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255


def drawn(name: str, size: float = 4.0) -> np.ndarray:
    """A shape in white lines on a dark ground, (192, 256, 3)."""
    pixels = np.full((192, 256, 3), 30, np.uint8)
    points = np.array([(128 + x * size, 96 + y * size) for x, y, _ in SHAPES[name]])
    for point in points.round().astype(int):
        cv2.circle(pixels, point.tolist(), 2, (220, 220, 220), -1, cv2.LINE_AA)
    return pixels


def written(digit: int, ink: int, paper: int, font: int = cv2.FONT_HERSHEY_DUPLEX) -> np.ndarray:
    """A digit as a camera may see it, (480, 640, 3)."""
    pixels = np.full((480, 640, 3), paper, np.uint8)
    (width, height), _ = cv2.getTextSize(str(digit), font, 11, 34)
    cv2.putText(pixels, str(digit), (320 - width // 2, 240 + height // 2), font, 11, (ink,) * 3, 34, cv2.LINE_AA)
    return pixels


@torch.inference_mode()
def guess(network: torch.nn.Module, pixels: np.ndarray) -> tuple[str, float]:
    height, width = (round(side * network.size / 640 / network.stride) * network.stride for side in pixels.shape[:2])
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    sure, label = network(picture(small))[1][0].softmax(0).max(0)
    return network.classes[int(label)], float(sure)


@pytest.mark.parametrize("name", FEATURES)
def test_taps_are_never_negative_and_black_is_silent_in_what_was_not_given_a_bias(name):
    network = load(name)
    side = network.size // network.stride * network.stride
    with torch.inference_mode():
        taps, logits = network(torch.rand(1, 3, 3 * side // 4 // network.stride * network.stride, side))
        dark, _ = network(torch.zeros(1, 3, side, side))
    assert logits.shape == (1, len(network.classes)) and all(tap.ndim == 4 and tap.min() >= 0 for tap in taps.values())
    first = next(iter(dark.values()))
    assert name.startswith("cifar") or first.max() == 0, "nothing to be seen is nothing"
    assert sum(p.numel() for p in network.parameters()) < 500_000


@pytest.mark.parametrize("name", [name for name in SHAPES if name not in ("triangle up", "triangle down")])
def test_simple_cells_know_a_shape_that_nobody_taught_them(name):
    network = SimpleCells().eval()
    with torch.inference_mode():
        logits = network(picture(drawn(name)))[1][0]
    others = [shape for shape in SHAPES if shape != name and (name in STRAIGHT or shape not in STRAIGHT)]
    told = dict(zip(SHAPES, logits.tolist(), strict=True))
    assert told[name] > 1 and told[name] > 1.2 * max(told[shape] for shape in others)


def test_a_triangle_is_told_from_the_one_that_stands_on_its_head():
    network = SimpleCells().eval()
    for name, other in (("triangle up", "triangle down"), ("triangle down", "triangle up")):
        with torch.inference_mode():
            told = dict(zip(SHAPES, network(picture(drawn(name)))[1][0].tolist(), strict=True))
        assert told[name] > 1.2 * told[other]


def test_a_turned_line_is_another_cell():
    network, heard = SimpleCells().eval(), []
    for angle in range(0, 180, 45):
        pixels = np.full((192, 256, 3), 30, np.uint8)
        along = 80 * np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
        ends = [tuple(np.round((128, 96) + way * along).astype(int).tolist()) for way in (-1, 1)]
        cv2.line(pixels, *ends, (230, 230, 230), 3, cv2.LINE_AA)
        with torch.inference_mode():
            heard.append(int(network(picture(pixels))[0]["complex"].mean((2, 3)).argmax()))
    assert heard == [4, 6, 0, 2]


def test_lenet_reads_large_digits_dark_on_light_and_light_on_dark():
    network = load("lenet")
    read = [guess(network, written(digit, *pair))[0] == str(digit)
            for digit in range(10) for pair in ((20, 230), (240, 40))]
    assert sum(read) >= 19
    assert guess(network, np.full((480, 640, 3), 128, np.uint8))[1] < 0.6, "an empty sheet is no digit"


def test_more_layers_read_better():
    _, _, held, labels = digits.handwritten()
    told = [digits.right(load(name), held, labels) for name in digits.NETWORKS]
    assert told == sorted(told) and told[-1] > 0.94


def test_a_convnet_names_more_than_an_ordinary_network():
    told = {name: confusion(load(name).taken) for name in ("cifar-ordinary", "cifar-convnet")}
    assert all(counts.sum() == 3000 and (counts.sum(1) == 300).all() for counts in told.values())
    ordinary, convnet = (float(counts.trace() / counts.sum()) for counts in told.values())
    assert 0.3 < ordinary < 0.6 < 0.7 < convnet
