"""Trains the feature network: python -m models.training.features --data TINY --photographs DIR --teacher PTH --out DIR

It learns from Tiny-ImageNet, small pictures whose classes people told, and from photographs of anything, of which a
larger classifier tells what it sees (knowledge distillation, Hinton et al. 2015, arXiv:1503.02531). Pictures grow from
64 px towards the size that the network plays at. All of them lie on the GPU, if there is one, and are cut there. Shards
of photographs may come while it trains. Run again after an interruption, it goes on from the last checkpoint; the
averaged weights are written as features.safetensors.
"""

import argparse
import queue
import random
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models import save
from models.features import Features
from models.training.classifier import Classifier, part
from models.training.common import groups, read_names, read_pictures
from models.training.scenes import SOME, batches, stretched
from models.training.shards import HELD_OUT, read_shard
from models.training.trainer import Figures, Trainer, often

SIZES = ((0.3, (64, 80)), (0.6, (96, 112)), (0.85, (128, 144)), (1.0, (128, 144, 160, 176)))  # until progress: sizes
SIDE = 224  # pixels that photographs are kept at
PHOTOGRAPHS = 0.3  # of a batch
APART = {"imagenet", "caltech", "caltech2", *HELD_OUT}  # pools that it is judged on, by their true classes
LOOKS = {"small": (192, 3), "photographs": (256, 4)}  # pixels at which the teacher looks, places a side it speaks of
TRUE = 0.5  # how much of a lesson is the true class, if it is known, and not what the teacher makes of it
RATE = 0.2  # for 128 pictures a step; more learn as much faster
TOGETHER = 250  # pictures that a network is shown when it is asked, not taught
OWN = 0.7  # correlation that two maps of the first layer may have: each filter is to be its own


def crops(count: int, device: torch.device | str = "cpu", least: float = 0.25) -> Tensor:
    """Random parts of pictures, least to all of each, half of them mirrored, as affine matrices (N, 2, 3)."""
    area, ratio, across, down = torch.rand(4, count, device=device)
    area, ratio = (least + (1 - least) * area).sqrt(), (0.56 * ratio - 0.28).exp()
    wide, high = (area * ratio).clamp(max=1), (area / ratio).clamp(max=1)
    matrix = torch.zeros(count, 2, 3, device=device)
    matrix[:, 0, 0] = wide * (torch.randint(0, 2, (count,), device=device) * 2 - 1)
    matrix[:, 1, 1] = high
    matrix[:, 0, 2] = (1 - wide) * (2 * across - 1)
    matrix[:, 1, 2] = (1 - high) * (2 * down - 1)
    return matrix


def augment(pictures: Tensor, matrix: Tensor, size: int) -> Tensor:
    """Parts of pictures resized to size, with other brightness, contrast and colour: uint8 in, 0..1 out."""
    count, device = len(pictures), pictures.device
    x = pictures.float().div_(255)
    if (finer := round(0.7 * x.shape[-1] / size)) > 1:  # most parts are smaller than the whole
        x = F.avg_pool2d(x, finer)
    grid = F.affine_grid(matrix, [count, 3, size, size], align_corners=False)
    x = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    light, colour, contrast = torch.rand(3, count, 1, 1, 1, device=device)
    gain = torch.empty(count, 3, 1, 1, device=device).uniform_(0.9, 1.1) * (0.6 + 0.8 * light)
    x = torch.lerp(x.mean(dim=1, keepdim=True), x, 0.4 + 1.1 * colour)
    x = torch.lerp(x.mean(dim=(1, 2, 3), keepdim=True), x, 0.7 + 0.6 * contrast) * gain
    return x.clamp_(0, 1).contiguous(memory_format=torch.channels_last)


def cut_and_mix(x: Tensor) -> tuple[Tensor, Tensor, float]:
    """Paste a rectangle of another picture into every one (CutMix, Yun et al. 2019): x, which others, share kept."""
    size, other = x.shape[-1], torch.randperm(len(x), device=x.device)
    side = int(size * random.uniform(0.2, 0.7))
    top, left = (random.randint(0, size - side) for _ in range(2))
    x[:, :, top:top + side, left:left + side] = x[other, :, top:top + side, left:left + side]
    return x, other, 1 - side * side / size / size


class Lessons:
    """Pictures (N, 3, S, S) uint8; what the teacher says of their places, (N, K, g, g), about classes (K,); the true
    ones of these, (N,), where they are known."""

    def __init__(self, pictures: Tensor, maps: Tensor, classes: Tensor, truth: Tensor | None = None):
        self.pictures, self.maps, self.classes, self.truth = pictures, maps, classes, truth
        self.order = classes[:0]

    def add(self, pictures: Tensor, maps: Tensor) -> "Lessons":
        return Lessons(torch.cat((self.pictures, pictures)), torch.cat((self.maps, maps)), self.classes)

    def draw(self, count: int, size: int, classes: int) -> tuple[Tensor, Tensor]:
        """Some, each once before any comes again: pictures as augment makes them, what they are, (N, classes)."""
        if len(self.order) < count:
            self.order = torch.randperm(len(self.pictures), device=self.pictures.device)
        pick, self.order = self.order[:count], self.order[count:]
        matrix = crops(len(pick), pick.device)
        said = part(self.maps[pick], matrix).softmax(dim=1)
        if self.truth is not None:
            said = torch.lerp(said, F.one_hot(self.truth[pick], said.shape[1]).float(), TRUE)
        target = said.new_zeros(len(pick), classes).index_copy_(1, self.classes, said)
        return augment(self.pictures[pick], matrix, size), target


