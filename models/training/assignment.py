"""The detector's lesson: which places answer for which object, and how wrong they are."""

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from models.detector import grid

NO_ROW = -1.0  # the worth of rows that only fill up a batch


def padded(rows: list[Tensor]) -> Tensor:
    """Rows (N, 6) of each picture as one (B, R, 6); what fills it up has the worth NO_ROW."""
    return pad_sequence(rows, batch_first=True, padding_value=NO_ROW)


def overlap(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Intersection over union of boxes (..., 4) as corners, and its generalised form (Rezatofighi et al. 2019)."""
    size = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0)
    hull = torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])
    both = size.prod(dim=-1)
    union = (a[..., 2:] - a[..., :2]).prod(dim=-1) + (b[..., 2:] - b[..., :2]).prod(dim=-1) - both + 1e-6
    hull = hull.prod(dim=-1) + 1e-6
    return both / union, both / union - (hull - union) / hull


def inside(centres: Tensor, boxes: Tensor) -> Tensor:
    """Which centres (P, 2) lie in which boxes (..., M, 4): (..., M, P)."""
    boxes = boxes[..., None, :]
    return ((centres > boxes[..., :2]) & (centres < boxes[..., 2:])).all(dim=-1)


def touched(held: Tensor, rows: Tensor, which: Tensor, classes: int) -> Tensor:
    """Which classes some row of `which` (B, R) has at each place that it holds (B, R, P): (B, P, K)."""
    named = F.one_hot(rows[..., 4].long().clamp(min=0), classes) * which[..., None]
    return torch.bmm(held.transpose(1, 2).float(), named.float()) > 0


def assign(corners: Tensor, scores: Tensor, rows: Tensor, centres: Tensor, most: int = 10) -> tuple[Tensor, ...]:
    """Task-aligned assignment (Feng et al. 2021): wanted scores (B, P, K), their weights, boxes (B, P, 4).

    corners (B, P, 4) and scores are the network's, rows (B, R, 6) the objects, as padded() gives them. The places in a
    box that already score and fit best answer for it, at most `most` a box; what they should score is how well they
    fit, times what the label is worth. Rows of worth 0 only take the weight off the places they hold.
    """
    worth, held = rows[..., 5:6], inside(centres, rows[..., :4])
    weights = 1 - touched(held, rows, worth[..., 0] == 0, scores.shape[2]).float()
    wanted, boxes = torch.zeros_like(scores), torch.zeros_like(corners)
    if not rows.shape[1]:
        return wanted, weights, boxes
    labels = rows[..., 4:5].long().clamp(min=0).expand(-1, -1, len(centres))
    fit = overlap(rows[:, :, None, :4], corners[:, None])[0]
    aligned = scores.transpose(1, 2).gather(1, labels).sqrt() * fit ** 6 * (held & (worth > 0))
    best = aligned.topk(min(most, len(centres)), dim=2)
    chosen = torch.zeros_like(aligned).scatter_(2, best.indices, (best.values > 1e-12).float())
    fit = fit * chosen
    chosen = chosen * (fit == fit.amax(dim=1, keepdim=True))  # one object a place: the best fit
    aligned, fit = aligned * chosen, fit * chosen
    target = aligned / (aligned.amax(dim=2, keepdim=True) + 1e-12) * fit.amax(dim=2, keepdim=True) * worth
    target, owner = target.clamp(min=0).max(dim=1)
    mine, taken = labels.gather(1, owner[:, None])[:, 0, :, None], target[..., None] > 0
    wanted.scatter_(2, mine, target[..., None])
    weights = torch.where(wanted > 0, 1, weights)
    return wanted, weights, rows[..., :4].gather(1, owner[..., None].expand(-1, -1, 4)) * taken


def loss(corners: Tensor, logits: Tensor, rows: Tensor, height: int, width: int) -> Tensor:
    """How wrong a batch is: scores by cross-entropy against soft targets, boxes by generalised overlap.

    rows (B, R, 6) as padded() gives them.
    """
    centres, _ = grid(height, width, corners.device)
    with torch.no_grad():
        wanted, weights, boxes = assign(corners.detach(), logits.sigmoid(), rows, centres)
        total, own = wanted.sum().clamp(min=1), wanted.sum(dim=2)
    what = (F.binary_cross_entropy_with_logits(logits, wanted, reduction="none") * weights).sum()
    return (what + 3 * ((1 - overlap(corners, boxes)[1]) * own).sum()) / total
