"""The painter: shapes, what lies between styles, steadiness, and a style of one's own."""

from itertools import combinations

import cv2
import numpy as np
import pytest
import torch
from skimage import data

from models import load
from models.paint import Paint
from models.training.own_style import own_style, with_style
from models.training.style_pictures import STYLES, style_picture


@pytest.fixture(scope="module")
def painter():
    return load("paint")


@pytest.fixture(scope="module")
def photograph():
    return torch.from_numpy(cv2.resize(data.coffee(), (320, 212))).permute(2, 0, 1)[None] / 255


def only(style: int) -> torch.Tensor:
    return torch.eye(len(STYLES))[style : style + 1]


@torch.inference_mode()
def test_each_style_paints_in_its_own_way_and_between_two_lies_neither(painter, photograph):
    pictures = [painter(photograph, only(style)) for style in range(len(STYLES))]
    assert painter.styles == tuple(STYLES) and all(picture.shape == photograph.shape for picture in pictures)
    for one, other in combinations(range(len(STYLES)), 2):
        apart = (pictures[one] - pictures[other]).abs().mean()
        between = painter(photograph, (only(one) + only(other)) / 2)
        assert apart > 0.05
        assert max((between - pictures[each]).abs().mean() for each in (one, other)) < apart


@torch.inference_mode()
def test_ink_has_no_colour_and_keeps_what_is_there(painter, photograph):
    ink = painter(photograph, only(1))[0]
    assert (ink.amax(0) - ink.amin(0)).mean() < 0.12
    light = [cv2.GaussianBlur(picture.mean(0).numpy(), (0, 0), 4).ravel() for picture in (ink, photograph[0])]
    assert np.corrcoef(*light)[0, 1] > 0.3


@torch.inference_mode()
@pytest.mark.parametrize("style", range(len(STYLES)))
def test_a_cameras_noise_does_not_make_it_flicker(painter, photograph, style):
    noise = 0.02 * torch.randn(photograph.shape, generator=torch.Generator().manual_seed(1))
    before, after = (painter((photograph + each).clamp(0, 1), only(style)) for each in (0, noise))
    assert (after - before).abs().mean() < 0.03


def test_style_pictures_are_the_same_every_time():
    for name in STYLES:
        assert np.array_equal(style_picture(name), style_picture(name)) and style_picture(name).std() > 30


def test_a_style_of_ones_own_begins_in_the_middle_of_those_that_ship(painter, photograph):
    own = with_style(painter, "mine").eval()
    with torch.inference_mode():
        middle = torch.full((1, len(STYLES)), 1 / len(STYLES))
        assert torch.allclose(own(photograph, torch.ones(1, 1)), painter(photograph, middle), atol=1e-4)


def test_a_style_of_ones_own_is_learned_and_plays(tmp_path, capsys):
    cv2.imwrite(str(tmp_path / "red.png"), np.full((80, 90, 3), (20, 20, 220), np.uint8))
    own_style(tmp_path / "red.png", tmp_path / "out", 0.02)
    told = capsys.readouterr().out
    assert f'paint = "{tmp_path / "out"}"' in told and (tmp_path / "out" / "paint.png").is_file()
    again = load("paint", tmp_path / "out")
    assert isinstance(again, Paint) and again.styles == ("red",)
    assert all(tensor.isfinite().all() for tensor in again.state_dict().values())
    own_style(tmp_path / "red.png", tmp_path / "out", 0.02)  # and says that it has had its minutes
    with pytest.raises(ValueError, match="wanted a picture"):
        own_style(tmp_path / "out" / "SHA256SUMS", tmp_path / "two", 0.02)
