"""SqueezeNet 1.1 (Iandola et al. 2016, arXiv:1602.07360), for published weights: ImageNet in five megabytes."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.alexnet import Normalise, tapped


class Fire(nn.Module):
    """Few maps by 1x1, and of these many by 1x1 and as many by 3x3, side by side."""

    def __init__(self, channels: int, few: int, many: int):
        super().__init__()
        self.squeeze = nn.Conv2d(channels, few, 1)
        self.expand1x1 = nn.Conv2d(few, many, 1)
        self.expand3x3 = nn.Conv2d(few, many, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.squeeze(x), inplace=True)
        return F.relu(torch.cat((self.expand1x1(x), self.expand3x3(x)), dim=1), inplace=True)


class SqueezeNet(nn.Module):
    """forward takes (N, 3, H, W) RGB in 0..1 and returns (taps, logits), as open_network wants it."""

    size, stride = 224, 32
    taps = {1: "conv1", 4: "fire3", 7: "fire5", 10: "fire7", 12: "fire9"}  # by their place among features

    def __init__(self, classes: tuple[str, ...]):
        super().__init__()
        self.classes = tuple(classes)
        self.normalise = Normalise()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 3, stride=2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(64, 16, 64), Fire(128, 16, 64), nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(128, 32, 128), Fire(256, 32, 128), nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256),
        )  # fmt: skip
        self.classifier = nn.Sequential(nn.Dropout(), nn.Conv2d(512, len(classes), 1), nn.ReLU(inplace=True))

    def forward(self, x: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        told, x = tapped(self.features, self.taps, self.normalise(x))
        return told, self.classifier(x).mean(dim=(2, 3))
