"""The painted picture: what is turned is what is seen."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from skimage import data

from engine.window.views.paint import Paint, mixture
from engine.window.views.view import SHIPPED, ViewParameters
from models import save
from models.paint import Paint as Painter
from tests.percepts import percept


@pytest.fixture(scope="module")
def photograph():
    found, scene = percept()
    return replace(found, frame=replace(found.frame, pixels=data.coffee()[::2, ::2].copy())), scene


def test_a_number_is_a_mixture_of_two_styles_and_goes_round():
    for style, weights in ((0.0, [1, 0, 0]), (1.25, [0, 0.75, 0.25]), (2.5, [0.5, 0, 0.5]), (3.0, [1, 0, 0])):
        assert mixture(style, 3).tolist() == [weights]
    assert mixture(1.7, 1).tolist() == [[1]]


def test_styles_differ_and_the_camera_comes_through(photograph):
    view, size = Paint(), (300, 200)
    pictures = [view(*photograph, ViewParameters(size, style=style)).astype(int) for style in (0.0, 1.0, 0.5)]
    assert all(picture.shape == (200, 300, 3) and picture.std() > 15 for picture in pictures)
    assert np.abs(pictures[0] - pictures[1]).mean() > 10 < np.abs(pictures[1] - pictures[2]).mean()
    camera = view(*photograph, ViewParameters(size, paint=0.0)).astype(int)
    assert np.abs(camera - photograph[0].frame.pixels).mean() < 3
    half = view(*photograph, ViewParameters(size, style=1.0, paint=0.5))
    assert np.abs(half - (camera + pictures[1]) / 2).mean() < 2


def test_a_painter_of_ones_own_plays_from_its_folder_and_a_wrong_one_leaves_the_last(photograph, tmp_path):
    torch.manual_seed(1)
    save(Painter(("mine",)), tmp_path / "paint.safetensors", {})
    view, size = Paint(), (300, 200)
    shipped, own, wrong = (view(*photograph, ViewParameters(size, painter=folder)).astype(int)
                           for folder in (SHIPPED, str(tmp_path), str(tmp_path / "none")))
    assert np.abs(shipped - own).mean() > 5 and np.array_equal(own, wrong)
