"""The network that is felt: five stages of plain 3x3 convolutions whose maps are the instrument, and a classifier."""

import copy

import torch
from torch import Tensor, nn

from models.blocks import Stages, fold


class Features(nn.Module):
    """Layers to play with, conv1 (32 maps, stride 2) to conv5 (256 maps, stride 16), and a guess at the whole picture.

    forward takes (N, 3, H, W) RGB in 0..1, sides multiples of `stride`, best with a long side of about `size`, and
    returns (taps, logits): taps name -> (N, C, h, w), never negative, in the order of the layers; logits (N, K).
    Pictures go in as they are: the first batch norm does the normalising and folds away with the rest.
    """

    stride = 16

    def __init__(self, classes: tuple[str, ...], widths: tuple[int, ...] = (32, 64, 128, 192, 256),
                 depths: tuple[int, ...] = (1, 1, 2, 3, 2), size: int = 192, folded: bool = False):
        super().__init__()
        self.classes, self.size = tuple(classes), size
        self.plan = {"classes": list(classes), "widths": list(widths), "depths": list(depths), "size": size}
        self.stages = Stages(widths, depths, (2, 2, 2, 2, 1), folded)
        self.head = nn.Linear(widths[-1], len(classes))

    def forward(self, x: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        taps = self.stages(x)
        return taps, self.head(taps["conv5"].mean(dim=(2, 3)))

    def with_classes(self, classes: tuple[str, ...]) -> "Features":
        """A folded copy that names other classes; what it knows of those of the same name stays."""
        other = Features(**{**self.plan, "classes": classes}, folded=True)
        other.stages.load_state_dict(copy.deepcopy(self).fold().stages.state_dict())
        nn.init.zeros_(other.head.bias)
        with torch.no_grad():
            for row, name in enumerate(classes):
                if name in self.classes:
                    old = self.classes.index(name)
                    other.head.weight[row], other.head.bias[row] = self.head.weight[old], self.head.bias[old]
        return other.to(self.head.weight.device)

    def fold(self) -> "Features":
        """Merge branches and batch norms for playing; returns the network itself, in evaluation mode."""
        return fold(self)
