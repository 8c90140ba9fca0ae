"""Networks that others trained and published: where their weights are to be had, and how they come into play."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from models.alexnet import alexnet, vgg16
from models.resnet import fold, resnet18, resnet50
from models.yolox import yolox_nano, yolox_tiny

IMAGENET = 1000  # classes
NAMES = ("https://raw.githubusercontent.com/pytorch/hub/6bb7ade92447ed6f5569cfc035ed64ef3e4b633b/imagenet_classes.txt")
TORCHVISION = "https://download.pytorch.org/models/"
YOLOX = "https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/"


@dataclass(frozen=True, slots=True)
class Published:
    """A network to be had: kind is detector or features; sha256 the file's digest, or as much as its makers tell."""

    kind: str
    build: Callable[..., nn.Module]
    url: str
    sha256: str
    megabytes: int
    licence: str
    about: str

    @property
    def file(self) -> str:
        return self.url.rpartition("/")[2]


CATALOGUE = {
    "alexnet": Published("features", alexnet, TORCHVISION + "alexnet-owt-7be5be79.pth", "7be5be79", 244,
                         "BSD-3-Clause", "AlexNet, the network of ConvnetViewer"),
    "vgg16": Published("features", vgg16, TORCHVISION + "vgg16-397923af.pth", "397923af", 553,
                       "BSD-3-Clause", "VGG-16, thirteen layers of 3x3"),
    "resnet18": Published("features", resnet18, TORCHVISION + "resnet18-f37072fd.pth", "f37072fd", 47,
                          "BSD-3-Clause", "ResNet-18"),
    "resnet50": Published("features", resnet50, TORCHVISION + "resnet50-0676ba61.pth", "0676ba61", 103,
                          "BSD-3-Clause", "ResNet-50, up to 2048 maps"),
    "yolox-nano": Published("detector", yolox_nano, YOLOX + "yolox_nano.pth",
                            "cd28f55fbbc1829f99d9ac9b38a16d259a22889739c8728ea877610201feff7b", 8,
                            "Apache-2.0", "YOLOX-Nano, 80 kinds of things"),
    "yolox-tiny": Published("detector", yolox_tiny, YOLOX + "yolox_tiny.pth",
                            "9de513de589ac98bb92d3bca53b5af7b9acfa9b0bacb831f7999d0f7afaee8f0", 41,
                            "Apache-2.0", "YOLOX-Tiny, 80 kinds of things"),
}


def cache() -> Path:
    """Where pulled files are kept: torch's own folder for them, so that what torchvision has fetched is there too."""
    return Path(torch.hub.get_dir()) / "checkpoints"


def names(path: Path) -> tuple[str, ...]:
    """What ImageNet's classes are called, from lines "number, name"; their numbers where no such file is."""
    told = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    found = [re.fullmatch(rf"{number}, (.+)", line) for number, line in enumerate(told)]
    if len(found) != IMAGENET or None in found:
        return tuple(f"class {number}" for number in range(IMAGENET))
    return tuple(match[1].replace("_", " ") for match in found)


def open_published(name: str, folder: Path | None = None) -> nn.Module:
    """A pulled network of the catalogue, folded, in evaluation mode; ValueError in one sentence if it is not there.

    Its weights load by the names and shapes with which they were published.
    """
    published, folder = CATALOGUE[name], folder or cache()
    path, again = folder / published.file, f"fetch it with: neocog networks pull {name}"
    if not path.is_file():
        raise ValueError(f"wanted the weights of {name}, found no file {path}; {again}")
    network = published.build(names(folder / NAMES.rpartition("/")[2])) if published.kind == "features" else (
        published.build())
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        network.load_state_dict(content.get("model", content))
    except Exception as error:  # whatever a file that is no checkpoint makes of the unpickler
        raise ValueError(f"wanted the weights of {name} in {path}, found something else ({type(error).__name__}); "
                         f"delete it and {again}") from None
    return fold(network)
