"""Do published networks compute here what they should? python -m models.training.verify_published [--yolox FILE]

FILE is YOLOX-Nano in ONNX, with its batch norms folded: its kernels are put into our network in the order in which
they are called, and both see the same noise; it needs onnx and onnxruntime. Where torchvision is installed, its
AlexNet, VGG-16, ResNet-18 and ResNet-50 with random weights are compared as well: names, shapes and answers.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch

from models.alexnet import alexnet, vgg16
from models.resnet import fold, resnet18, resnet50
from models.training.teacher import read_yolox

CLASSIFIERS = {"alexnet": alexnet, "vgg16": vgg16, "resnet18": resnet18, "resnet50": resnet50}


def furthest(one: torch.Tensor, other: torch.Tensor) -> float:
    """The largest difference, as a share of the largest number."""
    return ((one - other).abs().max() / other.abs().max()).item()


@torch.inference_mode()
def yolox(path: Path) -> float:
    """How far our YOLOX-Nano is from the one in the file, on noise."""
    import onnxruntime

    network = read_yolox(path)
    session = onnxruntime.InferenceSession(path)
    picture = np.random.default_rng(0).random((1, 3, network.size, network.size), np.float32)
    out = torch.from_numpy(session.run(None, {session.get_inputs()[0].name: 255 * picture[:, ::-1]})[0])
    raw = network.head(network.backbone(255 * torch.from_numpy(picture).flip(1)))
    raw[..., 4:] = raw[..., 4:].sigmoid()
    return furthest(raw, out)


@torch.inference_mode()
def classifier(name: str) -> float:
    """How far ours is from torchvision's, with the same random weights, on noise."""
    import torchvision

    torch.manual_seed(0)
    theirs = getattr(torchvision.models, name)(weights=None).eval()
    state = theirs.state_dict()
    for key, tensor in state.items():
        if key.endswith("running_var"):
            tensor.uniform_(0.5, 2.0)
        elif key.endswith("running_mean"):
            tensor.normal_(0, 0.1)
    ours = CLASSIFIERS[name](tuple(map(str, range(1000))))
    ours.load_state_dict(state)
    picture = torch.rand(1, 3, 224, 160)
    wanted = theirs(ours.normalise(picture))
    return furthest(fold(ours)(picture)[1], wanted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--yolox", type=Path, help="YOLOX-Nano in ONNX")
    args = parser.parse_args()
    if args.yolox:
        print(f"yolox-nano: {yolox(args.yolox):.1e} from the ONNX file's")
    for name in CLASSIFIERS if find_spec("torchvision") else ():
        print(f"{name}: {classifier(name):.1e} from torchvision's")


if __name__ == "__main__":
    main()
