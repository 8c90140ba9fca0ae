"""Trains the three networks that read digits: python -m models.training.digits --out DIR [--minutes M]

On scikit-learn's handwritten digits, all but the last third of them, and on digits out of fonts; both bent, blurred and
lit in many ways. Accuracy is that on the last third, written by other people than most of the rest. --test DIR says it
again of the networks in a folder. Needs scikit-learn and matplotlib.
"""

import argparse
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw, ImageFont
from sklearn.datasets import load_digits
from torch import Tensor, nn

from models.digits import DIGITS, SIDE, LeNet, Templates, TwoLayers
from models.disk import load, save
from models.training.trainer import Figures, Trainer

NETWORKS = {"templates": Templates, "two-layers": TwoLayers, "lenet": LeNet}
HELD = 1198  # scikit-learn's digits from here on are for testing only
GLYPH = 20  # pixels of a digit's longer side, as in LeCun et al.
HERSHEY = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_PLAIN, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX,
           cv2.FONT_HERSHEY_TRIPLEX, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX)
BATCH, RATE = 64, 2e-3
NOTHING = 0.06  # of the pictures hold no digit: of those nothing is to be said
UNIT = "of the handwritten digits held out read rightly"


def handwritten() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """scikit-learn's digits as ink (N, 1, SIDE, SIDE) in 0..1 and labels: to learn from, and held out."""
    digits = load_digits()
    ink = np.stack([placed(np.float32(image) / 16) for image in digits.images])
    ink, labels = torch.from_numpy(ink)[:, None], torch.from_numpy(digits.target)
    return ink[:HELD], labels[:HELD], ink[HELD:], labels[HELD:]


def printed() -> tuple[Tensor, Tensor]:
    """Digits out of matplotlib's and OpenCV's fonts, as handwritten()."""
    found, labels = [], []
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    fonts = sorted(folder.glob("DejaVuS*[!y].ttf"))  # DejaVuSansDisplay has no digits
    for label, digit in enumerate(DIGITS):
        for font in fonts:
            canvas = Image.new("L", (96, 96))
            ImageDraw.Draw(canvas).text((48, 48), digit, 255, ImageFont.truetype(str(font), 56), anchor="mm")
            found.append(np.float32(canvas) / 255)
        for font in HERSHEY:
            for thick in (2, 4, 7):
                canvas = np.zeros((120, 120), np.uint8)
                cv2.putText(canvas, digit, (30, 90), font, 2.4, 255, thick, cv2.LINE_AA)
                found.append(np.float32(canvas) / 255)
        labels += [label] * (len(fonts) + 3 * len(HERSHEY))
    return torch.from_numpy(np.stack([placed(ink) for ink in found]))[:, None], torch.tensor(labels)


