"""Trains the feature network on Tiny-ImageNet: python -m models.training.features --data DIR --out DIR

Pictures start at 64 px and grow towards the end, so that the layers have seen more than one scale. Run again after
an interruption, it goes on from the last checkpoint; the averaged weights are written as features.safetensors.
"""

import argparse
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from models import save
from models.features import Features
from models.training.common import Average, groups, one_cycle, read_classes, read_pictures, save_checkpoint

SIZES = ((0.45, (64,)), (0.80, (64, 96)), (0.93, (96, 112)), (1.0, (64, 96, 128, 160)))  # until progress: sizes


def augment(pictures: Tensor, size: int) -> Tensor:
    """Random crops resized to size, mirrored, with other brightness, contrast and colour: uint8 in, 0..1 out."""
    count = len(pictures)
    x = pictures.float().div_(255)
    area = torch.empty(count).uniform_(0.25, 1.0).sqrt()
    ratio = torch.empty(count).uniform_(-0.28, 0.28).exp()
    wide, high = (area * ratio).clamp(max=1), (area / ratio).clamp(max=1)
    matrix = torch.zeros(count, 2, 3)
    matrix[:, 0, 0] = wide * (torch.randint(0, 2, (count,)) * 2 - 1)
    matrix[:, 1, 1] = high
    matrix[:, 0, 2] = (1 - wide) * torch.empty(count).uniform_(-1, 1)
    matrix[:, 1, 2] = (1 - high) * torch.empty(count).uniform_(-1, 1)
    grid = F.affine_grid(matrix, [count, 3, size, size], align_corners=False)
    x = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    gain = torch.empty(count, 3, 1, 1).uniform_(0.9, 1.1) * torch.empty(count, 1, 1, 1).uniform_(0.6, 1.4)
    grey = x.mean(dim=1, keepdim=True)
    x = torch.lerp(grey, x, torch.empty(count, 1, 1, 1).uniform_(0.4, 1.5))
    middle = x.mean(dim=(1, 2, 3), keepdim=True)
    x = torch.lerp(middle, x, torch.empty(count, 1, 1, 1).uniform_(0.7, 1.3)) * gain
    return x.clamp_(0, 1).contiguous(memory_format=torch.channels_last)


def cut_and_mix(x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, float]:
    """Paste a rectangle of every picture's neighbour into it (CutMix, Yun et al. 2019): x, other labels, share kept."""
    size, other = x.shape[-1], torch.randperm(len(x))
    side = int(size * torch.empty(1).uniform_(0.2, 0.7))
    top, left = (int(torch.randint(0, size - side + 1, (1,))) for _ in range(2))
    x[:, :, top:top + side, left:left + side] = x[other, :, top:top + side, left:left + side]
    return x, labels[other], 1 - side * side / size / size


@torch.inference_mode()
def guesses(network: Features, pictures: Tensor, size: int) -> Tensor:
    """What the network makes of pictures (N, 3, H, W) uint8 at a size: logits (N, K)."""
    said, device = [], next(network.parameters()).device
    for some in pictures.split(250):
        x = F.interpolate(some.to(device).float() / 255, (size, size), mode="bilinear", antialias=True)
        with torch.autocast(device.type, torch.bfloat16):
            said.append(network(x.contiguous(memory_format=torch.channels_last))[1].float().cpu())
    return torch.cat(said)


def accuracy(network: Features, pictures: Tensor, labels: Tensor, size: int) -> tuple[float, float]:
    """Shares of pictures whose class is the first guess, and among the first five."""
    right = guesses(network, pictures, size).topk(min(5, len(network.classes))).indices == labels[:, None]
    return right[:, 0].float().mean().item(), right.any(dim=1).float().mean().item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="Tiny-ImageNet: train/, val/, classes.tsv")
    parser.add_argument("--out", type=Path, required=True, help="where checkpoint and weights go")
    parser.add_argument("--epochs", type=int, default=33)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=0.2)
    args = parser.parse_args()
    torch.manual_seed(1)
    folders, names = read_classes(args.data)
    pictures, labels = read_pictures(args.data, "train", folders)
    val_pictures, val_labels = read_pictures(args.data, "val", folders)
    network = Features(tuple(names)).to(memory_format=torch.channels_last)
    average = Average(network, 0.999)
    optimiser = torch.optim.SGD(groups(network, 5e-4), lr=args.rate, momentum=0.9, nesterov=True)
    first, checkpoint = 0, args.out / "features.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        average.network.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        first, average.steps = state["epoch"], state["steps"]
    per_epoch = len(pictures) // args.batch
    for epoch in range(first, args.epochs):
        sizes = next(sizes for until, sizes in SIZES if (epoch + 0.5) / args.epochs < until)
        order, total = torch.randperm(len(pictures)), 0.0
        bar = tqdm(range(per_epoch), desc=f"epoch {epoch} at {sizes}", mininterval=10)
        for step in bar:
            pick = order[step * args.batch:(step + 1) * args.batch]
            size = sizes[int(torch.randint(0, len(sizes), (1,)))]
            x, truth = augment(pictures[pick], size), labels[pick]
            other, share = truth, 1.0
            if torch.rand(1) < 0.5:
                x, other, share = cut_and_mix(x, truth)
            for group in optimiser.param_groups:
                group["lr"] = args.rate * one_cycle((epoch + step / per_epoch) / args.epochs)
            with torch.autocast("cpu", torch.bfloat16):
                logits = network(x)[1].float()
            loss = share * F.cross_entropy(logits, truth, label_smoothing=0.1)
            loss = loss + (1 - share) * F.cross_entropy(logits, other, label_smoothing=0.1)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            average.update(network)
            total += loss.item()
            bar.set_postfix(loss=f"{total / (step + 1):.3f}")
        top1, top5 = accuracy(average.network, val_pictures, val_labels, 96)
        tqdm.write(f"epoch {epoch}: loss {total / per_epoch:.3f}, top-1 {top1:.4f}, top-5 {top5:.4f} at 96 px")
        save_checkpoint(checkpoint, network=network.state_dict(), average=average.network.state_dict(),
                        optimiser=optimiser.state_dict(), epoch=epoch + 1, steps=average.steps)
        save(average.network, args.out / "features.safetensors", {"top-1": round(top1, 4), "top-5": round(top5, 4)})


if __name__ == "__main__":
    main()
