"""Trains an ordinary network and a convnet on CIFAR-10: python -m models.training.cifar --data FILE --out DIR

FILE is a tar of train/<class>/*.jpg and test/<class>/*.jpg, 32 px. Run again after an interruption it goes on. --test
DIR tells the accuracy of the two in a folder.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models import cifar_pictures
from models.cifar import KINDS, SIDE, ConvNet, Ordinary
from models.disk import load, save
from models.training.common import groups
from models.training.trainer import Figures, Trainer

NETWORKS = {"cifar-ordinary": (Ordinary, 1e-3), "cifar-convnet": (ConvNet, 4e-3)}  # and the rate each learns at
BATCH, SHIFT, HOLE = 96, 4, 10  # pictures; pixels
UNIT = "of the pictures held out named rightly"


def read(file: Path, part: str) -> tuple[Tensor, Tensor]:
    """Pictures (N, 3, 32, 32) uint8 RGB and labels of the part "train" or "test", class after class."""
    found = cifar_pictures.read(file, part)
    pictures = [cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)
                for kind in KINDS for content in found[kind]]
    labels = torch.tensor([len(found[kind]) for kind in KINDS])
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2), torch.arange(10).repeat_interleave(labels)


def changed(pictures: Tensor) -> Tensor:
    """Pictures moved by a few pixels, mirrored, of other brightness and contrast, with a hole: uint8 in, 0..1 out."""
    x, count, along = F.pad(pictures.float() / 255, (SHIFT,) * 4, mode="reflect"), len(pictures), torch.arange(SIDE)
    down, right = (torch.randint(2 * SHIFT + 1, (count, 1)) + along for _ in range(2))
    right = torch.where(torch.rand(count, 1) < 0.5, right, right.flip(1))
    x = x[torch.arange(count)[:, None, None], :, down[:, :, None], right[:, None]].permute(0, 3, 1, 2)
    middle, each = x.mean((1, 2, 3), keepdim=True), (count, 1, 1, 1)
    x = middle + (x - middle) * torch.empty(each).uniform_(0.7, 1.3) + torch.empty(each).uniform_(-0.1, 0.1)
    rows, columns = ((along - torch.randint(SIDE, (count, 1))).abs() < HOLE // 2 for _ in range(2))
    hole = (rows[:, :, None] & columns[:, None])[:, None]
    return torch.where(hole, middle, x).clamp_(0, 1).contiguous(memory_format=torch.channels_last)


@torch.inference_mode()
def guesses(network: nn.Module, pictures: Tensor) -> Tensor:
    """What a network takes each picture for, (N,) uint8."""
    device = next(network.parameters()).device
    said = [network(some.to(device).float() / 255)[1].argmax(1) for some in pictures.split(250)]
    return torch.cat(said).to(torch.uint8).cpu()


def train(name: str, learned: tuple[Tensor, Tensor], held: tuple[Tensor, Tensor], out: Path, minutes: float) -> None:
    """Train one of NETWORKS; writes its weights and a checkpoint into a folder. held has as many of each class."""
    torch.manual_seed(1)
    kind, rate = NETWORKS[name]
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = kind(held=len(held[1]) // len(KINDS)).to(device, memory_format=torch.channels_last)
    pictures, labels = learned
    trainer = Trainer(network, torch.optim.AdamW(groups(network, 0.05), rate), out / f"{name}.pt")
    torch.manual_seed(trainer.average.steps)

    def cost(progress: float) -> Tensor:
        some = torch.randint(len(labels), (BATCH,))
        x = changed(pictures[some]).to(device)
        with torch.autocast(device.type, torch.bfloat16):
            logits = network(x)[1].float()
        return F.cross_entropy(logits, labels[some].to(device), label_smoothing=0.1)

    def right(average: nn.Module) -> float:
        found = guesses(average, held[0])
        average.taken.copy_(found.view(len(KINDS), -1))
        return (found == held[1]).float().mean().item()

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
    learned, held = (read(args.data, part) for part in ("train", "test"))
    for name in NETWORKS if args.only is None else (args.only,):
        if args.out:
            train(name, learned, held, args.out, args.minutes)
        if args.test:
            right = (guesses(load(name, args.test), held[0]) == held[1]).float().mean()
            print(f"{name}: {right:.3f} {UNIT}")


if __name__ == "__main__":
    main()
