"""The detector's lesson: which places answer for which object, and how wrong they are."""

import torch
import torch.nn.functional as F
from torch import Tensor

from models.detector import grid


def overlap(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Intersection over union of boxes (..., 4) as corners, and its generalised form (Rezatofighi et al. 2019)."""
    size = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0)
    hull = torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])
    both = size.prod(dim=-1)
    union = (a[..., 2:] - a[..., :2]).prod(dim=-1) + (b[..., 2:] - b[..., :2]).prod(dim=-1) - both + 1e-6
    hull = hull.prod(dim=-1) + 1e-6
    return both / union, both / union - (hull - union) / hull


def inside(centres: Tensor, boxes: Tensor) -> Tensor:
    """Which centres (P, 2) lie in which boxes (M, 4): (M, P)."""
    near, far = centres - boxes[:, None, :2], boxes[:, None, 2:] - centres
    return torch.cat((near, far), dim=-1).amin(dim=-1) > 0


def assign(corners: Tensor, scores: Tensor, rows: Tensor, centres: Tensor, most: int = 10) -> tuple[Tensor, ...]:
    """Task-aligned assignment for one picture (Feng et al. 2021): wanted scores (P, K), their weights, boxes (P, 4).

    The places in a box that already score and fit best answer for it, at most `most` a box; what they should score
    is how well they fit, times what the label is worth. Rows of worth 0 only take the weight off the places they hold.
    """
    wanted, weights = torch.zeros_like(scores), torch.ones_like(scores)
    boxes = torch.zeros_like(corners)
    doubt = rows[rows[:, 5] == 0]
    row, place = inside(centres, doubt[:, :4]).nonzero(as_tuple=True)
    weights[place, doubt[row, 4].long()] = 0
    rows = rows[rows[:, 5] > 0]
    if not len(rows):
        return wanted, weights, boxes
    labels = rows[:, 4].long()
    fit, _ = overlap(rows[:, None, :4], corners)
    aligned = scores.T[labels].sqrt() * fit ** 6 * inside(centres, rows[:, :4])
    best = aligned.topk(min(most, aligned.shape[1]), dim=1)
    chosen = torch.zeros_like(aligned).scatter_(1, best.indices, (best.values > 1e-12).float())
    chosen = chosen * (fit * chosen == (fit * chosen).amax(dim=0, keepdim=True))  # one object a place: the best fit
    aligned, fit = aligned * chosen, fit * chosen
    target = aligned / (aligned.amax(dim=1, keepdim=True) + 1e-12) * fit.amax(dim=1, keepdim=True) * rows[:, 5:6]
    owner = target.argmax(dim=0)
    place = target.amax(dim=0).nonzero()[:, 0]
    wanted[place, labels[owner[place]]] = target[owner[place], place]
    weights[place, labels[owner[place]]] = 1
    boxes[place] = rows[owner[place], :4]
    return wanted, weights, boxes


def loss(corners: Tensor, logits: Tensor, rows: list[Tensor], height: int, width: int) -> Tensor:
    """How wrong a batch is: scores by cross-entropy against soft targets, boxes by generalised overlap."""
    centres, _ = grid(height, width, corners.device)
    with torch.no_grad():
        scores = logits.sigmoid()
        lessons = [assign(*each, centres) for each in zip(corners.detach(), scores, rows, strict=True)]
        wanted, weights, boxes = (torch.stack(part) for part in zip(*lessons, strict=True))
        total = wanted.sum().clamp(min=1)
    what = (F.binary_cross_entropy_with_logits(logits, wanted, reduction="none") * weights).sum()
    own = wanted.sum(dim=2)
    where = boxes.any(dim=2)
    fit = overlap(corners[where], boxes[where])[1]
    return (what + 3 * ((1 - fit) * own[where]).sum()) / total
