"""AlexNet and VGG-16: networks of the years when pictures of their layers were first shown, for published weights."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's pixels, red, green, blue


class Normalise(nn.Module):
    """A picture in 0..1 as networks know it that learned on ImageNet; it has nothing of its own on disk."""

    def __init__(self) -> None:
        super().__init__()
        for name, values in (("mean", MEAN), ("spread", SPREAD)):
            self.register_buffer(name, torch.tensor(values).view(1, 3, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.spread


def tapped(layers: nn.Sequential, taps: Mapping[int, str], x: Tensor) -> tuple[dict[str, Tensor], Tensor]:
    """Run layers one after the other; what those at the places of taps give, by name, and what the last one gives."""
    told = {}
    for place, layer in enumerate(layers):
        x = layer(x)
        if place in taps:
            told[taps[place]] = x
    return told, x


class Chain(nn.Module):
    """Convolutions one after the other, then three linear layers; taps names those that are told, by their place.

    forward takes (N, 3, H, W) RGB in 0..1 and returns (taps, logits), as open_network wants it.
    """

    size, stride = 224, 32

    def __init__(self, classes: tuple[str, ...], layers: list[nn.Module], taps: Mapping[int, str], cells: int,
                 classifier: list[nn.Module]):
        super().__init__()
        self.classes, self.taps = tuple(classes), dict(taps)
        self.normalise = Normalise()
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(cells)
        self.classifier = nn.Sequential(*classifier)

    def forward(self, x: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        told, x = tapped(self.features, self.taps, self.normalise(x))
        return told, self.classifier(self.avgpool(x).flatten(1))


def alexnet(classes: tuple[str, ...]) -> Chain:
    """AlexNet in the form of Krizhevsky (2014, arXiv:1404.5997): five layers conv1 to conv5, 64 to 384 maps."""
    def convolution(channels: int, width: int, kernel: int, stride: int, padding: int) -> list[nn.Module]:
        return [nn.Conv2d(channels, width, kernel, stride, padding), nn.ReLU(inplace=True)]

    layers = [*convolution(3, 64, 11, 4, 2), nn.MaxPool2d(3, 2), *convolution(64, 192, 5, 1, 2), nn.MaxPool2d(3, 2),
              *convolution(192, 384, 3, 1, 1), *convolution(384, 256, 3, 1, 1), *convolution(256, 256, 3, 1, 1),
              nn.MaxPool2d(3, 2)]
    taps = {1: "conv1", 4: "conv2", 7: "conv3", 9: "conv4", 11: "conv5"}
    classifier = [nn.Dropout(), nn.Linear(256 * 36, 4096), nn.ReLU(inplace=True),
                  nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Linear(4096, len(classes))]
    return Chain(classes, layers, taps, 6, classifier)


def vgg16(classes: tuple[str, ...]) -> Chain:
    """VGG-16 (Simonyan and Zisserman 2014, arXiv:1409.1556): thirteen layers of 3x3, the last of each block told."""
    layers, taps, channels = [], {}, 3
    for block, (width, depth) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), start=1):
        for _ in range(depth):
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
            channels = width
        taps[len(layers) - 1] = f"conv{block}"
        layers.append(nn.MaxPool2d(2))
    classifier = [nn.Linear(512 * 49, 4096), nn.ReLU(inplace=True), nn.Dropout(),
                  nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Dropout(), nn.Linear(4096, len(classes))]
    return Chain(classes, layers, taps, 7, classifier)
