"""What a pupil should say at every place: what a teacher says there, but for what people boxed."""

import torch
import torch.nn.functional as F
from torch import Tensor

from models.detector import grid
from models.training.assignment import assign, inside, overlap, touched
from models.training.photographs import HAND, PERSON

SEEN = 0.05  # a score from which the box that goes with it is a lesson too
THERE = 0.25  # a teacher's score from which a person, and with it a hand that it cannot know, may be there
MOST = 64  # places whose persons' boxes are looked at


def lesson(said: tuple[Tensor, Tensor], own: tuple[Tensor, Tensor], rows: Tensor, regions: Tensor, centres: Tensor,
           complete: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Wanted scores (B, P, K), their weights, boxes (B, P, 4).

    said: the teacher's scores and corners; own: the pupil's. rows (B, R, 6), as padded() gives them: people's boxes and
    those of faces, with worths; regions (B, G, 5): left, top, right, bottom and the number of a pool (-1: nothing is
    there); complete (pools, K): the classes that have only those boxes in photographs of a pool.
    """
    scores, boxes = said
    best = scores[..., PERSON].topk(min(MOST, len(centres)), dim=1)
    persons = boxes.gather(1, best.indices[..., None].expand(-1, -1, 4))
    near = (inside(centres, persons) & (best.values > THERE)[..., None]).any(dim=1)
    known = torch.zeros_like(scores, dtype=torch.bool)
    pictured = torch.zeros_like(near)
    for region in regions.unbind(dim=1):
        here = inside(centres, region[:, None, :4])[:, 0] & (region[:, 4:] >= 0)
        known |= here[..., None] & complete[region[:, 4].long().clamp(min=0)][:, None]
        pictured |= here
    boxed = touched(inside(centres, rows[..., :4]), rows, rows[..., 5] >= 0, scores.shape[2])
    wanted = torch.where(known & ~boxed, 0, scores)
    sure, weights, drawn = assign(*own, rows, centres)
    weights[..., HAND] *= ~(near & pictured & ~known[..., HAND]) | (sure[..., HAND] > 0)
    people = sure.amax(dim=2) > wanted.amax(dim=2)
    return torch.maximum(wanted, sure), weights, torch.where(people[..., None], drawn, boxes)


def loss(own: tuple[Tensor, Tensor], said: tuple[Tensor, Tensor], rows: Tensor, regions: Tensor, complete: Tensor,
         values: Tensor, height: int, width: int) -> Tensor:
    """How wrong a batch is: scores by cross-entropy against the wanted ones, boxes by generalised overlap.

    values (K,): what a mistake about each class costs.
    """
    corners, logits = own
    centres, _ = grid(height, width, corners.device)
    with torch.no_grad():
        wanted, weights, boxes = lesson(said, (corners.detach(), logits.sigmoid()), rows, regions, centres, complete)
        worth = (wanted * values).amax(dim=2) * (wanted.amax(dim=2) > SEEN)
        total = (wanted * values).sum().clamp(min=1)
    what = (F.binary_cross_entropy_with_logits(logits, wanted, reduction="none") * weights * values).sum()
    return (what + 3 * ((1 - overlap(corners, boxes)[1]) * worth).sum()) / total
