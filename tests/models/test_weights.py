"""Networks on disk, and what the shipped weights see in three photographs."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from models import load, save
from models.detector import Detector
from models.disk import WEIGHTS, build, save_peaks
from models.features import Features
from tests.models.test_models import NETWORKS, lived_in, tensors


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


def test_the_shipped_detector_knows_how_high_its_maps_go():
    peaks = load("detector").peaks
    assert len(peaks) > 10 and all(peak > 0 for peak in peaks.values()), (
        "it plays in eight bits only with them: python -m models.training.peaks --shards SHARDS")


def test_peaks_come_beside_the_weights_and_change_nothing_else(saved, tmp_path):
    for file in ("detector.safetensors", "SHA256SUMS"):
        (tmp_path / file).write_bytes((saved / file).read_bytes())
    assert load("detector", tmp_path).peaks == {}
    save_peaks(tmp_path / "detector.safetensors", {"heads.0.out": 3.5})
    again, before = load("detector", tmp_path), load("detector", saved)
    assert again.peaks == {"heads.0.out": 3.5} and again.plan == before.plan
    assert all(torch.equal(one, other) for one, other in zip(again.parameters(), before.parameters(), strict=True))


def test_sums_that_are_no_text_are_no_sums(saved, tmp_path):
    (tmp_path / "detector.safetensors").write_bytes((saved / "detector.safetensors").read_bytes())
    (tmp_path / "SHA256SUMS").write_bytes(b"\xff\xfe\x00 nothing of the kind\n")
    with pytest.raises(ValueError) as error:
        load("detector", tmp_path)
    wrong(error, "sha-256 (none listed)", "SHA256SUMS")


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


def test_shipped_weights_are_small():
    assert sum(path.stat().st_size for path in WEIGHTS.glob("*.safetensors")) <= 14_000_000
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
@pytest.mark.parametrize("long_side", [192, 224, 288])
@pytest.mark.parametrize("grey", [0, 114, 230])
def test_shipped_detector_finds(detector, name, label, long_side, grey):
    with torch.inference_mode():
        boxes, scores = detector(picture(name, long_side, 256, 320, grey))
    assert scores[0, :, detector.classes.index(label)].max() >= 0.4
    best = boxes[0, scores[0, :, detector.classes.index(label)].argmax()]
    assert abs(best[0] - 160) < long_side / 2 and abs(best[1] - 128) < long_side / 2


@pytest.mark.parametrize("height", [200, 216, 232])
def test_a_picture_that_ends_within_a_coarse_place_is_seen_as_with_grey_below_it(detector, height):
    with torch.inference_mode():
        cut, whole = (detector(picture("astronaut", 200, side, 320, 114)) for side in (height, 256))
    (box, score), (other, wanted) = ((boxes[0, scores[0, :, 0].argmax()], scores[0, :, 0].max())
                                     for boxes, scores in (cut, whole))
    assert score == pytest.approx(wanted.item(), abs=0.1) and (box - other)[2:].abs().max() < 12


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