def placed(ink: np.ndarray) -> np.ndarray:
    """Ink (h, w), cut to what is written, GLYPH pixels on its longer side, in the middle of a field of SIDE."""
    rows, columns = (np.flatnonzero(ink.max(axis) > 0.2) for axis in (1, 0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = GLYPH / max(ink.shape)
    high, wide = (max(1, round(side * scale)) for side in ink.shape)
    ink = cv2.resize(ink, (wide, high), interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA).clip(0, 1)
    field = np.zeros((SIDE, SIDE), np.float32)
    top, left = (SIDE - high) // 2, (SIDE - wide) // 2
    field[top : top + high, left : left + wide] = ink
    return field


def even(low: float, high: float, count: int) -> Tensor:
    return torch.empty(count).uniform_(low, high)


def bent(ink: Tensor) -> Tensor:
    """Ink turned, sheared, moved, enlarged, made wavy, thinner or thicker."""
    count = len(ink)
    angle, shear = even(-0.35, 0.35, count), even(-0.3, 0.3, count)
    wide, high = even(0.75, 1.35, count), even(0.8, 1.3, count)
    matrix = torch.zeros(count, 2, 3)
    matrix[:, 0, 0], matrix[:, 0, 1] = wide * angle.cos(), -high * (angle.sin() + shear)
    matrix[:, 1, 0], matrix[:, 1, 1] = wide * angle.sin(), high * angle.cos()
    matrix[:, :, 2] = torch.empty(count, 2).uniform_(-0.18, 0.18)
    grid = F.affine_grid(matrix, list(ink.shape), align_corners=False)
    waves = F.interpolate(torch.randn(count, 2, 5, 5) * 0.045, (SIDE, SIDE), mode="bicubic")
    ink = F.grid_sample(ink, grid + waves.permute(0, 2, 3, 1), align_corners=False)
    how = torch.rand(count, 1, 1, 1)
    thick = F.max_pool2d(ink, 3, 1, 1)
    thin = -F.max_pool2d(-ink, 2, 1)
    thin = F.pad(thin, (0, 1, 0, 1))
    return torch.where(how < 0.3, thick, torch.where(how > 0.9, thin, ink))


def pictured(ink: Tensor) -> Tensor:
    """Ink as a camera sees it: on lit paper, dark or light, blurred and noisy, (N, 3, SIDE, SIDE) in 0..1."""
    count = len(ink)
    paper, written = torch.rand(count, 3, 1, 1), torch.rand(count, 3, 1, 1)
    faint = (written.mean(1, keepdim=True) - paper.mean(1, keepdim=True)).abs() < 0.25
    written = torch.where(faint, (paper.mean(1, keepdim=True) < 0.5).float().expand_as(written), written)
    across, down = (even(-0.12, 0.12, count).view(-1, 1, 1, 1) for _ in range(2))
    ramp = torch.linspace(-1, 1, SIDE)
    light = 1 + across * ramp + down * ramp[:, None]
    soft = F.avg_pool2d(F.pad(ink, (1, 1, 1, 1)), 3, 1)
    ink = torch.lerp(ink, soft, torch.rand(count, 1, 1, 1))
    x = torch.lerp(paper.expand(-1, -1, SIDE, SIDE), written.expand(-1, -1, SIDE, SIDE), ink) * light
    return (x + 0.06 * torch.rand(count, 1, 1, 1) * torch.randn_like(x)).clamp(0, 1)


@torch.no_grad()
def right(network: nn.Module, ink: Tensor, labels: Tensor) -> float:
    """The share of digits, light on dark, that a network reads rightly."""
    return (network(ink.expand(-1, 3, -1, -1))[1].argmax(1) == labels).float().mean().item()


def train(name: str, out: Path, minutes: float) -> None:
    """Train one of NETWORKS; writes its weights and a checkpoint into a folder."""
    torch.manual_seed(1)
    hand, hand_labels, held, held_labels = handwritten()
    font, font_labels = printed()
    print(f"{name}: {len(hand)} handwritten digits, {len(font)} printed ones, {len(held)} held out", flush=True)
    network = NETWORKS[name]()
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.01)
    trainer = Trainer(network, optimiser, out / f"{name}.pt", 0.995)
    torch.manual_seed(trainer.average.steps)

    def cost(progress: float) -> Tensor:
        some, others = torch.randint(len(hand), (BATCH // 2,)), torch.randint(len(font), (BATCH // 2,))
        ink = bent(torch.cat((hand[some], font[others])))
        wanted = F.one_hot(torch.cat((hand_labels[some], font_labels[others])), 10).float()
        empty = torch.rand(BATCH) < NOTHING
        ink[empty] = F.interpolate(torch.rand(int(empty.sum()), 1, 6, 6), (SIDE, SIDE), mode="bilinear").pow(3)
        wanted[empty] = 0.1
        return F.cross_entropy(network(pictured(ink))[1], wanted, label_smoothing=0.02)

    def report(average: nn.Module, figures: Figures) -> None:
        save(average, out / f"{name}.safetensors", {"accuracy": round(figures[-1][1], 4)})

    trainer.run(minutes, cost, lambda average: right(average, held, held_labels), UNIT, 60, report)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="where checkpoints and weights go")
    parser.add_argument("--test", type=Path, help="a folder of networks whose accuracy is told")
    parser.add_argument("--only", choices=NETWORKS, help="one of the three")
    parser.add_argument("--minutes", type=float, default=4, help="for each of the three")
    args = parser.parse_args()
    for name in NETWORKS if args.only is None else (args.only,):
        if args.out:
            train(name, args.out, args.minutes)
        if args.test:
            print(f"{name}: {right(load(name, args.test), *handwritten()[2:]):.3f} {UNIT}")


if __name__ == "__main__":
    main()
