"""The two networks: folding, shapes, files on disk, and what the shipped weights see in three photographs."""

import ast
import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data
from torch import nn

import models
from models import load, save
from models.detector import Detector
from models.disk import WEIGHTS, build
from models.features import Features

SMALL = {"widths": (4, 6, 8, 10, 12), "depths": (1, 1, 2, 1, 2)}
NETWORKS = {
    "features": lambda **plan: Features(("tench", "espresso", "tabby"), **SMALL, **plan),
    "detector": lambda **plan: Detector(("cup", "cat"), **SMALL, neck=8, head=8, **plan),
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


@pytest.mark.parametrize("height,width", [(256, 320), (192, 320), (320, 320), (32, 64)])
def test_detector_decodes_inside(height, width):
    network = lived_in(NETWORKS["detector"]()).fold()
    boxes, scores = network(torch.rand(1, 3, height, width))
    places = height * width // 64 + height * width // 256 + height * width // 1024
    assert boxes.shape == (1, places, 4) and scores.shape == (1, places, 2)
    assert scores.min() >= 0 and scores.max() <= 1
    assert boxes[..., 2:].min() > 0
    assert (boxes[..., 0] > -width).all() and (boxes[..., 0] < 2 * width).all()


def test_box_sits_where_its_place_is():
    network = NETWORKS["detector"]().eval()
    for head in network.heads:
        nn.init.zeros_(head.out.weight)
        head.out.bias.data[:4] = torch.tensor([0.0, 0.0, 1.0, 1.0])
    boxes, _ = network(torch.rand(1, 3, 32, 64))
    e = float(np.e)  # one stride to the left and up, e strides to the right and down
    torch.testing.assert_close(boxes[0, 0], torch.tensor([4 + 4 * (e - 1), 4 + 4 * (e - 1), 8 + 8 * e, 8 + 8 * e]))
    torch.testing.assert_close(boxes[0, -1], torch.tensor([48 + 16 * (e - 1), 16 + 16 * (e - 1), 32 + 32 * e,
                                                           32 + 32 * e]))


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


@pytest.mark.parametrize("name", NETWORKS)
def test_saved_and_loaded_it_is_the_same(name, tmp_path):
    network = lived_in(NETWORKS[name](size=128))
    save(network, tmp_path / f"{name}.safetensors", {"top-1": 0.5})
    again = load(name, tmp_path)
    assert (again.size, again.classes, again.training) == (128, network.classes, False)
    assert all(parameter.dtype == torch.float32 for parameter in again.parameters())
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        for old, new in zip(tensors(network(x)), tensors(again(x)), strict=True):
            torch.testing.assert_close(new, old, rtol=0.02, atol=0.02 * float(old.abs().max()))


def wrong(error: pytest.ExceptionInfo, *words: str) -> None:
    """The message is one lower-case sentence with these words in it."""
    message = str(error.value)
    assert message[0].islower() and "\n" not in message
    for word in words:
        assert word in message


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    for name, network in NETWORKS.items():
        save(lived_in(network()), folder / f"{name}.safetensors", {})
    return folder


def listed(folder: Path, path: Path) -> None:
    """List a file's SHA-256 as it is, as someone does who brings a network."""
    (folder / "SHA256SUMS").write_text(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n")


def test_unknown_network():
    with pytest.raises(ValueError) as error:
        load("oracle")
    wrong(error, "'oracle'", "detector", "features")


def test_missing_file(tmp_path):
    with pytest.raises(ValueError) as error:
        load("detector", tmp_path)
    wrong(error, "detector.safetensors")


def test_file_that_was_changed(saved, tmp_path):
    content = bytearray((saved / "features.safetensors").read_bytes())
    content[-1] ^= 1
    (tmp_path / "features.safetensors").write_bytes(content)
    (tmp_path / "SHA256SUMS").write_text((saved / "SHA256SUMS").read_text())
    with pytest.raises(ValueError) as error:
        load("features", tmp_path)
    wrong(error, "sha-256", hashlib.sha256(content).hexdigest())


def test_another_network_under_its_name(saved, tmp_path):
    path = tmp_path / "detector.safetensors"
    path.write_bytes((saved / "features.safetensors").read_bytes())
    listed(tmp_path, path)
    with pytest.raises(ValueError) as error:
        load("detector", tmp_path)
    wrong(error, "wanted the detector", "'features'")


def test_plan_that_does_not_fit(saved, tmp_path):
    path = tmp_path / "features.safetensors"
    path.write_bytes((saved / "features.safetensors").read_bytes().replace(b"[4, 6, 8, 10, 12]", b"[4, 6, 8, 10, 13]"))
    listed(tmp_path, path)
    with pytest.raises(ValueError) as error:
        load("features", tmp_path)
    wrong(error, "plan")


@settings(deadline=None, max_examples=60)
@given(cut=st.floats(0, 0.999), place=st.floats(0, 0.02), value=st.integers(0, 255), shorten=st.booleans())
def test_damage_is_a_sentence_or_harmless(saved, cut, place, value, shorten):
    content = bytearray((saved / "features.safetensors").read_bytes())
    if shorten:
        content = content[:int(cut * len(content))]
    else:
        content[int(place * len(content))] = value
    try:
        network = build("features", Path("features.safetensors"), bytes(content))
    except ValueError as error:
        assert str(error).startswith("wanted ")
        assert not shorten or "cut short" in str(error)
    else:
        assert not shorten and isinstance(network, Features)


def test_models_know_nothing_of_the_engine():
    for path in Path(models.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.split(".")[0] == "engine" for name in names), path


# What is shipped.

def test_shipped_weights_are_small():
    assert sum(path.stat().st_size for path in WEIGHTS.glob("*.safetensors")) <= 12_000_000
    assert all((WEIGHTS / f"{name}.md").is_file() for name in NETWORKS)


@pytest.fixture(scope="module")
def detector() -> Detector:
    return load("detector")


def picture(name: str, long_side: int, height: int, width: int, grey: int = 114) -> torch.Tensor:
    """One of scikit-image's photographs at a size in the middle of a plain background, (1, 3, height, width)."""
    pixels = getattr(data, name)()
    scale = long_side / max(pixels.shape[:2])
    pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas = np.full((height, width, 3), grey, np.uint8)
    top, left = max(0, (height - pixels.shape[0]) // 2), max(0, (width - pixels.shape[1]) // 2)
    shown = pixels[:height, :width]
    canvas[top:top + shown.shape[0], left:left + shown.shape[1]] = shown
    return torch.from_numpy(canvas).permute(2, 0, 1)[None].float() / 255


@pytest.mark.parametrize("name,label", [("astronaut", "person"), ("chelsea", "cat"), ("coffee", "cup")])
@pytest.mark.parametrize("long_side", [160, 224, 288])
@pytest.mark.parametrize("grey", [0, 114, 230])
def test_shipped_detector_finds(detector, name, label, long_side, grey):
    with torch.inference_mode():
        boxes, scores = detector(picture(name, long_side, 256, 320, grey))
    assert scores[0, :, detector.classes.index(label)].max() >= 0.4
    best = boxes[0, scores[0, :, detector.classes.index(label)].argmax()]
    assert abs(best[0] - 160) < long_side / 2 and abs(best[1] - 128) < long_side / 2


@pytest.mark.parametrize("grey", [0, 60, 114, 200, 255])
def test_shipped_detector_sees_no_ghosts(detector, grey):
    noise = torch.from_numpy(np.random.default_rng(1).normal(grey / 255, 0.03, (1, 3, 256, 320)).clip(0, 1)).float()
    with torch.inference_mode():
        assert detector(noise)[1].max() < 0.25


@pytest.mark.parametrize("name,apt", [  # no class of Tiny-ImageNet is a person: nothing apt to say of an astronaut
    ("chelsea", {"tabby", "Egyptian cat", "Persian cat", "cougar", "lion", "golden retriever", "Chihuahua"}),
    ("coffee", {"espresso"}),
])
def test_shipped_features_guess_aptly(name, apt):
    network = load("features")
    pixels = cv2.resize(getattr(data, name)(), (192, 144), interpolation=cv2.INTER_AREA)
    with torch.inference_mode():
        _, logits = network(torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255)
    assert {network.classes[index] for index in logits[0].topk(5).indices} & apt
