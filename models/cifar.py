"""Two networks that name ten kinds of things in small pictures: an ordinary one, fully connected, and a convnet.

What each took the pictures held out for goes with its weights, as `taken` (10, N): a row for each class, a number for
each of its pictures, in the order of their names.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.blocks import Block, fold, middle

KINDS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SIDE = 32  # pixels of what they look at
HELD = 300  # pictures of a class that are held out


def confusion(taken: Tensor) -> Tensor:
    """How many pictures of each class (rows) were taken for each (columns), (10, 10)."""
    return F.one_hot(taken.long(), len(KINDS)).sum(1)


class Ordinary(nn.Module):
    """Three fully connected layers. Taps: picks, (hidden, SIDE, SIDE): where each unit of the first finds what it
    likes; full1 and full2, one cell a unit."""

    size, stride = 4 * SIDE, SIDE

    def __init__(self, hidden: int = 128, held: int = HELD):
        super().__init__()
        self.classes, self.plan = KINDS, {"hidden": hidden, "held": held}
        self.full1, self.full2 = nn.Linear(3 * SIDE**2, hidden), nn.Linear(hidden, hidden)
        self.head = nn.Linear(hidden, 10)
        self.register_buffer("taken", torch.zeros(10, held, dtype=torch.uint8))

    def forward(self, x: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        x = middle(x, SIDE) - 0.5
        full1 = F.relu(self.full1(x.flatten(1)))
        full2 = F.relu(self.full2(full1))
        weights = self.full1.weight.view(-1, 3, SIDE, SIDE)
        picks = F.relu((x[:, None] * weights).sum(2)) if len(x) == 1 else full1[:, :, None, None]
        return {"picks": picks, "full1": full1[:, :, None, None], "full2": full2[:, :, None, None]}, self.head(full2)

    def fold(self) -> "Ordinary":
        """There is nothing to merge; returns the network itself, in evaluation mode."""
        return self.eval()


class ConvNet(nn.Module):
    """Five convolutions, conv1 (5x5, 32 maps of SIDE) to conv5 (3x3, 128 maps, a quarter of it), and a mean."""

    size, stride = 4 * SIDE, SIDE

    def __init__(self, widths: tuple[int, ...] = (32, 64, 96, 128, 128), strides: tuple[int, ...] = (1, 2, 1, 2, 1),
                 held: int = HELD):
        super().__init__()
        self.classes, self.plan = KINDS, {"widths": list(widths), "strides": list(strides), "held": held}
        self.layers = nn.ModuleDict()
        for number, (before, width, stride) in enumerate(zip((3, *widths), widths, strides, strict=False), start=1):
            self.layers[f"conv{number}"] = Block(before, width, 5 if number == 1 else 3, stride)
        self.head = nn.Linear(widths[-1], 10)
        self.register_buffer("taken", torch.zeros(10, held, dtype=torch.uint8))

    def forward(self, x: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        x, taps = middle(x, SIDE), {}
        for name, layer in self.layers.items():
            taps[name] = x = layer(x)
        return taps, self.head(x.mean((2, 3)))

    def fold(self) -> "ConvNet":
        """Merge branches and batch norms for playing; returns the network itself, in evaluation mode."""
        return fold(self)