def new_photographs(folder: Path, seen: set[Path]) -> Iterator[Tensor]:
    """The photographs of each shard that is not yet seen as squares, (N, 3, SIDE, SIDE) uint8."""
    for path in sorted(set(folder.glob("*.zip")) - seen):
        seen.add(path)
        if path.stem.rpartition("-")[0] not in APART:
            yield torch.cat([stretched(pixels, sizes, SIDE).mul_(255).round_().byte()
                             for pixels, sizes, _ in batches(read_shard(path), SOME)])


def alike(maps: Tensor) -> Tensor:
    """How much maps (N, C, H, W) go together: what the correlations of any two of them exceed OWN by, squared."""
    rows = maps.float().transpose(0, 1).flatten(1)
    rows = F.normalize(rows - rows.mean(dim=1, keepdim=True), dim=1)
    return ((rows @ rows.T).triu(1) - OWN).clamp(min=0).square().sum()


@torch.no_grad()
def shown(network: Features, pictures: Tensor, size: int) -> Iterator[tuple[dict[str, Tensor], Tensor]]:
    """What the network makes of pictures (N, 3, H, W) uint8 at a size, TOGETHER at a time: taps and logits."""
    device = next(network.parameters()).device
    for some in pictures.split(TOGETHER):
        x = F.interpolate(some.to(device).float() / 255, (size, size), mode="bilinear", antialias=True)
        with torch.autocast(device.type, torch.bfloat16):
            made = network(x.contiguous(memory_format=torch.channels_last))
        yield made


def guesses(network: Features, pictures: Tensor, size: int) -> Tensor:
    """What the network takes pictures (N, 3, H, W) uint8 for at a size: logits (N, K)."""
    return torch.cat([logits.float().cpu() for _, logits in shown(network, pictures, size)])


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True,
                        help="Tiny-ImageNet: train/, val/, classes.tsv, and imagenet.tsv, the teacher's classes")
    parser.add_argument("--photographs", type=Path, required=True, help="a folder of shards, as gather.py writes them")
    parser.add_argument("--teacher", type=Path, required=True, help="weights of the classifier, a .pth")
    parser.add_argument("--out", type=Path, required=True, help="where checkpoint and weights go")
    parser.add_argument("--minutes", type=float, default=5, help="how long to train in all")
    parser.add_argument("--batch", type=int, default=1024, help="pictures a step: 128 on a processor")
    args = parser.parse_args(words)
    torch.manual_seed(1)
    torch.backends.cudnn.benchmark = True
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    synsets, names = sorted(read_names(args.data / "classes.tsv")), read_names(args.data / "imagenet.tsv")
    known = torch.tensor([list(names).index(synset) for synset in synsets], device=device)
    teacher = Classifier(args.teacher).to(device)
    pictures, truth = (each.to(device) for each in read_pictures(args.data / "train", synsets))
    lessons = [Lessons(pictures, teacher.look(pictures, *LOOKS["small"], known), known, truth)]
    asked, answers = read_pictures(args.data / "val", synsets)
    network = Features(tuple(names.values())).to(device, memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(groups(network, 5e-4), lr=RATE * args.batch / 128, momentum=0.9, nesterov=True)
    trainer = Trainer(network, optimiser, args.out / "features.pt", 0.998)
    everything, ready, over = torch.arange(len(names), device=device), queue.Queue(maxsize=1), threading.Event()

    def bring_photographs() -> None:
        seen: set[Path] = set()
        while not over.wait(1):
            for pictures in new_photographs(args.photographs, seen):
                ready.put(pictures)

    def cost(progress: float) -> Tensor:
        if not ready.empty():
            pictures = ready.get().to(device)
            maps = teacher.look(pictures, *LOOKS["photographs"])
            lessons[1:] = [lessons[1].add(pictures, maps) if lessons[1:] else Lessons(pictures, maps, everything)]
        size = random.choice(next(sizes for until, sizes in SIZES if progress < until or until == 1))
        photographs = int(PHOTOGRAPHS * args.batch) * (len(lessons) - 1)
        drawn = [each.draw(count, size, len(names)) for each, count in
                 zip(lessons, (args.batch - photographs, photographs), strict=False)]
        x, target = (torch.cat(each) for each in zip(*drawn, strict=True))
        if random.random() < 0.5:
            x, other, share = cut_and_mix(x)
            target = torch.lerp(target[other], target, share)
        with torch.autocast(device.type, torch.bfloat16):
            taps, logits = network(x)
        return F.cross_entropy(logits.float(), target) + alike(taps["conv1"][::8])

    def right(average: nn.Module) -> float:
        return (guesses(average, asked, average.size)[:, known.cpu()].argmax(dim=1) == answers).float().mean().item()

    def report(average: nn.Module, figures: Figures) -> None:
        save(average, args.out / "features.safetensors", {"top-1": round(figures[-1][1], 4)})

    threading.Thread(target=bring_photographs, daemon=True).start()
    network.train()
    trainer.run(args.minutes, cost, right, f"of the test's pictures named rightly at {network.size} px",
                often(240, args.minutes), report)
    over.set()


if __name__ == "__main__":
    main()
