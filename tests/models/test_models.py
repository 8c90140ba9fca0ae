"""The two networks as such: folding, shapes, decoding, half precision."""

import ast
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import models
from models.detector import Detector, grid
from models.features import Features

SMALL = {"widths": (4, 6, 8, 10, 12), "depths": (1, 1, 2, 1, 2)}
NETWORKS = {
    "features": lambda **plan: Features(("tench", "espresso", "tabby"), **SMALL, **plan),
    "detector": lambda **plan: Detector(("cup", "cat"), **SMALL, neck=8, head=(4, 4), **plan),
}


def lived_in(network: nn.Module) -> nn.Module:
    """A network whose weights and batch norms look as if it had been trained."""
    torch.manual_seed(7)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.5, 0.5)
            module.running_var.uniform_(0.5, 2.0)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.3, 0.3)
        if hasattr(module, "identity") and module.identity is not None:
            nn.init.uniform_(module.identity, 0.0, 2.0)
    return network.eval()


def tensors(result) -> list[torch.Tensor]:
    """All tensors of what a network returns, in order."""
    first, second = result
    return [*first.values(), second] if isinstance(first, dict) else [first, second]


@pytest.mark.parametrize("name", NETWORKS)
def test_folded_is_the_same_network(name):
    network = lived_in(NETWORKS[name]())
    x = torch.rand(2, 3, 64, 96)
    with torch.no_grad():
        before = tensors(network(x))
        folded = network.fold()
        after = tensors(folded(x))
    assert folded is network
    assert not any(isinstance(module, nn.BatchNorm2d) for module in network.modules())
    for old, new in zip(before, after, strict=True):
        torch.testing.assert_close(new, old, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("height,width", [(144, 192), (192, 192), (64, 256)])
def test_features_return_their_taps(height, width):
    network = lived_in(NETWORKS["features"]()).fold()
    taps, logits = network(torch.rand(1, 3, height, width))
    strides = {"conv1": 2, "conv2": 4, "conv3": 8, "conv4": 16, "conv5": 16}
    assert {name: tuple(maps.shape) for name, maps in taps.items()} == {
        name: (1, channels, height // stride, width // stride)
        for (name, stride), channels in zip(strides.items(), SMALL["widths"], strict=True)}
    assert list(taps) == list(strides)
    assert all(maps.min() >= 0 for maps in taps.values())
    assert logits.shape == (1, 3)
    assert height % network.stride == width % network.stride == 0


@pytest.mark.parametrize("height,width,places", [
    (256, 320, 1280 + 320 + 80), (320, 320, 1600 + 400 + 100), (32, 64, 32 + 8 + 2),
    (240, 320, 1200 + 300 + 80), (184, 320, 920 + 240 + 60), (8, 24, 3 + 2 + 1)])  # half a coarse place is one too
def test_detector_decodes_inside(height, width, places):
    network = lived_in(NETWORKS["detector"]()).fold()
    boxes, scores = network(torch.rand(1, 3, height, width))
    assert boxes.shape == (1, places, 4) and scores.shape == (1, places, 2)
    assert scores.min() >= 0 and scores.max() <= 1
    assert boxes.isfinite().all() and boxes[..., 2:].min() > 0


def test_box_sits_where_its_place_is():
    network = NETWORKS["detector"]().eval()
    for head in network.heads:
        nn.init.zeros_(head.where.weight)
        head.where.bias.data[:] = torch.tensor([0.0, 0.0, 1.0, 1.0])
    boxes, _ = network(torch.rand(1, 3, 32, 64))
    e = float(np.e)  # one stride to the left and up, e strides to the right and down
    torch.testing.assert_close(boxes[0, 0], torch.tensor([4 + 4 * (e - 1), 4 + 4 * (e - 1), 8 + 8 * e, 8 + 8 * e]))
    torch.testing.assert_close(boxes[0, -1], torch.tensor([48 + 16 * (e - 1), 16 + 16 * (e - 1), 32 + 32 * e,
                                                           32 + 32 * e]))


def test_what_is_known_carries_over_to_other_classes():
    network = lived_in(NETWORKS["detector"]()).fold()
    other = network.with_classes(("dog", "cat", "cup"))
    x = torch.rand(1, 3, 64, 64)
    (boxes, scores), (others, theirs) = network(x), other(x)
    torch.testing.assert_close(others, boxes)
    torch.testing.assert_close(theirs[..., [2, 1]], scores)
    assert other.classes == ("dog", "cat", "cup") and theirs[..., 0].max() < 0.011


def test_a_grid_stays_where_it_is_for_a_graph_that_reads_it():
    places = [grid(32, 32, torch.device("cpu"))[0].data_ptr() for _ in range(2)]
    for side in range(64, 2048, 64):
        grid(side, side, torch.device("cpu"))
    assert places == 2 * [grid(32, 32, torch.device("cpu"))[0].data_ptr()]


def test_grid_of_inference_serves_training():
    network = NETWORKS["detector"]()
    with torch.inference_mode():
        network(torch.rand(1, 3, 96, 64))
    boxes, scores = network(torch.rand(1, 3, 96, 64))
    (boxes.mean() + scores.mean()).backward()
    assert network.stages["conv1"][0].conv.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("name", NETWORKS)
def test_half_precision_stays_sane(name):
    network = lived_in(NETWORKS[name]()).fold()
    x = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        full = tensors(network(x))
        half = tensors(network.to(torch.bfloat16)(x.to(torch.bfloat16)))
    for one, other in zip(full, half, strict=True):
        assert other.isfinite().all()
        torch.testing.assert_close(other.float(), one, rtol=0.1, atol=0.1 * float(one.abs().max()))
    if name == "detector":
        assert half[0].dtype == half[1].dtype == torch.float32


def test_models_know_nothing_of_the_engine():
    for path in Path(models.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.split(".")[0] == "engine" for name in names), path
