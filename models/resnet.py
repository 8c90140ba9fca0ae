"""ResNet-18 and ResNet-50 (He et al. 2015, arXiv:1512.03385), for published weights."""

from collections import OrderedDict
from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from models.alexnet import Normalise


def fold(network: nn.Module) -> nn.Module:
    """Merge every batch norm into the convolution before it; returns the network itself, in evaluation mode."""
    network.eval()
    for parent in network.modules():
        for (name, child), (after, follower) in pairwise(list(parent.named_children())):
            if isinstance(child, nn.Conv2d) and isinstance(follower, nn.BatchNorm2d):
                setattr(parent, name, fuse_conv_bn_eval(child, follower))
                setattr(parent, after, nn.Identity())
    return network


class Residual(nn.Module):
    """What is added to the maps: kernels of 3x3 twice, or 1x1, 3x3, 1x1 around a neck; the stride is in a 3x3."""

    def __init__(self, channels: int, width: int, stride: int, neck: bool):
        super().__init__()
        out = 4 * width if neck else width
        plan = (((channels, width, 1, 1), (width, width, 3, stride), (width, out, 1, 1)) if neck else
                ((channels, width, 3, stride), (width, width, 3, 1)))
        self.depth = len(plan)
        for number, (entering, leaving, kernel, step) in enumerate(plan, start=1):
            setattr(self, f"conv{number}", nn.Conv2d(entering, leaving, kernel, step, kernel // 2, bias=False))
            setattr(self, f"bn{number}", nn.BatchNorm2d(leaving))
        self.downsample = None
        if stride > 1 or channels != out:
            self.downsample = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        kept = x if self.downsample is None else self.downsample(x)
        for number in range(1, self.depth + 1):
            x = getattr(self, f"bn{number}")(getattr(self, f"conv{number}")(x))
            if number < self.depth:
                x = F.relu(x, inplace=True)
        return F.relu(x + kept, inplace=True)


class ResNet(nn.Module):
    """Taps conv1 and layer1 to layer4; forward takes (N, 3, H, W) RGB in 0..1 and returns (taps, logits)."""

    size, stride = 224, 32

    def __init__(self, classes: tuple[str, ...], depths: tuple[int, int, int, int], neck: bool):
        super().__init__()
        self.classes = tuple(classes)
        self.normalise = Normalise()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        layers, channels = OrderedDict(), 64
        for number, depth in enumerate(depths):
            width, blocks = 64 << number, nn.Sequential()
            for index in range(depth):
                blocks.append(Residual(channels, width, 2 if number and not index else 1, neck))
                channels = 4 * width if neck else width
            layers[f"layer{number + 1}"] = blocks
        for name, blocks in layers.items():
            setattr(self, name, blocks)
        self.layers = tuple(layers)
        self.fc = nn.Linear(channels, len(classes))

    def forward(self, x: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        x = F.relu(self.bn1(self.conv1(self.normalise(x))), inplace=True)
        told = {"conv1": x}
        x = F.max_pool2d(x, 3, 2, 1)
        for name in self.layers:
            x = told[name] = getattr(self, name)(x)
        return told, self.fc(x.mean(dim=(2, 3)))


def resnet18(classes: tuple[str, ...]) -> ResNet:
    """Eighteen layers, 64 to 512 maps."""
    return ResNet(classes, (2, 2, 2, 2), neck=False)


def resnet50(classes: tuple[str, ...]) -> ResNet:
    """Fifty layers, 64 to 2048 maps."""
    return ResNet(classes, (3, 4, 6, 3), neck=True)
