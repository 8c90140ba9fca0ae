"""Trains the detector: python -m models.training.detector --shards DIR --nanodet FILE --out DIR

It goes on from the shipped weights. A public detector (--nanodet) looks at every picture that is made, at the same
size, and what it says at each place is the lesson, together with the boxes that people drew and those that it found in
the photographs themselves (models.training.label). The pupil sees the picture in worse light than its teacher, and now
and then turned. Small pictures first, large ones at the end. With CUDA all photographs lie in the device's memory. Run
again after an interruption, it goes on from the last checkpoint, with what the shards hold then; the averaged weights
are written as detector.safetensors.
"""

import argparse
import os
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from tqdm import tqdm

from models import load, save
from models.detector import STRIDES, Detector
from models.training.common import Average, groups, one_cycle, save_checkpoint
from models.training.distillation import loss
from models.training.nanodet import NanoDet
from models.training.photographs import CLASSES
from models.training.scenes import Scenes
from models.training.shards import COMPLETE, HELD_OUT, read_shards, value, weigh
from models.training.teacher import SHARED
from models.training.trainer import often
from models.training.unfold import unfold

SIZES = ((0.4, (192, 224, 256)), (0.75, (224, 256, 288, 320)), (1.0, (288, 320, 352)))  # until this share of the time
TURNED = 0.06  # how often a batch is turned
TOLD = 10  # steps from one look at the losses to the next
DEPTHS = (1, 1, 2, 3, 3)


def grown(network: Detector, depths: tuple[int, ...] = DEPTHS) -> Detector:
    """A folded copy with as many blocks a stage; new ones pass on what they get (Chen et al. 2016, Net2Net)."""
    other = Detector(**{**network.plan, "depths": depths}, folded=True)
    mine = network.state_dict()
    for key, tensor in other.state_dict().items():
        if key in mine:
            tensor.copy_(mine[key])
        elif key.endswith("weight"):
            nn.init.dirac_(tensor)
        else:
            tensor.zero_()
    return other


def turn_back(turns: int, size: int, corners: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    """What was seen in a square picture turned so many quarters to the left, as it lies in the picture before that."""
    if not turns:
        return corners, logits
    parts = []
    for _ in range(-turns % 4):
        left, top, right, bottom = corners.unbind(dim=2)
        corners = torch.stack((top, size - right, bottom, size - left), dim=2)
    both = torch.cat((corners, logits), dim=2)
    for part in both.split([(size // stride) ** 2 for stride in STRIDES], dim=1):
        side = int(part.shape[1] ** 0.5)
        parts.append(part.unflatten(1, (side, side)).rot90(-turns, (1, 2)).flatten(1, 2))
    return torch.cat(parts, dim=1).split((4, logits.shape[2]), dim=2)


def average_gradients(network: nn.Module, progress: float) -> float:
    """Average gradients and progress over the processes, if torchrun started several (one a core is fastest)."""
    if not dist.is_initialized():
        return progress
    gradients = [parameter.grad for parameter in network.parameters()]
    flat = torch.cat([gradient.flatten() for gradient in gradients] + [torch.tensor([progress])])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    for gradient, part in zip(gradients, flat[:-1].split([each.numel() for each in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))
    return flat[-1].item()


def begin(scenes: Scenes) -> Detector:
    """The shipped network, deeper and with batch norms."""
    random = np.random.default_rng(0)
    return unfold(grown(load("detector")), (scenes(random, 16, 256, True)[1].cpu() for _ in range(8)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=Path, required=True, help="what models.training.gather wrote")
    parser.add_argument("--nanodet", type=Path, required=True, help="NanoDet-Plus, the .xml beside its .bin")
    parser.add_argument("--out", type=Path, required=True, help="where checkpoint and weights go")
    parser.add_argument("--minutes", type=float, default=100, help="how long to train in all")
    parser.add_argument("--batch", type=int, default=8, help="pictures a step and process")
    parser.add_argument("--rate", type=float, default=1e-3)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    rank, checkpoint = int(os.environ.get("RANK", "0")), args.out / "detector.pt"
    if "RANK" in os.environ:
        dist.init_process_group("gloo")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.manual_seed(1 + rank)
    samples = [sample for sample in read_shards(args.shards) if sample.pool not in HELD_OUT]
    scenes = Scenes(samples, weigh(samples), device, at_once=device.type == "cuda")
    teacher, values = NanoDet(args.nanodet, device), torch.from_numpy(value(samples)).float().to(device)
    complete = torch.tensor([[name in SHARED or label in COMPLETE.get(pool, ()) for label, name in enumerate(CLASSES)]
                             for pool in scenes.pools], device=device)
    network = Detector(CLASSES, depths=DEPTHS) if checkpoint.exists() else begin(scenes)
    network = network.to(device, memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(groups(network, 0.03), lr=args.rate)
    average, spent = Average(network, 0.998), 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint, "cpu", weights_only=True)  # all goes where it is wanted by itself
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        average, spent = Average(network, 0.998, state["steps"]), state["spent"]
        average.network.load_state_dict(state["average"])
    network.train()
    random, smooth = np.random.default_rng(2 * average.steps + rank), 0.0
    bar = tqdm(mininterval=20, unit="step", initial=average.steps, disable=rank > 0)
    progress, started = spent / args.minutes, time.monotonic()
    told = started
    while progress < 1:
        sizes = next(sizes for until, sizes in SIZES if progress <= until or until == 1)
        size, mosaic = int(random.choice(sizes)), random.random() < (0.6 if progress < 0.8 else 0.3)
        turn = int(random.integers(1, 4)) if random.random() < TURNED else 0
        for group in optimiser.param_groups:
            group["lr"] = args.rate * one_cycle(progress, 0.02)
        clean, worse, rows, regions = scenes(random, args.batch, size, mosaic)
        scores, boxes = teacher(clean)
        x = worse.rot90(turn, (2, 3)).contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16):
            corners, logits = network.predict(x)
        corners, logits = turn_back(turn, size, corners, logits)
        said = scores[:, :logits.shape[1]], boxes[:, :logits.shape[1]]  # its fourth scale has no place in ours
        wrong = loss((corners, logits), said, rows, regions, complete, values, size, size)
        optimiser.zero_grad()
        wrong.backward()
        now = time.monotonic()
        progress = average_gradients(network, (spent + (now - started) / 60) / args.minutes)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
        optimiser.step()
        average.update(network)
        bar.update()
        if average.steps % TOLD == 0:  # seldom: to read a number of a device is to wait for it
            smooth = 0.9 * smooth + 0.1 * wrong.item() if smooth else wrong.item()
            bar.set_postfix_str(f"loss {smooth:.3f}, {progress:.1%}", refresh=False)
        if rank == 0 and (now - told > often(240, args.minutes) or progress >= 1):
            save_checkpoint(checkpoint, network=network.state_dict(), average=average.network.state_dict(),
                            optimiser=optimiser.state_dict(), spent=progress * args.minutes, steps=average.steps)
            save(average.network, args.out / "detector.safetensors", {})
            tqdm.write(f"{progress:.1%}, step {average.steps}: loss {smooth:.3f}")
            told = now


if __name__ == "__main__":
    main()
