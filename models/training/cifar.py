"""Trains an ordinary network and a convnet on CIFAR-10: python -m models.training.cifar --data FILE --out DIR

FILE is a tar of train/<class>/*.jpg and test/<class>/*.jpg, 32 px. Run again after an interruption it goes on. --test
DIR tells the accuracy of the two in a folder.
"""

import argparse
import tarfile
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.cifar import KINDS, ConvNet, Ordinary
from models.disk import load, save
from models.training.common import groups
from models.training.trainer import Figures, Trainer

NETWORKS = {"cifar-ordinary": (Ordinary, 1e-3), "cifar-convnet": (ConvNet, 6e-3)}  # and the rate each learns at
BATCH, SHIFT = 48, 3
UNIT = "of the pictures held out named rightly"


def read(file: Path) -> dict[str, tuple[Tensor, Tensor]]:
    """Pictures (N, 3, 32, 32) uint8 RGB and labels of the parts "train" and "test"."""
    found: dict[str, tuple[list, list]] = {"train": ([], []), "test": ([], [])}
    with tarfile.open(file) as tar:
        for member in tar:
            path = PurePosixPath(member.name)
            if member.isfile() and path.suffix == ".jpg":
                pictures, labels = found[path.parts[-3]]
                content = np.frombuffer(tar.extractfile(member).read(), np.uint8)
                pictures.append(cv2.imdecode(content, cv2.IMREAD_COLOR_RGB))
                labels.append(KINDS.index(path.parts[-2]))
    return {part: (torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2), torch.tensor(labels))
            for part, (pictures, labels) in found.items()}


def changed(pictures: Tensor) -> Tensor:
    """Pictures moved by a few pixels, mirrored, of other brightness and contrast: uint8 in, 0..1 out."""
    x = F.pad(pictures.float() / 255, (SHIFT,) * 4, mode="reflect")
    down, right = torch.randint(2 * SHIFT + 1, (2,)).tolist()
    x = x[:, :, down : down + 32, right : right + 32]
    x = torch.where(torch.rand(len(x), 1, 1, 1) < 0.5, x, x.flip(3))
    middle, count = x.mean((1, 2, 3), keepdim=True), (len(x), 1, 1, 1)
    x = middle + (x - middle) * torch.empty(count).uniform_(0.7, 1.3) + torch.empty(count).uniform_(-0.1, 0.1)
    return x.clamp_(0, 1).contiguous(memory_format=torch.channels_last)


@torch.inference_mode()
def confusion(network: nn.Module, pictures: Tensor, labels: Tensor) -> Tensor:
    """How many pictures of each kind (rows) were taken for each (columns): (10, 10)."""
    guesses = torch.cat([network(some.float() / 255)[1].argmax(1) for some in pictures.split(250)])
    return torch.bincount(labels * 10 + guesses, minlength=100).view(10, 10).float()


def train(name: str, data: dict[str, tuple[Tensor, Tensor]], out: Path, minutes: float) -> None:
    """Train one of NETWORKS; writes its weights and a checkpoint into a folder."""
    torch.manual_seed(1)
    kind, rate = NETWORKS[name]
    network = kind().to(memory_format=torch.channels_last)
    (pictures, labels), held = data["train"], data["test"]
    trainer = Trainer(network, torch.optim.AdamW(groups(network, 0.02), rate), out / f"{name}.pt", 0.99)
    torch.manual_seed(trainer.average.steps)

    def cost(progress: float) -> Tensor:
        some = torch.randint(len(labels), (BATCH,))
        x = changed(pictures[some])
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(x)[1].float()
        return F.cross_entropy(logits, labels[some], label_smoothing=0.1)

    def right(average: nn.Module) -> float:
        average.confusion.copy_(confusion(average, *held))
        return (average.confusion.trace() / average.confusion.sum()).item()

    def report(average: nn.Module, figures: Figures) -> None:
        save(average, out / f"{name}.safetensors", {"accuracy": round(figures[-1][1], 4)})

    trainer.run(minutes, cost, right, UNIT, 240, report)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("shared/data/cifar10.tar.gz"))
    parser.add_argument("--out", type=Path, help="where checkpoints and weights go")
    parser.add_argument("--test", type=Path, help="a folder of networks whose accuracy is told")
    parser.add_argument("--only", choices=NETWORKS, help="one of the two")
    parser.add_argument("--minutes", type=float, default=15, help="for each of the two")
    args = parser.parse_args()
    data = read(args.data)
    for name in NETWORKS if args.only is None else (args.only,):
        if args.out:
            train(name, data, args.out, args.minutes)
        if args.test:
            counts = confusion(load(name, args.test), *data["test"])
            print(f"{name}: {counts.trace() / counts.sum():.3f} {UNIT}")


if __name__ == "__main__":
    main()
