"""Networks that others trained and published: where their weights are to be had, and how they come into play."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from models.alexnet import alexnet, vgg16
from models.resnet import fold, resnet18, resnet50
from models.squeezenet import SqueezeNet
from models.yolox import yolox_nano, yolox_tiny

IMAGENET = 1000  # classes
NAMES = ("https://raw.githubusercontent.com/pytorch/hub/6bb7ade92447ed6f5569cfc035ed64ef3e4b633b/imagenet_classes.txt")
TORCHVISION = "https://download.pytorch.org/models/"
YOLOX = "https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/"
ZOO = "https://media.githubusercontent.com/media/opencv/opencv_zoo/4.9.0/models/"
COMMUNITY = "https://huggingface.co/onnx-community/"
SHIPPED_AP = 0.12  # of the detector that ships, over 22 classes of 306 photographs of COCO, in the measure of `ap`
AGAIN = "fetch it with: neocog networks pull {}"


@dataclass(frozen=True, slots=True)
class Published:
    """A network to be had: kind is detector or features; sha256 the file's digest, or as much as its makers tell.

    build makes it in torch; without one the file is ONNX, and options are what that does not say (see Exported). ap is
    a detector's average precision on COCO val2017 (overlaps .5 to .95) as its makers tell it. played says whether we
    had its own weights; of the others the address, the digest and the form are known, and nothing else.
    """

    kind: str
    build: Callable[..., nn.Module] | None
    url: str
    sha256: str
    megabytes: int
    licence: str
    about: str
    ap: float = 0.0
    options: str = ""
    name: str = ""  # of the file here, where the address's last word says too little
    played: bool = False

    @property
    def file(self) -> str:
        return self.name or self.url.rpartition("/")[2]


CATALOGUE = {
    "alexnet": Published("features", alexnet, TORCHVISION + "alexnet-owt-7be5be79.pth", "7be5be79", 244,
                         "BSD-3-Clause", "AlexNet, the network of ConvnetViewer"),
    "vgg16": Published("features", vgg16, TORCHVISION + "vgg16-397923af.pth", "397923af", 553,
                       "BSD-3-Clause", "VGG-16, thirteen layers of 3x3"),
    "resnet18": Published("features", resnet18, TORCHVISION + "resnet18-f37072fd.pth", "f37072fd", 47,
                          "BSD-3-Clause", "ResNet-18"),
    "resnet50": Published("features", resnet50, TORCHVISION + "resnet50-0676ba61.pth", "0676ba61", 103,
                          "BSD-3-Clause", "ResNet-50, up to 2048 maps"),
    "squeezenet": Published("features", SqueezeNet, TORCHVISION + "squeezenet1_1-b8a52dc0.pth",
                            "b8a52dc049b60e4b6ab68ad0df457362afab8b6304b2febdc1650a5dab4d7e7b", 5,
                            "BSD-3-Clause", "SqueezeNet 1.1, small and quick"),
    "mobilenet-v2": Published("features", None,
                              ZOO + "image_classification_mobilenet/image_classification_mobilenetv2_2022apr.onnx",
                              "c0c3f76d93fa3fd6580652a45618618a220fced18babf65774ed169de0432ad5", 14,
                              "Apache-2.0", "MobileNet V2"),
    "yolox-nano": Published("detector", yolox_nano, YOLOX + "yolox_nano.pth",
                            "cd28f55fbbc1829f99d9ac9b38a16d259a22889739c8728ea877610201feff7b", 8,
                            "Apache-2.0", "YOLOX-Nano, 80 kinds of things", ap=0.258, played=True),
    "yolox-tiny": Published("detector", yolox_tiny, YOLOX + "yolox_tiny.pth",
                            "9de513de589ac98bb92d3bca53b5af7b9acfa9b0bacb831f7999d0f7afaee8f0", 41,
                            "Apache-2.0", "YOLOX-Tiny, 80 kinds of things", ap=0.328),
    "yolox-s": Published("detector", None, YOLOX + "yolox_s.onnx",
                         "c5c2d13e59ae883e6af3b45daea64af4833a4951c92d116ec270d9ddbe998063", 36,
                         "Apache-2.0", "YOLOX-S, 80 kinds of things", ap=0.405),
    "nanodet": Published("detector", None, ZOO + "object_detection_nanodet/object_detection_nanodet_2022nov.onnx",
                         "4b82da9944b88577175ee23a459dce2e26e6e4be573def65b1055dc2d9720186", 4,
                         "Apache-2.0", "NanoDet, 80 kinds of things", ap=0.304),
    "d-fine-n": Published("detector", None,
                          COMMUNITY + "dfine_n_coco-ONNX/resolve/380d2839c327efaf65dd0fe0c2c10ab7fadd5473/"
                          "onnx/model.onnx",
                          "0f684f409618ee8a822410e754a29caa817d1aa16283ce89cad936d0a48e2f35", 16,
                          "Apache-2.0", "D-FINE-N, 80 kinds of things", ap=0.428, options="size=640x640",
                          name="dfine_n_coco.onnx"),
    "rt-detr-r18": Published("detector", None, COMMUNITY + "rtdetr_r18vd/resolve/main/onnx/model.onnx",
                             "11843b02455cc24009aed24d4c40db721b1093be5ccd6bbe7b9c441abb1d0558", 83,
                             "Apache-2.0", "RT-DETR R18, 80 kinds of things", ap=0.465, options="size=640x640",
                             name="rtdetr_r18vd.onnx"),
}


def cache() -> Path:
    """Where pulled files are kept: torch's own folder for them, so that what torchvision has fetched is there too."""
    return Path(torch.hub.get_dir()) / "checkpoints"


def names() -> tuple[str, ...]:
    """What ImageNet's classes are called, by the lines "number, name" that were pulled; without them their numbers."""
    path = cache() / NAMES.rpartition("/")[2]
    told = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    found = [re.fullmatch(rf"{number}, (.+)", line) for number, line in enumerate(told)]
    if len(found) != IMAGENET or None in found:
        return tuple(f"class {number}" for number in range(IMAGENET))
    return tuple(match[1].replace("_", " ") for match in found)


def pulled(name: str) -> Path:
    """The file of a network of the catalogue; ValueError in one sentence if it is not there."""
    path = cache() / CATALOGUE[name].file
    if not path.is_file():
        raise ValueError(f"wanted the weights of {name}, found no file {path}; {AGAIN.format(name)}")
    return path


def open_published(name: str) -> nn.Module:
    """A pulled network of the catalogue that torch builds, folded, in evaluation mode; ValueError if that fails.

    Its weights load by the names and shapes with which they were published.
    """
    published, path = CATALOGUE[name], pulled(name)
    network = published.build(names()) if published.kind == "features" else (
        published.build())
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        network.load_state_dict(content.get("model", content))
    except Exception as error:  # whatever a file that is no checkpoint makes of the unpickler
        raise ValueError(f"wanted the weights of {name} in {path}, found something else ({type(error).__name__}); "
                         f"delete it and {AGAIN.format(name)}") from None
    return fold(network)
