"""What networks are built of: a block whose branches fold into one convolution, the stages it makes, a square sight."""

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Block(nn.Sequential):
    """Convolution, batch norm, ReLU. While training the kernel is the sum of a full, a 1x1 and an identity branch.

    Folded, all of it is one convolution with a bias, as in RepVGG (Ding et al. 2021); here the branches are summed
    before the convolution instead of after it, so that training costs no more than a plain network.
    """

    def __init__(self, channels: int, width: int, kernel: int = 3, stride: int = 1, folded: bool = False):
        super().__init__(OrderedDict(conv=nn.Conv2d(channels, width, kernel, stride, kernel // 2, bias=folded),
                                     relu=nn.ReLU(inplace=True)))
        self.norm = self.point = self.identity = None
        if not folded:
            self.norm = nn.BatchNorm2d(width)
            if kernel == 3:
                self.point = nn.Conv2d(channels, width, 1, bias=False)
                self.identity = nn.Parameter(torch.ones(width)) if channels == width and stride == 1 else None

    def kernel(self) -> Tensor:
        """The one kernel that the branches add up to."""
        kernel = self.conv.weight
        if self.point is not None:
            centre = self.point.weight
            if self.identity is not None:
                centre = centre + torch.diag(self.identity)[:, :, None, None]
            kernel = kernel + F.pad(centre, (1, 1, 1, 1))
        return kernel

    def forward(self, x: Tensor) -> Tensor:
        if self.norm is None:
            return super().forward(x)
        return self.relu(self.norm(F.conv2d(x, self.kernel(), None, self.conv.stride, self.conv.padding)))

    @torch.no_grad()
    def fold(self) -> None:
        """Merge the branches and the batch norm into one convolution with a bias; the output stays the same."""
        if self.norm is None:
            return
        scale = self.norm.weight / torch.sqrt(self.norm.running_var + self.norm.eps)
        self.conv.weight = nn.Parameter(self.kernel() * scale[:, None, None, None])
        self.conv.bias = nn.Parameter(self.norm.bias - self.norm.running_mean * scale)
        for branch in ("norm", "point", "identity"):
            delattr(self, branch)  # a module that is only set to None would still be called as a part
            setattr(self, branch, None)


class Stages(nn.ModuleDict):
    """Five stages conv1..conv5, the first a 7x7 whose filters can be looked at; each returns its maps as a tap."""

    def __init__(self, widths: tuple[int, ...], depths: tuple[int, ...], strides: tuple[int, ...], folded: bool):
        super().__init__()
        channels = 3
        for number, (width, depth, stride) in enumerate(zip(widths, depths, strides, strict=True), start=1):
            blocks = nn.Sequential()
            for index in range(depth):
                kernel = 7 if number == 1 else 3
                blocks.append(Block(channels, width, kernel, stride if index == 0 else 1, folded))
                channels = width
            self[f"conv{number}"] = blocks

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        taps = {}
        for name, stage in self.items():
            taps[name] = x = stage(x)
        return taps


def middle(x: Tensor, pixels: int) -> Tensor:
    """(N, C, H, W), sides multiples of pixels, to its middle square, (N, C, pixels, pixels)."""
    side = min(x.shape[2:])
    top, left = (x.shape[2] - side) // 2, (x.shape[3] - side) // 2
    return F.avg_pool2d(x[:, :, top : top + side, left : left + side], side // pixels)


def fold(network: nn.Module) -> nn.Module:
    """Fold every block of a network in place, switch it to evaluation and return it."""
    for module in network.modules():
        if isinstance(module, Block):
            module.fold()
    return network.eval()
