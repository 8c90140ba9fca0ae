"""What the training scripts share: the schedule, the moving average of the weights, checkpoints, Tiny-ImageNet."""

import copy
import math
import os
import shlex
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"}  # of pictures that people bring


def one_cycle(progress: float, warm: float = 0.05) -> float:
    """Factor on the learning rate at progress 0..1: a linear rise over `warm`, then a cosine fall to one hundredth."""
    if progress < warm:
        return progress / warm
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (progress - warm) / (1 - warm)))


def groups(network: nn.Module, decay: float) -> list[dict]:
    """Parameters for the optimiser: kernels decay, biases, scales and identities do not."""
    kernels = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": kernels, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]


class Average:
    """An exponential moving average of a network's weights, the copy that is tested and shipped."""

    def __init__(self, network: nn.Module, momentum: float, steps: int = 0):
        self.network, self.momentum, self.steps = copy.deepcopy(network).eval(), momentum, steps

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Follow the network by one step; early on the average follows faster."""
        self.steps += 1
        momentum = min(self.momentum, self.steps / (self.steps + 10))
        for mine, theirs in zip(self.network.state_dict().values(), network.state_dict().values(), strict=True):
            if mine.is_floating_point():
                mine.lerp_(theirs, 1 - momentum)
            else:
                mine.copy_(theirs)


def save_checkpoint(path: Path, **state) -> None:
    """Write a checkpoint so that a crash leaves the old one or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, path.with_suffix(".new"))
    os.replace(path.with_suffix(".new"), path)


def read_names(file: Path) -> dict[str, str]:
    """Classes as ImageNet's synsets (n02124075), in the order of the file, and what people call them (Egyptian cat)."""
    return dict(line.split("\t") for line in file.read_text().splitlines())


def read_pictures(folder: Path, synsets: Sequence[str]) -> tuple[Tensor, Tensor]:
    """A part of Tiny-ImageNet, one folder per synset: pictures (N, 3, 64, 64) uint8 RGB, labels (N,)."""
    paths = [sorted(path for path in (folder / synset).rglob("*") if path.suffix.lower() in SUFFIXES)
             for synset in synsets]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        pictures = list(threads.map(lambda path: cv2.imread(str(path), cv2.IMREAD_COLOR_RGB), sum(paths, [])))
    labels = torch.arange(len(synsets)).repeat_interleave(torch.tensor([len(some) for some in paths]))
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous(), labels


def heard(gather: Callable[[Path, list[str]], tuple], data: Path) -> tuple:
    """What gather(data, complaints) found; whatever happens, the complaints are printed first."""
    complaints: list[str] = []
    try:
        return gather(data, complaints)
    finally:
        print("".join(f"{complaint}\n" for complaint in complaints), end="", flush=True)


def write_net(kind: str, out: Path) -> str:
    """Write net.py beside weights, so that they come into a patch by name; the lines that tell how."""
    what = "feature network" if kind == "features" else kind
    (out / "net.py").write_text(f'"""A {what} of my own: neocog --{kind} net.py:net"""\n\nfrom pathlib import Path\n\n'
                                f'from models import load\n\nnet = load("{kind}", Path(__file__).parent)\n')
    play = f"{shlex.quote(str(out / 'net.py'))}:net"
    return f'play it: neocog --{kind} {play}\nin a patch: {kind} = "{(out / "net.py").resolve()}:net"'
