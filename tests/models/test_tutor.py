"""The detector's tutor: what it saw is taught where it may be believed, and folded weights can go on learning."""

import numpy as np
import pytest
import torch

from models.blocks import Block
from models.detector import Detector
from models.training.assign import listen
from models.training.compose import Composer
from models.training.photographs import CLASSES, Picture
from models.training.tutor import FAINT, tutor
from models.training.unfold import unfold
from tests.models.test_models import lived_in

CAT, CUP, FACE, PERSON = (CLASSES.index(name) for name in ("cat", "cup", "face", "person"))


class Seer:
    """A public detector of 64 px that sees a cup at one of its 84 places, and how many pictures it was shown."""

    size = 64

    def __init__(self, place: int, score: float):
        self.place, self.score, self.shown = place, score, []

    def __call__(self, pixels):
        self.shown.append(pixels.shape)
        corners, scores = np.zeros((84, 4), np.float32), np.full((84, len(CLASSES)), FAINT / 2, np.float32)
        corners[self.place], scores[self.place, CUP] = (8, 16, 24, 32), self.score
        return corners, scores


@pytest.mark.parametrize("place, size, ours, often", [(9, 64, 9, 1), (63, 64, 63, 1), (64, 64, 64, 1), (83, 64, 83, 1),
                                                      (9, 32, 0, 1), (83, 32, 20, 1), (9, 128, 34, 4)])
def test_what_a_tutor_sees_lies_at_our_places(place, size, ours, often):
    seer = Seer(place, 0.8)
    scores, corners = tutor(seer, np.zeros((size, size, 3), np.uint8))
    assert seer.shown == [(64, 64, 3)]
    assert scores.shape == (21 * size ** 2 // 1024, len(CLASSES)) and corners.shape == (len(scores), 4)
    assert scores[ours, CUP] == pytest.approx(0.8) and scores.count_nonzero() == often
    assert corners[ours].tolist() == [8 * size / 64, 16 * size / 64, 24 * size / 64, 32 * size / 64]


def heard(*rows, wanted=None):
    """Weights, wanted scores and boxes of two places at (5, 5) and (25, 5) after a tutor saw a cat and a cup at both."""
    scores, boxes = torch.zeros(2, len(CLASSES)), torch.zeros(2, 4)
    lesson = (scores if wanted is None else wanted, torch.zeros_like(scores), boxes)
    said = torch.zeros_like(scores)
    said[:, CAT], said[:, CUP], said[:, FACE] = 0.6, 0.1, 0.9
    rows = torch.tensor(rows).reshape(-1, 6)
    return listen(lesson, (said, torch.tensor([[0.0, 0, 9, 9]] * 2)), rows, torch.tensor([[5.0, 5], [25, 5]]))


def test_a_tutor_is_believed_where_its_pictures_lie():
    wanted, weights, boxes = heard((0.0, 0, 10, 10, 0, -2))
    assert wanted[0, [CAT, CUP, FACE]].tolist() == pytest.approx([0.6, 0.1, 0]) and not wanted[1].any()
    assert weights[0].sum() == 22 and weights[0, FACE] == 0 and not weights[1].any()
    assert boxes.tolist() == [[0, 0, 9, 9], [0, 0, 0, 0]]


def test_in_pictures_of_one_thing_it_is_not_asked_about_animals():
    wanted, weights, boxes = heard((0.0, 0, 10, 10, 0, -1))
    assert wanted[0].nonzero().flatten().tolist() == [CUP] and weights[0].sum() == 19
    assert not boxes.any(), "a score of a tenth is no box"


def test_what_people_said_stays():
    said = torch.zeros(2, len(CLASSES))
    said[0, PERSON] = 0.7
    wanted, _, boxes = heard((0.0, 0, 30, 10, 0, -2), wanted=said)
    assert wanted[0, PERSON] == pytest.approx(0.7) and not boxes[0].any() and boxes[1].any()


def test_about_persons_it_is_not_asked_where_people_drew_them():
    said = heard((0.0, 0, 10, 10, 0, -3))[1][0]
    assert said.sum() == 21 and not said[PERSON]


@pytest.mark.parametrize("name, told", [
    ("indoor-1", {-2}), ("hand-1", {-1}), ("person-1", {-3}), ("coco-1", set()), ("n01443537_0", set())])
def test_a_composed_picture_says_where_its_photographs_lie(name, told):
    photograph = Picture(name, np.full((64, 64, 3), 200, np.uint8), np.zeros((0, 6), np.float32))
    composer = Composer([photograph], np.ones(1), tutored=True)
    for seed in range(20):
        _, rows = composer(np.random.default_rng(seed), 96, mosaic=True)
        assert set(rows[:, 5].tolist()) == told and (rows[:, :4] >= 0).all() and (rows[:, :4] <= 96).all()


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
