"""How the shipped weights were made: labels, pictures, assignment and judgement, each on exact small cases."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.blocks import Block
from models.detector import Detector
from models.features import Features
from models.training.assignment import assign, loss, overlap
from models.training.augmentation import Composer
from models.training.common import Average, one_cycle
from models.training.metrics import average_precision, judge, letterbox, suppress
from models.training.photographs import CLASSES, PERSON, Picture, held_out
from models.training.unfold import unfold, unfold_features
from tests.models.test_models import lived_in

CAT, CUP = (CLASSES.index(name) for name in ("cat", "cup"))


def rows(*given: tuple[float, ...]) -> np.ndarray:
    return np.array(given, np.float32).reshape(-1, 6)


def test_one_picture_in_ten_is_held_out():
    names = [f"indoor-i{number:08x}" for number in range(5000)]
    assert 400 < sum(map(held_out, names)) < 600
    assert [held_out(name) for name in names] == [held_out(name) for name in names]


def test_overlap_of_boxes():
    a, b = torch.tensor([0.0, 0, 2, 2]), torch.tensor([1.0, 0, 3, 2])
    iou, generalised = overlap(a, b)
    assert iou.item() == generalised.item() == pytest.approx(1 / 3)
    assert overlap(a, torch.tensor([4.0, 0, 6, 2]))[1].item() == pytest.approx(-1 / 3)


def test_assignment_takes_fitting_places_and_leaves_doubt_alone():
    centres = torch.tensor([[5.0, 5], [15, 5], [25, 5], [35, 5]])
    corners = torch.tensor([[0.0, 0, 10, 10], [0, 0, 20, 10], [20, 0, 30, 10], [30, 0, 40, 10]])
    scores = torch.full((4, 2), 0.5)
    lesson = torch.tensor([[0.0, 0, 20, 10, 1, 0.9], [20, 0, 40, 10, 0, 0]])
    wanted, weights, boxes = (each[0] for each in assign(corners[None], scores[None], lesson[None], centres))
    assert wanted[:, 0].tolist() == [0, 0, 0, 0]
    assert wanted[1, 1] == pytest.approx(0.9) and 0 < wanted[0, 1] < 0.1 and wanted[2:, 1].tolist() == [0, 0]
    assert weights.tolist() == [[1, 1], [1, 1], [0, 1], [0, 1]]
    assert boxes[0].tolist() == boxes[1].tolist() == [0, 0, 20, 10]


def test_loss_is_least_where_all_is_right():
    # in 16 px there are four fine places, one in the middle, and a coarse one whose centre lies outside
    corners = torch.tensor([[[0.0, 0, 16, 16]] * 6])
    lesson = torch.tensor([[[0.0, 0, 16, 16, 0, 1.0]]])
    right = torch.full((1, 6, 2), -9.0)
    right[:, :5, 0] = 9
    assert loss(corners, right, lesson, 16, 16) < 0.1 < loss(corners, -right, lesson, 16, 16)


def test_doubles_are_suppressed_within_a_class():
    found = np.array([[0, 0, 10, 10, 1, 0.5], [0, 0, 10, 11, 1, 0.9], [0, 0, 10, 10, 2, 0.4], [20, 0, 30, 10, 1, 0.3]])
    assert suppress(found)[:, 5].tolist() == [0.9, 0.4, 0.3]
    assert suppress(np.zeros((0, 6))).shape == (0, 6)


def test_average_precision():
    assert average_precision(np.array([1, 0, 1]), np.array([0.9, 0.8, 0.7]), 2) == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert average_precision(np.array([]), np.array([]), 3) == 0


def test_judgement_forgives_what_nobody_knows():
    picture = Picture("indoor-i1", np.zeros((50, 50, 3), np.uint8),
                      rows((0, 0, 10, 10, CUP, 1), (20, 20, 40, 40, CUP, 0)))
    found = np.array([[20, 20, 40, 40, CUP, 0.9], [0, 0, 10, 9, CUP, 0.8]])
    assert judge([found], [picture], CLASSES) == {"cup": (pytest.approx(1.0), 1)}
    found[0, :4] += 30
    assert judge([found], [picture], CLASSES) == {"cup": (pytest.approx(0.5), 1)}


def test_letterbox():
    boxed, scale = letterbox(np.full((120, 160, 3), 200, np.uint8), 320)
    assert boxed.shape == (256, 320, 3) and scale == 2
    assert (boxed[:240] == 200).all() and (boxed[240:] == 114).all()


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2 ** 32), mosaic=st.booleans())
def test_composed_rows_stay_on_the_canvas(seed, mosaic):
    shade = np.tile(np.arange(96, dtype=np.uint8)[:, None, None], (1, 64, 3))
    photograph = Picture("coco-c1", shade, rows((10, 10, 50, 50, CAT, 1), (0, 0, 64, 96, PERSON, 0)))
    pixels, result = Composer([photograph], np.ones(1))(np.random.default_rng(seed), 128, mosaic)
    assert pixels.shape == (128, 128, 3) and pixels.dtype == np.uint8
    assert (result[:, :4] >= 0).all() and (result[:, :4] <= 128).all()
    assert (result[:, 2:4] > result[:, :2]).all()
    assert set(result[:, 5].tolist()) <= {0.0, 1.0}


def test_schedule_and_average():
    assert one_cycle(0.0) == 0 and one_cycle(0.05) == 1 and one_cycle(1.0) == pytest.approx(0.01)
    network = torch.nn.Linear(1, 1)
    average = Average(network, 0.9)
    before = average.network.weight.item()
    torch.nn.init.constant_(network.weight, 5.0)
    for _ in range(200):
        average.update(network)
    assert abs(before - 5) > 1 and average.network.weight.item() == pytest.approx(5.0, abs=1e-3)


def test_unfolded_it_answers_as_before_and_learns():
    network = lived_in(Detector(("a", "b"), (8, 8, 8, 8, 8), (1, 1, 1, 1, 1), 8, (4, 4))).fold()
    pictures = torch.rand(2, 4, 3, 64, 96)
    again = unfold(network, pictures)
    with torch.no_grad():
        before, after = network.predict(pictures[0]), again.eval().predict(pictures[0])
    for one, two in zip(before, after, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-3, atol=1e-3)
    norms = [block.norm for block in again.train().modules() if isinstance(block, Block)]
    seen = []
    norms[0].register_forward_hook(lambda norm, inputs, output: seen.append(inputs[0]))
    again.predict(pictures.flatten(0, 1))
    torch.testing.assert_close(seen[0].mean(dim=(0, 2, 3)), norms[0].running_mean, rtol=0.1, atol=1e-2)
    assert all(parameter.requires_grad for parameter in again.parameters())


def test_features_unfolded_answer_as_before():
    network = lived_in(Features(("a", "b"), (4, 6, 8, 10, 12), (1, 1, 2, 1, 1))).fold()
    again = unfold_features(network, torch.rand(2, 4, 3, 64, 96)).eval()
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(again(x)[1], network(x)[1], rtol=1e-3, atol=1e-3)
    assert all(each.requires_grad for each in again.parameters())
