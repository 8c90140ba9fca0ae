"""How the shipped detector learns: a teacher's answers, what people boxed, how much each counts, on exact cases."""

from pathlib import Path

import numpy as np
import pytest
import torch

from models.detector import Detector, grid
from models.training.detector import grown, turn_back
from models.training.distillation import lesson, loss
from models.training.evaluate import best, judge
from models.training.photographs import CLASSES, FACE, HAND, PERSON
from models.training.shards import COMPLETE, Sample, read_shards, value, weigh
from tests.models.shards import shard
from tests.models.test_models import lived_in

CAT, CUP, CLOCK = (CLASSES.index(name) for name in ("cat", "cup", "clock"))
CENTRES, _ = grid(32, 32, torch.device("cpu"))  # 16 fine places, 4, and 1
WHOLE = torch.tensor([[0.0, 0, 32, 32, 0]])
NOBODY = torch.zeros(0, 6)


def said(**scores: float) -> tuple[torch.Tensor, torch.Tensor]:
    """A teacher that says the same at every place, each a box of 8 px around it."""
    answer = torch.zeros(len(CENTRES), len(CLASSES))
    for name, score in scores.items():
        answer[:, CLASSES.index(name)] = score
    return answer, torch.cat((CENTRES - 4, CENTRES + 4), dim=1)


def taught(teacher, rows=NOBODY, complete=()):
    own = torch.cat((CENTRES - 4, CENTRES + 4), dim=1), torch.full((len(CENTRES), len(CLASSES)), 0.5)
    known = torch.zeros(1, len(CLASSES), dtype=torch.bool)
    known[0, list(complete)] = True
    said, own = (tuple(each[None] for each in pair) for pair in (teacher, own))
    return [each[0] for each in lesson(said, own, rows[None], WHOLE[None], CENTRES, known)]


def test_a_teachers_answers_are_the_lesson():
    wanted, weights, boxes = taught(said(cup=0.6))
    assert (wanted[:, CUP] == 0.6).all() and wanted.sum() == pytest.approx(0.6 * len(CENTRES))
    assert weights.all() and torch.equal(boxes, said()[1])


def test_what_people_boxed_completely_is_nowhere_else():
    row = torch.tensor([[0.0, 0, 16, 16, PERSON, 1]])
    wanted, _, boxes = taught(said(person=0.2), row, (PERSON,))
    inside = (CENTRES < 16).all(dim=1)
    assert not wanted[~inside, PERSON].any() and (wanted[inside, PERSON] >= 0.2).all()
    drawn = wanted[:, PERSON] > 0.2
    assert drawn.any() and (boxes[drawn] == torch.tensor([0.0, 0, 16, 16])).all()


def test_hands_are_unknown_at_persons_unless_people_boxed_them():
    assert not taught(said(person=0.6))[1][:, HAND].any()
    assert taught(said(person=0.1))[1][:, HAND].all()
    assert taught(said(person=0.6), complete=(HAND,))[1][:, HAND].all()


def test_loss_is_least_for_who_says_the_same():
    scores, corners = (each[None] for each in said(cup=0.6))
    same = torch.where(scores > 0, scores, 1e-4).logit()
    unknown = torch.zeros(1, len(CLASSES), dtype=torch.bool)
    told = ((scores, corners), NOBODY[None], WHOLE[None], unknown, torch.ones(len(CLASSES)), 32, 32)
    right = loss((corners, same), *told)
    assert right < loss((corners + 2, same), *told) and right < loss((corners, same + 1), *told)


@pytest.mark.parametrize("turns", range(4))
def test_a_turned_picture_is_seen_as_it_was(turns):
    """An upright box and a map's mark, turned with the picture, are where they were."""
    picture = torch.zeros(1, 1, 64, 64)
    picture[0, 0, 8:16, 32:56] = 1  # 24 wide, 8 high
    turned = picture.rot90(turns, (2, 3))
    ys, xs = turned[0, 0].nonzero(as_tuple=True)
    box = torch.stack((xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)).float()
    logits = torch.cat([torch.nn.functional.max_pool2d(turned, each).flatten() for each in (8, 16, 32)])[None, :, None]
    corners = box.expand(1, logits.shape[1], 4)
    corners, logits = turn_back(turns, 64, corners, logits)
    assert (corners == torch.tensor([32.0, 8, 56, 16])).all()
    assert torch.equal(logits[0, :64, 0], torch.nn.functional.max_pool2d(picture, 8).flatten())


