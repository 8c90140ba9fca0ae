"""What the detector sees of dark pictures."""

import cv2
import numpy as np
import pytest
import torch

from engine.photographs import photograph
from engine.values import Frame
from engine.vision import forward
from engine.vision.inference import Eyes
from models import load
from models.exposure import expose

ASTRONAUT = np.ascontiguousarray(photograph("astronaut")[:384])


def gamma(pixels: np.ndarray, power: float) -> np.ndarray:
    return cv2.LUT(pixels, (255 * np.linspace(0, 1, 256) ** power).round().astype(np.uint8))


def brightness(pixels: np.ndarray) -> float:
    return pixels.mean() / 255


@pytest.mark.parametrize("power", [1.0, 0.2])
def test_ordinary_and_bright_pictures_are_seen_as_they_are(power):
    picture = gamma(ASTRONAUT, power)
    expose(picture)
    np.testing.assert_array_equal(picture, gamma(ASTRONAUT, power))


def test_a_dark_picture_comes_nearly_to_ordinary_light():
    picture = gamma(ASTRONAUT, 4.0)
    assert brightness(picture) < 0.2
    expose(picture)
    assert 0.22 < brightness(picture) < 0.28


def test_the_light_that_is_given_has_no_step():
    ramp = [np.full((8, 8, 3), level, np.uint8) for level in range(256)]
    for picture in ramp:
        expose(picture)
    levels = np.array([int(picture[0, 0, 0]) for picture in ramp])
    assert (np.diff(levels) >= 0).all() and np.diff(levels).max() <= 6
    assert levels[0] == 0


def test_black_with_a_sensors_noise_stays_dark():
    picture = np.random.default_rng(0).integers(0, 4, (48, 64, 3)).astype(np.uint8)
    expose(picture)
    assert brightness(picture) < 0.05


@pytest.mark.parametrize("power", [1.0, 3.0])
def test_a_tensor_is_exposed_like_an_array(power):
    picture = gamma(ASTRONAUT, power)
    tensor = torch.from_numpy(picture).float()
    expose(picture)
    expose(tensor)
    np.testing.assert_allclose(tensor.numpy(), picture, atol=0.51 + 1e-3)


def test_only_the_detector_sees_it(monkeypatch):
    dark = Frame(gamma(ASTRONAUT, 1 / 0.3), 0, 0.0)
    eyes = Eyes(load("detector"), load("features"), "cpu")
    exposed = eyes(dark)
    monkeypatch.setattr(forward, "expose", lambda picture: None)
    plain = eyes(dark)
    assert not np.array_equal(exposed.detections, plain.detections)
    for tap, layer in exposed.layers.items():
        same = plain.layers[tap]
        assert (layer.mean, layer.peak, layer.sparsity, layer.cx) == (same.mean, same.peak, same.sparsity, same.cx)
