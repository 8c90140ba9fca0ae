"""What a pupil should say at every place: what a teacher says there, but for what people boxed."""

import torch
import torch.nn.functional as F
from torch import Tensor

from models.detector import grid
from models.training.assignment import assign, inside, overlap
from models.training.photographs import HAND, PERSON

SEEN = 0.05  # a score from which the box that goes with it is a lesson too
THERE = 0.25  # a teacher's score from which a person, and with it a hand that it cannot know, may be there
MOST = 64  # places whose persons' boxes are looked at


def lesson(said: tuple[Tensor, Tensor], own: tuple[Tensor, Tensor], rows: Tensor, regions: Tensor, centres: Tensor,
           complete: dict[int, tuple[int, ...]]) -> tuple[Tensor, Tensor, Tensor]:
    """For one picture: wanted scores (P, K), their weights, boxes (P, 4).

    said: the teacher's scores and corners; own: the pupil's. rows: people's boxes and those of faces, with worths;
    regions (R, 5): left, top, right, bottom and the number of a pool whose `complete` classes have only those boxes.
    """
    scores, boxes = said
    wanted, weights = scores.clone(), torch.ones_like(scores)
    persons = boxes[scores[:, PERSON].topk(min(MOST, len(scores))).indices]
    persons = persons[scores[:, PERSON].topk(min(MOST, len(scores))).values > THERE]
    near = inside(centres, persons).any(dim=0)
    for *corners, pool in regions.tolist():
        here = inside(centres, torch.tensor([corners]))[0]
        known = complete.get(int(pool), ())
        if HAND not in known:
            weights[here & near, HAND] = 0
        for label in known:
            mine = rows[(rows[:, 4] == label)]
            wanted[here & ~inside(centres, mine[:, :4]).any(dim=0), label] = 0
    sure, doubt, drawn = assign(own[0], own[1][:, :wanted.shape[1]], rows, centres)
    weights = torch.where(sure > 0, 1, torch.minimum(weights, doubt))
    people = sure.amax(dim=1) > wanted.amax(dim=1)
    return torch.maximum(wanted, sure), weights, torch.where(people[:, None], drawn, boxes)


def loss(own: tuple[Tensor, Tensor], said: tuple[Tensor, Tensor], rows: list[Tensor], regions: list[Tensor],
         complete: dict[int, tuple[int, ...]], values: Tensor, height: int, width: int) -> Tensor:
    """How wrong a batch is: scores by cross-entropy against the wanted ones, boxes by generalised overlap.

    values (K,): what a mistake about each class costs.
    """
    corners, logits = own
    centres, _ = grid(height, width, corners.device)
    with torch.no_grad():
        each = zip(*said, corners.detach(), logits.sigmoid(), rows, regions, strict=True)
        lessons = [lesson((a, b), (c, d), e, f, centres, complete) for a, b, c, d, e, f in each]
        wanted, weights, boxes = (torch.stack(part) for part in zip(*lessons, strict=True))
        worth = (wanted * values).amax(dim=2)
        total = (wanted * values).sum().clamp(min=1)
        where = wanted.amax(dim=2) > SEEN
    what = (F.binary_cross_entropy_with_logits(logits, wanted, reduction="none") * weights * values).sum()
    fit = overlap(corners[where], boxes[where])[1]
    return (what + 3 * ((1 - fit) * worth[where]).sum()) / total