def test_a_deeper_network_begins_as_the_shallow_one():
    network = lived_in(Detector(("a", "b"), (8, 8, 8, 8, 8), (1, 1, 1, 1, 1), 8, (4, 4))).fold()
    deeper = grown(network, (1, 1, 2, 1, 3)).eval()
    x = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        for one, two in zip(network(x), deeper(x), strict=True):
            torch.testing.assert_close(one, two)
    assert deeper.plan["depths"] == [1, 1, 2, 1, 3]


def test_shards_are_read_with_what_each_label_is_worth(tmp_path):
    shard(tmp_path, "person",
          f"{PERSON} 0.5 0.5 0.5 0.5 1.000\n{PERSON} 0.5 0.5 0.5 0.5 0.9\n{CUP} 0.5 0.5 0.5 0.5 0.5\n"
          f"{FACE} 0.5 0.5 0.1 0.1 0.900\n{FACE} 0.2 0.2 0.1 0.1 0.400\n{HAND} 0.2 0.2 0.1 0.1 0.9\n"
          f"{CLOCK} 0.2 0.2 0.1 0.1 0\n")
    shard(tmp_path, "maskwear", f"{FACE} 0.5 0.5 0.5 0.5 0.900\n")
    maskwear, person = read_shards(tmp_path)
    rows = person.picture().rows
    assert rows[0].tolist() == [32, 30, 96, 90, PERSON, 1]
    assert rows[:, 4:].tolist()[1:] == [[CUP, 0.5], [FACE, 1], [FACE, 0], [CLOCK, 0]]
    assert not len(maskwear.picture().rows) and COMPLETE["maskwear"] == (FACE,)


def test_what_was_too_difficult_for_people_is_neither_rewarded_nor_punished(tmp_path):
    shard(tmp_path, "voc12", f"{CAT} 0.5 0.5 0.5 0.5 0.900\n{PERSON} 0.5 0.5 0.5 0.5 0\n")
    assert read_shards(tmp_path)[0].picture().rows.tolist() == [[32, 30, 96, 90, PERSON, 0]]


def test_rare_classes_are_shown_more_often_and_cost_more():
    samples = [Sample(Path(), "", "", np.float32([[CUP, 0, 0, 1, 1, 1]]))] * 999
    samples.append(Sample(Path(), "", "", np.float32([[CLOCK, 0, 0, 1, 1, 1]])))
    weights, values = weigh(samples), value(samples)
    assert weights.sum() == pytest.approx(1) and weights[-1] > 10 * weights[0]
    assert values[CLOCK] == 2 and values[CUP] == pytest.approx(1, abs=0.01)


def test_only_completely_boxed_classes_are_judged(tmp_path):
    shard(tmp_path, "highway", f"{PERSON} 0.5 0.5 0.5 0.5 1\n")
    found = np.array([[32, 30, 96, 90, PERSON, 0.8], [0, 0, 9, 9, PERSON, 0.9], [0, 0, 9, 9, CUP, 0.9]])
    finds, heights = judge(lambda pixels: found[found[:, 5].argsort()[::-1]], read_shards(tmp_path))
    assert [right for _, right, _ in finds[PERSON]] == [False, True] and heights[PERSON] == [0.5]
    assert not finds[CUP] and best(finds[PERSON], 1) == (0.8, pytest.approx(2 / 3))


def test_the_highest_threshold_that_is_nearly_best_is_found():
    finds = [(0.9, True, 0.5), (0.8, True, 0.5), (0.6, False, 0.5), (0.5, True, 0.5)]
    assert best(finds, 3) == (0.5, pytest.approx(6 / 7)) and best(finds, 3, 0.1) == (0.8, pytest.approx(4 / 5))
    assert best([], 3) == (1.0, 0.0)
