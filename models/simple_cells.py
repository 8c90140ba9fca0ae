"""A feature network that nobody trained: edges, complex cells, corners and shapes by hand.

Simple and complex cells after Hubel and Wiesel ("Receptive fields, binocular interaction and functional architecture in
the cat's visual cortex", 1962), stacked as in the neocognitron (Fukushima 1980).
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

ORIENTATIONS = 8  # of complex cells; simple cells tell light to dark from dark to light, and are twice as many
FIELD, WAVE, SPREAD = 11, 7.0, 2.6  # pixels of a simple cell's field, its wavelength, how wide it reaches
REACH = 15  # cells of a complex layer that a shape covers
FAINT = 0.04  # an edge's contrast, of the range from black to white, that is answered by half
PRESENT, STRAIGHT = 0.35, 0.55  # part of an outline, and of a single line, that must be there before it is told


def simple_fields() -> Tensor:
    """Odd Gabor functions, one every 22.5 degrees: (16, 1, FIELD, FIELD), blind to even light."""
    place = torch.arange(FIELD) - FIELD // 2
    y, x = torch.meshgrid(place, place, indexing="ij")
    fields = []
    for angle in torch.arange(2 * ORIENTATIONS) * math.pi / ORIENTATIONS:
        across = x * angle.cos() + y * angle.sin()
        field = torch.exp(-(x * x + y * y) / (2 * SPREAD**2)) * torch.sin(2 * math.pi * across / WAVE)
        fields.append((field - field.mean()) / field.abs().sum() * 2)
    return torch.stack(fields)[:, None]


def ring(corners: int, turn: float, radius: float) -> list[tuple[float, float, float]]:
    """Points of a regular outline (0 corners: a circle) as x, y and the direction across it, in radians."""
    points = []
    for step in range(120):
        angle = step / 120 * math.tau
        if not corners:
            points.append((radius * math.cos(angle), radius * math.sin(angle), angle))
            continue
        side = math.tau / corners
        middle = turn + (math.floor((angle - turn) / side) + 0.5) * side
        far = radius * math.cos(side / 2) / math.cos(angle - middle)
        points.append((far * math.cos(angle), far * math.sin(angle), middle))
    return points


def lines(*angles: float) -> list[tuple[float, float, float]]:
    """Points of straight lines through the middle, each as long as a shape."""
    return [(step * math.cos(angle), step * math.sin(angle), angle + math.pi / 2)
            for angle in angles for step in torch.linspace(-6, 6, 40).tolist()]


SHAPES = {
    "circle": ring(0, 0, 5.5), "small circle": ring(0, 0, 3.5), "square": ring(4, math.pi / 4, 6.5),
    "diamond": ring(4, 0, 6.5), "triangle up": ring(3, -math.pi / 2, 6.5), "triangle down": ring(3, math.pi / 2, 6.5),
    "cross": lines(0, math.pi / 2), "saltire": lines(math.pi / 4, -math.pi / 4), "upright": lines(math.pi / 2),
    "level": lines(0), "rising": lines(-math.pi / 4), "falling": lines(math.pi / 4),
}


def shape_fields() -> Tensor:
    """For each shape where it wants which orientation, and none of the others: (shapes, ORIENTATIONS, REACH, REACH)."""
    fields = torch.zeros(len(SHAPES), ORIENTATIONS, REACH, REACH)
    for field, points in zip(fields, SHAPES.values(), strict=True):
        for x, y, across in points:
            row, column = round(y + REACH // 2), round(x + REACH // 2)
            for orientation in range(ORIENTATIONS):
                apart = across - orientation * math.pi / ORIENTATIONS
                field[orientation, row, column] = max(field[orientation, row, column], math.cos(2 * apart))
        field /= field.clamp(min=0).sum()
    return fields


class SimpleCells(nn.Module):
    """forward takes (N, 3, H, W) RGB in 0..1, sides multiples of `stride`, and returns (taps, logits).

    Taps, never negative: edges (16 directions, half the picture's size), complex (8 orientations wherever they are
    nearby, a quarter), corners (12 pairs of orientations that meet), shapes (one map each, by the names in classes).
    """

    size, stride = 256, 16

    def __init__(self) -> None:
        super().__init__()
        self.classes = tuple(SHAPES)
        self.edges = nn.Conv2d(1, 2 * ORIENTATIONS, FIELD, 2, FIELD // 2, padding_mode="replicate", bias=False)
        self.shapes = nn.Conv2d(ORIENTATIONS, len(SHAPES), REACH, padding=REACH // 2)
        with torch.no_grad():
            self.edges.weight.copy_(simple_fields())
            self.shapes.weight.copy_(shape_fields())
            self.shapes.bias.fill_(-PRESENT)
            self.shapes.bias[-4:] = -STRAIGHT

    def forward(self, x: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        edges = F.relu(self.edges(x.mean(1, keepdim=True)))
        light, dark = edges.chunk(2, 1)
        either = F.max_pool2d(torch.maximum(light, dark), 3, 2, 1)
        busy = F.avg_pool2d(either.mean(1, keepdim=True), 9, 1, 4)  # what all neighbours say (Heeger 1992)
        sharp = F.relu(either - 0.5 * either.mean(1, keepdim=True))
        complex = sharp / (sharp + busy + FAINT)
        right = torch.minimum(complex[:, : ORIENTATIONS // 2], complex[:, ORIENTATIONS // 2 :])
        slanted = torch.minimum(complex, complex.roll(2, 1))
        corners = F.max_pool2d(torch.cat((right, slanted), 1), 3, 2, 1)
        shapes = F.relu(self.shapes(complex))
        return ({"edges": edges, "complex": complex, "corners": corners, "shapes": shapes},
                25 * shapes.amax((2, 3)))
