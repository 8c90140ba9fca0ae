"""Trains the detector: python -m models.training.detector --data DIR --tiles DIR --out DIR [--tutor FILE]

It goes on from the shipped weights, or begins with the stages of a feature network (--stages features.pt). Pictures are
mosaics of four photographs and tiles, the last fifth of the time single photographs; a YOLOX network in ONNX (--tutor)
may look at them too. Run again after an interruption, it goes on from the last checkpoint; the averaged weights are
written as detector.safetensors.
"""

import argparse
import os
import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor
from tqdm import tqdm

from models import load, save
from models.detector import Detector
from models.training.assign import loss
from models.training.common import Average, groups, one_cycle, save_checkpoint
from models.training.compose import Composer, favour
from models.training.judge import judge, letterbox, mean, suppress
from models.training.photographs import CLASSES, held_out, read_photographs, read_tiles
from models.training.tutor import Yolox, tutor
from models.training.unfold import unfold

SIZES = ((224, 256, 288), (256, 288, 320, 352))  # early and late


@torch.inference_mode()
def find(network: Detector, pixels: np.ndarray, least: float = 0.03) -> np.ndarray:
    """What the network finds, as judge() wants it: rows (left, top, right, bottom, class, score) in pixels."""
    boxed, scale = letterbox(pixels, network.size)
    x = torch.from_numpy(boxed).permute(2, 0, 1)[None].float() / 255
    x = x.to(next(network.parameters()).device, memory_format=torch.channels_last)
    with torch.autocast(x.device.type, torch.bfloat16):
        boxes, scores = (out[0].cpu() for out in network(x))
    place, label = (scores > least).nonzero(as_tuple=True)
    cx, cy, w, h = boxes[place].T / scale
    rows = torch.stack((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, label, scores[place, label]), dim=1)
    return suppress(rows.numpy())


def batches(composer: Composer, batch: int, progress: list[float], seed: int, ready: queue.Queue,
            look: Callable[[np.ndarray], tuple[Tensor, Tensor]] | None = None) -> None:
    """Fill the queue with batches (x uint8, rows) for ever; progress[0] says how far training is.

    With a look at each picture, that of a tutor, batches are (x, rows, what it saw).
    """
    random = np.random.default_rng(seed)
    while True:
        size = int(random.choice(SIZES[progress[0] > 0.7]))
        mosaic = 0.65 if progress[0] < 0.8 else 0.0
        made = [composer(random, size, random.random() < mosaic) for _ in range(batch)]
        x = torch.from_numpy(np.stack([pixels for pixels, _ in made])).permute(0, 3, 1, 2)
        seen = [[look(pixels) for pixels, _ in made]] if look else []
        ready.put((x, [torch.from_numpy(rows) for _, rows in made], *seen))


def agree(network: Detector, progress: float) -> float:
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


def report(network: Detector, pictures: list) -> dict[str, float]:
    """Figures for the header and the log."""
    finds = [find(network, picture.pixels) for picture in pictures]
    everything, people = (judge(finds, pictures, each) for each in (False, True))
    tqdm.write("  ".join(f"{name} {score:.2f} ({count})" for name, (score, count) in everything.items()))
    tqdm.write("people's: " + "  ".join(f"{name} {score:.2f} ({count})" for name, (score, count) in people.items()))
    return {"mean AP50": round(mean(everything), 4), "person AP50": round(people["person"][0], 4),
            "hand AP50": round(people["hand"][0], 4)}


def begin(checkpoint: Path, stages: Path | None, rate: float, composer: Composer
          ) -> tuple[Detector, Average, torch.optim.Optimizer, float]:
    """Network, average, optimiser and minutes spent: from the checkpoint, a feature network's stages, or what ships."""
    if stages or checkpoint.exists():
        network = Detector(CLASSES)
    else:
        random = np.random.default_rng(0)
        pictures = (np.stack([composer(random, 288, True)[0] for _ in range(16)]) for _ in range(16))
        network = unfold(load("detector"), (torch.from_numpy(each).permute(0, 3, 1, 2) / 255 for each in pictures))
    if stages and not checkpoint.exists():
        network.load_state_dict(torch.load(stages)["average"], strict=False)
    network, spent = network.to(memory_format=torch.channels_last), 0.0
    optimiser, average = torch.optim.AdamW(groups(network, 0.03), lr=rate), Average(network, 0.998)
    if checkpoint.exists():
        state = torch.load(checkpoint)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        average, spent = Average(network, 0.998, state["steps"]), state["spent"]
        average.network.load_state_dict(state["average"])
    return network, average, optimiser, spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="photographs in YOLO layout: images/, labels/")
    parser.add_argument("--tiles", type=Path, required=True, help="Tiny-ImageNet: train/ with boxes, classes.tsv")
    parser.add_argument("--stages", type=Path, help="checkpoint of a feature network to start from")
    parser.add_argument("--tutor", type=Path, help="a YOLOX network in ONNX that looks at the same pictures")
    parser.add_argument("--out", type=Path, required=True, help="where checkpoint and weights go")
    parser.add_argument("--minutes", type=float, default=60, help="how long to train in all")
    parser.add_argument("--batch", type=int, default=16, help="pictures a step and process")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    args = parser.parse_args()
    torch.manual_seed(1)
    cv2.setNumThreads(1)
    rank, checkpoint = int(os.environ.get("RANK", 0)), args.out / "detector.pt"
    if "RANK" in os.environ:
        dist.init_process_group("gloo")
    photographs = read_photographs(args.data, 384)
    held = [picture for picture in photographs if held_out(picture.name)]
    known = [picture for picture in photographs if not held_out(picture.name)]
    composer = Composer(known, favour(known), *read_tiles(args.tiles), tutored=args.tutor is not None)
    network, average, optimiser, spent = begin(checkpoint, args.stages, args.rate, composer)
    look = partial(tutor, Yolox(args.tutor)) if args.tutor else None
    progress, ready, seed = [spent / args.minutes], queue.Queue(maxsize=4), 2 * average.steps + rank
    threading.Thread(target=batches, args=(composer, args.batch, progress, seed, ready, look), daemon=True).start()
    started, told, total = time.monotonic(), time.monotonic(), 0.0
    bar = tqdm(mininterval=20, unit="step", initial=average.steps, disable=rank > 0)
    while progress[0] < 1:
        x, rows, *seen = ready.get()
        for group in optimiser.param_groups:
            group["lr"] = args.rate * one_cycle(progress[0], 0.03)
        x = x.to(memory_format=torch.channels_last).float().div_(255)
        with torch.autocast("cpu", torch.bfloat16):
            corners, logits = network.predict(x)
        cost = loss(corners, logits, rows, *x.shape[2:], *seen)
        optimiser.zero_grad()
        cost.backward()
        now = time.monotonic()
        progress[0] = agree(network, (spent + (now - started) / 60) / args.minutes)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
        optimiser.step()
        average.update(network)
        total = cost.item() if not total else 0.99 * total + 0.01 * cost.item()
        bar.update()
        bar.set_postfix(loss=f"{total:.3f}", refresh=False)
        if rank == 0 and (now - told > 480 or progress[0] >= 1):
            figures = report(average.network, held)
            tqdm.write(f"{progress[0]:.0%}, step {average.steps}: loss {total:.3f}, {figures}")
            save_checkpoint(checkpoint, network=network.state_dict(), average=average.network.state_dict(),
                            optimiser=optimiser.state_dict(), spent=progress[0] * args.minutes, steps=average.steps)
            save(average.network, args.out / "detector.safetensors", figures)
            told = time.monotonic()


if __name__ == "__main__":
    main()
