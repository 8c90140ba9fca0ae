"""A feature network for pictures of one's own: one folder per class, the shipped network as a beginning."""

import random
import zlib
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from models.disk import load, save
from models.training.common import SUFFIXES, heard, write_net
from models.training.features import augment, crops, cut_and_mix, guesses
from models.training.plots import confusion, curve
from models.training.trainer import Figures, Trainer, often
from models.training.yolo_folder import read_picture

SIDE = 160  # pixels that pictures are kept at
SIZES = (96, 128, 160)  # that they are learned at
TESTED = 128
FEWEST = 4  # pictures of a class
RATE, HEAD = 2e-4, 10.0  # of the layers; how many times as fast the new classifier learns
BATCH = 32
UNIT = "of the pictures held out named rightly"
PARTS = {"train", "val", "valid", "validation", "test"}  # what data sets call their parts, no classes


def gather(data: Path, complaints: list[str]) -> tuple[tuple[str, ...], Tensor, Tensor, Tensor]:
    """Classes (the folders' names), pictures (N, 3, SIDE, SIDE) uint8, labels, which of them are held out.

    One picture in five, by its name, is held out; complaints gets a line for each thing that is wrong. ValueError, in
    one sentence, if there are not two classes of FEWEST pictures.
    """
    folders = [path for path in sorted(data.iterdir()) if path.is_dir() and not path.name.startswith(".")
               and not (path / "net.py").is_file()]  # that is what a training writes
    if "train" in (parts := {folder.name for folder in folders}) and parts <= PARTS:
        raise ValueError(f"wanted one folder per class in {data}, found the parts of a data set: give {data / 'train'}")
    paths = [sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES) for folder in folders]
    bar = tqdm(desc="reading pictures", total=sum(map(len, paths)), mininterval=0.5, disable=not any(paths))
    pictures, labels, held, names = [], [], [], []
    for folder, inside in zip(folders, paths, strict=True):
        found = []
        for path in inside:
            pixels = read_picture(path)
            if pixels is None:
                complaints.append(f"{path}: left out, it cannot be read as a picture")
            else:
                found.append((path.name, cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)))
            bar.update()
        if len(found) < FEWEST:
            complaints.append(f"{folder}: left out, a class wants {FEWEST} pictures or more, found {len(found)}")
            continue
        kept = [zlib.crc32(name.encode()) % 5 == 0 for name, _ in found]
        if not 0 < sum(kept) <= len(kept) // 2:
            kept = [place % 5 == 0 for place in range(len(found))]
        pictures += [pixels for _, pixels in found]
        labels += [len(names)] * len(found)
        held += kept
        names.append(folder.name)
    bar.close()
    if len(names) < 2:
        raise ValueError(f"wanted two folders or more with pictures in {data}, each a class of its own, found "
                         f"{len(names)}")
    stacked = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()
    return tuple(names), stacked, torch.tensor(labels), torch.tensor(held)


def own_features(data: Path, out: Path, minutes: float, every: float = 120) -> None:
    """Fine-tune the shipped feature network on a folder of folders; run again it goes on.

    Writes features.safetensors, net.py, a checkpoint, curve.png and confusion.png into `out`. ValueError, in one
    sentence, if there is too little to learn from.
    """
    names, pictures, labels, held = heard(gather, data)
    print(f"{len(labels)} pictures in {len(names)} classes, {int(held.sum())} of them held out for testing; training "
          f"for {minutes:g} min", flush=True)
    torch.manual_seed(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = load("features").with_classes(names).to(device, memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW([{"params": network.stages.parameters(), "lr": RATE},
                                   {"params": network.head.parameters(), "lr": HEAD * RATE}], weight_decay=0.05)
    trainer = Trainer(network, optimiser, out / "features.pt", 0.99)
    random.seed(trainer.average.steps)
    torch.manual_seed(trainer.average.steps)
    known, asked = (~held).nonzero()[:, 0], held.nonzero()[:, 0]
    shares = 1 / labels[known].bincount().float()[labels[known]]  # every class is shown as often as the next

    def cost(progress: float) -> Tensor:
        pick = known[shares.multinomial(min(BATCH, len(known)), replacement=True)]
        x, truth = augment(pictures[pick], crops(len(pick)), random.choice(SIZES)), labels[pick]
        x, other, share = cut_and_mix(x)
        with torch.autocast(device.type, torch.bfloat16):
            logits = network(x.to(device))[1].float()
        return sum(part * F.cross_entropy(logits, each.to(device), label_smoothing=0.1)
                   for part, each in ((share, truth), (1 - share, truth[other])))

    def right(average: nn.Module) -> float:
        return (guesses(average, pictures[asked], TESTED).argmax(dim=1) == labels[asked]).float().mean().item()

    def report(average: nn.Module, figures: Figures) -> None:
        save(average, out / "features.safetensors", {"top-1": round(figures[-1][1], 4)})
        curve(figures, "minutes", f"share {UNIT}", out / "curve.png", trainer.losses, 1)
        counts = np.zeros((len(names), len(names)))
        np.add.at(counts, (labels[asked], guesses(average, pictures[asked], TESTED).argmax(dim=1)), 1)
        confusion(counts, names, names, out / "confusion.png")

    trainer.run(minutes, cost, right, UNIT, often(every, minutes), report)
    print(write_net("features", out))
