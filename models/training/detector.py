"""Trains the detector: torchrun --nproc-per-node 2 -m models.training.detector --shards DIR --yolox FILE --out DIR

It goes on from the shipped weights. YOLOX-Nano (--yolox, ONNX) looks at every picture that is made, at the same size,
and what it says at each place is the lesson, together with the boxes that people drew; its maps are a lesson too
(hints, Romero et al. 2015). The pupil sees the picture in worse light than its teacher, and now and then turned. Small
pictures first, large ones at the end. Run again after an interruption, it goes on from the last checkpoint, with what
the shards hold then; the averaged weights are written as detector.safetensors.
"""

import argparse
import os
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from models import load, save
from models.detector import STRIDES, Detector
from models.training.common import Average, groups, one_cycle, save_checkpoint
from models.training.distillation import loss
from models.training.photographs import CLASSES
from models.training.scenes import Scenes
from models.training.shards import COMPLETE, HELD_OUT, read_shards, value, weigh
from models.training.teacher import Teacher
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


class Hints(nn.Module):
    """How far the pupil's maps are from telling the teacher's, each through one 1x1 convolution."""

    def __init__(self, widths: tuple[int, ...], theirs: tuple[int, ...]):
        super().__init__()
        self.read = nn.ModuleList(nn.Conv2d(*each, 1) for each in zip(widths, theirs, strict=True))
        for index, width in enumerate(theirs):
            self.register_buffer(f"mean{index}", torch.zeros(width))
            self.register_buffer(f"spread{index}", torch.zeros(width))
        self.known = False

    def forward(self, maps: list[Tensor], theirs: list[Tensor]) -> Tensor:
        total = 0.0
        for index, (read, x, wanted) in enumerate(zip(self.read, maps, theirs, strict=True)):
            wanted, mean, spread = wanted.float(), getattr(self, f"mean{index}"), getattr(self, f"spread{index}")
            if not self.known and not spread.any():
                mean.copy_(wanted.mean(dim=(0, 2, 3)))
                spread.copy_(wanted.std(dim=(0, 2, 3)) + 1e-3)
            wanted = (wanted - mean[:, None, None]) / spread[:, None, None]
            total = total + F.smooth_l1_loss(read(x).float(), wanted.clamp(-5, 5))
        self.known = True
        return total / len(self.read)


def turn_back(turns: int, size: int, maps: list[Tensor], corners: Tensor, logits: Tensor
              ) -> tuple[list[Tensor], Tensor, Tensor]:
    """What was seen in a square picture turned so many quarters to the left, as it lies in the picture before that."""
    if not turns:
        return maps, corners, logits
    turned, parts = [each.rot90(-turns, (2, 3)) for each in maps], []
    for _ in range(-turns % 4):
        left, top, right, bottom = corners.unbind(dim=2)
        corners = torch.stack((top, size - right, bottom, size - left), dim=2)
    both = torch.cat((corners, logits), dim=2)
    for part in both.split([(size // stride) ** 2 for stride in STRIDES], dim=1):
        side = int(part.shape[1] ** 0.5)
        parts.append(part.unflatten(1, (side, side)).rot90(-turns, (1, 2)).flatten(1, 2))
    corners, logits = torch.cat(parts, dim=1).split((4, logits.shape[2]), dim=2)
    return turned, corners, logits


def average_gradients(modules: tuple[nn.Module, ...], progress: float) -> float:
    """Average gradients and progress over the processes, if torchrun started several (one a core is fastest)."""
    if not dist.is_initialized():
        return progress
    gradients = [parameter.grad for module in modules for parameter in module.parameters()]
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
    parser.add_argument("--yolox", type=Path, required=True, help="YOLOX-Nano in ONNX")
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
    teacher, values = Teacher(args.yolox, device), torch.from_numpy(value(samples)).float().to(device)
    complete = torch.zeros(len(scenes.pools), len(CLASSES), dtype=torch.bool)
    for number, pool in enumerate(scenes.pools):
        complete[number, list(COMPLETE.get(pool, ()))] = True
    complete = complete.to(device)
    network = Detector(CLASSES, depths=DEPTHS) if checkpoint.exists() else begin(scenes)
    widths, neck = network.plan["widths"][2:], network.plan["neck"]
    network = network.to(device, memory_format=torch.channels_last)
    hints = Hints((*widths, neck, neck, neck), teacher.widths).to(device)
    optimiser = torch.optim.AdamW([*groups(network, 0.03), *groups(hints, 0)], lr=args.rate)
    average, spent = Average(network, 0.998), 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint, device, weights_only=True)
        network.load_state_dict(state["network"])
        hints.load_state_dict(state["hints"])
        optimiser.load_state_dict(state["optimiser"])
        average, spent = Average(network, 0.998, state["steps"]), state["spent"]
        average.network.load_state_dict(state["average"])
    network.train()
    random, smooth = np.random.default_rng(2 * average.steps + rank), np.zeros(2)
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
        scores, boxes, theirs = teacher(clean.contiguous(memory_format=torch.channels_last))
        x = worse.rot90(turn, (2, 3)).contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16):
            maps = network.maps(x)
            corners, logits = network.read(maps[3:], size, size)
        maps, corners, logits = turn_back(turn, size, list(maps), corners, logits)
        with torch.autocast(device.type, torch.bfloat16):
            far = hints(maps, theirs)
        wrong = loss((corners, logits), (scores, boxes), rows, regions, complete, values, size, size)
        optimiser.zero_grad()
        (wrong + 4 * (1 - progress) * far).backward()
        now = time.monotonic()
        progress = average_gradients((network, hints), (spent + (now - started) / 60) / args.minutes)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
        optimiser.step()
        average.update(network)
        bar.update()
        if average.steps % TOLD == 0:  # seldom: to read a number of a device is to wait for it
            losses = np.array((wrong.item(), far.item()))
            smooth = losses if not smooth.any() else 0.9 * smooth + 0.1 * losses
            bar.set_postfix_str(f"loss {smooth[0]:.3f}, hints {smooth[1]:.3f}, {progress:.1%}", refresh=False)
        if rank == 0 and (now - told > often(240, args.minutes) or progress >= 1):
            save_checkpoint(checkpoint, network=network.state_dict(), average=average.network.state_dict(),
                            hints=hints.state_dict(), optimiser=optimiser.state_dict(),
                            spent=progress * args.minutes, steps=average.steps)
            save(average.network.cpu(), args.out / "detector.safetensors", {})
            average.network.to(device)
            tqdm.write(f"{progress:.1%}, step {average.steps}: loss {smooth[0]:.3f}, hints {smooth[1]:.3f}")
            told = now


if __name__ == "__main__":
    main()
