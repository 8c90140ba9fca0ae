"""A detector for things of one's own: a folder in YOLO's layout, the shipped detector as a beginning."""

import queue
import threading
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from models.disk import load, save
from models.training.assignment import loss, padded
from models.training.augmentation import Composer, weigh
from models.training.common import groups, heard, write_net
from models.training.metrics import find, judge, letterbox, mean, overlaps
from models.training.peaks import peaks
from models.training.photographs import Picture
from models.training.plots import confusion, curve
from models.training.trainer import Figures, Trainer, often
from models.training.yolo_folder import gather

RATE = 3e-4
BATCH = 8
SURE = 0.4  # a score that counts as a find in the confusion matrix
SHOWN = 200  # pictures that tell how high the maps go
SIZES = ((224, 256, 288), (256, 288, 320, 352))  # of pictures, early and late
NOTHING = "nothing"
UNIT = "mean AP50 on pictures held out"


def confuse(finds: Sequence[np.ndarray], pictures: Sequence[Picture], classes: int) -> np.ndarray:
    """How often which class (rows, the last is nothing) was taken for which (columns, likewise), by overlap of half.

    What is found where nobody knows (rows of worth 0) is left out.
    """
    counts = np.zeros((classes + 1, classes + 1))
    for found, picture in zip(finds, pictures, strict=True):
        truth, doubt = (picture.rows[keep] for keep in (picture.rows[:, 5] > 0, picture.rows[:, 5] == 0))
        missed = set(range(len(truth)))
        for row in found[found[:, 5] >= SURE]:
            fits = [(overlaps(row[:4], truth[place:place + 1, :4])[0][0], place) for place in missed]
            fit, place = max(fits, default=(0, -1))
            if fit >= 0.5:
                missed.discard(place)
                counts[int(truth[place, 4]), int(row[4])] += 1
            elif not len(doubt) or overlaps(row[:4], doubt[:, :4])[1].max() < 0.5:
                counts[classes, int(row[4])] += 1
        for place in missed:
            counts[int(truth[place, 4]), classes] += 1
    return counts


def batches(composer: Composer, progress: list[float], seed: int, ready: queue.Queue) -> None:
    """Fill the queue with batches (x uint8, rows) for ever; progress[0] says how far training is."""
    random = np.random.default_rng(seed)
    while True:
        size = int(random.choice(SIZES[progress[0] > 0.7]))
        mosaic = 0.65 if progress[0] < 0.8 else 0.0
        made = [composer(random, size, random.random() < mosaic) for _ in range(BATCH)]
        x = torch.from_numpy(np.stack([pixels for pixels, _ in made])).permute(0, 3, 1, 2)
        ready.put((x, [torch.from_numpy(rows) for _, rows in made]))


def own_detector(data: Path, out: Path, minutes: float, every: float = 240) -> None:
    """Fine-tune the shipped detector on a folder in YOLO's layout; run again it goes on.

    Writes detector.safetensors, net.py, a checkpoint, curve.png and confusion.png into `out`. ValueError, in one
    sentence, if there is too little to learn from.
    """
    names, known, held = heard(gather, data)
    print(f"{len(known)} pictures to learn {len(names)} classes from, {len(held)} held out for testing; training for "
          f"{minutes:g} min", flush=True)
    torch.manual_seed(1)
    cv2.setNumThreads(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = load("detector").with_classes(names).to(device, memory_format=torch.channels_last)
    trainer = Trainer(network, torch.optim.AdamW(groups(network, 0.03), lr=RATE), out / "detector.pt", 0.99)
    progress, ready, finds = [trainer.spent / minutes], queue.Queue(maxsize=4), []
    composer = Composer(known, weigh(known, len(names)))
    threading.Thread(target=batches, args=(composer, progress, trainer.average.steps, ready),
                     daemon=True).start()

    def cost(done: float) -> Tensor:
        progress[0] = done
        x, rows = ready.get()
        x = x.to(device, memory_format=torch.channels_last).float().div_(255)
        with torch.autocast(device.type, torch.bfloat16):
            corners, logits = network.predict(x)
        return loss(corners, logits, padded(rows).to(device), *x.shape[2:])

    def precision(average: nn.Module) -> float:
        finds[:] = [find(average, picture.pixels) for picture in held]
        return mean(judge(finds, held, names))

    def report(average: nn.Module, figures: Figures) -> None:
        shown = (letterbox(picture.pixels, average.size, average.stride)[0] for picture in known[:SHOWN])
        figure = {"mean AP50": round(figures[-1][1], 4)}
        save(average, out / "detector.safetensors", figure, peaks(average, shown))
        curve(figures, "minutes", UNIT, out / "curve.png", trainer.losses, 1)
        confusion(confuse(finds, held, len(names)), (*names, NOTHING), (*names, NOTHING), out / "confusion.png")

    trainer.run(minutes, cost, precision, UNIT, often(every, minutes), report)
    print(write_net("detector", out))
