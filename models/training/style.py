"""Trains the painter that ships: python -m models.training.style --photographs DIR --out DIR [--minutes M]

Learned by a perceptual loss (Johnson et al. 2016) on our own feature network, and by what small patches of the style's
picture look like (Elnekave and Weiss 2022). Run again after an interruption it goes on.
"""

import argparse
from itertools import cycle
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.disk import load, save
from models.paint import Paint
from models.training.common import SUFFIXES
from models.training.style_pictures import STYLES, style_picture
from models.training.trainer import Figures, Trainer, often

TAPS = ("conv1", "conv2", "conv3", "conv4")  # whose statistics are a style
CONTENT = {"conv3": 1.0, "conv4": 0.5}  # whose maps are what is painted
LIGHT = 1.0  # what it weighs that light and dark stay where they are
STRENGTH = {"kandinsky": 6.0, "ink": 3.0, "mosaic": 6.0}  # what each style weighs, against the content's 1,
TOUCH, STEADY, GRAIN = 4.0, 100.0, 4.0  # and what a painting's patches, unrest and finest grain weigh
SIDE = 240  # pixels of the photographs' shorter side
SIZES = ((0.6, 64), (0.9, 96), (1.0, 128))  # until progress: pixels of what is learned from
PATCHES = (1, 7)  # sides of the patches that are compared, at the picture's size and at half of it,
VIEWS, APART = 24, 3  # from so many sides at a time, and every third one: with even steps a grid could hide
FLAT = 1e-4  # of a style's patches, where they are all the same: a picture of one colour
JUDGED = 128
BATCH, RATE, GAINS = 2, 4e-3, 5.0  # and how many times as fast gains and biases learn
SHIFT, NOISE = 3, 0.06  # what a painting is to be steady against: pixels, and of the picture's range
UNIT = "lost on photographs held out"


class Perception(nn.Module):
    """What the feature network makes of pictures, and how far a painting is from a content and from a style."""

    def __init__(self, styles: list[np.ndarray], device: torch.device):
        super().__init__()
        self.stages = nn.ModuleDict({name: stage for name, stage in load("features").stages.items() if name in TAPS})
        for module in self.modules():
            if isinstance(module, nn.ReLU):
                module.inplace = False
        self.requires_grad_(False).to(device)
        self.pictures = styles
        with torch.no_grad():
            self.manners = [self.manner(tensor(pixels).to(device)) for pixels in styles]

    def maps(self, x: Tensor, names: tuple[str, ...]) -> dict[str, Tensor]:
        found = {}
        for name in names:
            found[name] = x = self.stages[name](x)
        return found

    def manner(self, x: Tensor) -> dict[str, tuple[Tensor, Tensor, Tensor]]:
        """A style: of each layer, at two sizes, the maps' means, spreads and correlations."""
        told = {}
        for name, maps in self.both(x).items():
            flat = maps[0].float().flatten(1)
            mean, spread = flat.mean(1), flat.std(1) + 0.05 * flat.std()
            told[name] = mean, spread, correlations(((flat - mean[:, None]) / spread[:, None])[None])[0]
        return told

    def both(self, x: Tensor) -> dict[str, Tensor]:
        """The maps of a picture and, of all layers but the last, of the same at half its size."""
        half = self.maps(F.avg_pool2d(x, 2), TAPS[:-1])
        return self.maps(x, TAPS) | {f"half {name}": maps for name, maps in half.items()}

    def distance(self, painted: Tensor, photograph: Tensor, style: int) -> tuple[Tensor, Tensor]:
        """How far paintings are from photographs in content, and from a style: two numbers."""
        wanted = self.maps(photograph, TAPS)
        found = self.both(painted)
        content = sum(weight * (found[name] - wanted[name]).float().pow(2).mean()
                      / wanted[name].float().var(dim=(2, 3)).mean() for name, weight in CONTENT.items())
        content = content + LIGHT * (lightness(painted) - lightness(photograph)).pow(2).mean()
        manner = self.manners[style]
        apart = []
        for name, (mean, spread, wanted_correlations) in manner.items():
            flat = (found[name].float().flatten(2) - mean[:, None]) / spread[:, None]
            far = (correlations(flat) - wanted_correlations).pow(2).sum((1, 2)).mean()
            far = far / wanted_correlations.pow(2).sum()
            apart.append(torch.log1p(flat.mean(2).pow(2).mean() + far))  # far away it pulls no harder than near
        return content, sum(apart) / len(apart)

    def touch(self, painted: Tensor, style: int) -> Tensor:
        """How far the patches of paintings are from those of a style: the sliced Wasserstein distance of both.

        Unlike means and correlations it knows each colour and each edge by how often it is there (Elnekave and Weiss
        2022, arXiv:2203.11862).
        """
        wanted = crops([self.pictures[style]], len(painted), painted.shape[2], lightness=0).to(painted.device)
        apart = []
        for _ in range(2):
            for side in PATCHES:
                views = F.normalize(torch.randn(VIEWS, 3 * side * side), dim=1).view(VIEWS, 3, side, side)
                views = views.to(painted.device)
                seen = (F.conv2d(x.float(), views, stride=APART) for x in (painted, wanted))
                one, other = (each.transpose(0, 1).flatten(1).sort(1)[0] for each in seen)
                apart.append((one - other).pow(2).mean() / (other.var(1).mean() + FLAT))
            painted, wanted = F.avg_pool2d(painted, 2), F.avg_pool2d(wanted, 2)
        return sum(apart) / len(apart)


def lightness(x: Tensor) -> Tensor:
    """Where pictures are light and dark, at an eighth of their size, with a mean of 0 and a spread of 1."""
    light = F.avg_pool2d(x.float().mean(1), 8)
    return (light - light.mean((1, 2), keepdim=True)) / (light.std((1, 2), keepdim=True) + 0.02)


def correlations(flat: Tensor) -> Tensor:
    """(N, C, P) to (N, C, C): the mean products of maps."""
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def tensor(pixels: np.ndarray) -> Tensor:
    """A picture (H, W, 3) uint8 as (1, 3, H, W) in 0..1."""
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255


def fitted(pixels: np.ndarray, side: int) -> np.ndarray:
    """A picture with a shorter side of so many pixels."""
    scale = side / min(pixels.shape[:2])
    size = max(side, round(pixels.shape[1] * scale)), max(side, round(pixels.shape[0] * scale))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


def crops(pictures: list[np.ndarray], count: int, size: int, lightness: float = 0.5) -> Tensor:
    """Random parts of random pictures, mirrored and darker or lighter by chance, (N, 3, size, size)."""
    parts = []
    for index in torch.randint(len(pictures), (count,)).tolist():
        pixels = pictures[index]
        top, left = (int(torch.randint(side - size + 1, (1,))) for side in pixels.shape[:2])
        part = pixels[top : top + size, left : left + size]
        parts.append(tensor(part[:, :: 1 - 2 * int(torch.randint(2, (1,)))]))
    x = torch.cat(parts)
    x = x.pow(torch.empty(count, 1, 1, 1).uniform_(-lightness, lightness).exp())
    return x.contiguous(memory_format=torch.channels_last)


def shaken(x: Tensor) -> tuple[Tensor, tuple[int, int]]:
    """Pictures moved by some pixels and with a camera's noise, and how far they were moved."""
    down, right = (int(shift) for shift in torch.randint(-SHIFT, SHIFT + 1, (2,)))
    return (x.roll((down, right), (2, 3)) + NOISE * torch.rand(()) * torch.randn_like(x)).clamp(0, 1), (down, right)


def chosen(style: int, styles: int, count: int, device: torch.device) -> Tensor:
    return F.one_hot(torch.tensor([style] * count), styles).float().to(device)


def learn(network: Paint, styles: list[np.ndarray], strength: list[float], photographs: list[np.ndarray], out: Path,
          minutes: float, rate: float = RATE, every: float = 120) -> None:
    """Teach a painter these styles, in the order of its own, on photographs; run again it goes on.

    strength is what each style weighs against the content. Writes paint.safetensors, a checkpoint and paint.png, a
    sheet of photographs painted, into `out`.
    """
    torch.manual_seed(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    perception = Perception([fitted(pixels, 256) for pixels in styles], device)
    network.to(device, memory_format=torch.channels_last)
    kernels = [p for p in network.parameters() if p.ndim == 4]
    others = [p for p in network.parameters() if p.ndim < 4]
    groups = [{"params": kernels, "lr": rate}, {"params": others, "lr": GAINS * rate}]
    optimiser = torch.optim.Adam(groups, betas=(0.9, 0.99))
    trainer = Trainer(network, optimiser, out / "paint.pt", 0.98)
    torch.manual_seed(trainer.average.steps)
    asked, known = photographs[:4], photographs[4:]
    turns = cycle(range(len(styles)))

    def parts(painter: Paint, x: Tensor, style: int, jitter: tuple[int, int]) -> tuple[Tensor, ...]:
        """Content, style, touch, steadiness, grain."""
        moved, by = shaken(x[: len(x) // 2])
        with torch.autocast(device.type, torch.bfloat16):
            both = painter(torch.cat((x, moved)), chosen(style, len(styles), len(x) + len(moved), device))
            painted, again = both[: len(x)], both[len(x) :]
            inner = (each[..., jitter[0] :, jitter[1] :] for each in (painted, x))
            content, manner = perception.distance(*inner, style)
        edge = 8  # what was rolled in from the other side
        steady = (again - painted[: len(again)].roll(by, (2, 3)))[..., edge:-edge, edge:-edge].pow(2).mean()
        grain = painted.diff(2, dim=2).pow(2).mean() + painted.diff(2, dim=3).pow(2).mean()
        return content, manner, perception.touch(painted, style), steady, grain

    def loss(told: tuple[Tensor, ...], style: int) -> Tensor:
        weights = 1.0, strength[style], TOUCH, STEADY, GRAIN
        return sum(weight * part for weight, part in zip(weights, told, strict=True))

    def cost(progress: float) -> Tensor:
        jitter = tuple(torch.randint(8, (2,)).tolist())  # else a grid of the layers' strides shows
        size = next(size for until, size in SIZES if progress < until)
        style = next(turns)
        return loss(parts(network, crops(known, BATCH, size).to(device), style, jitter), style)

    @torch.no_grad()
    def judge(average: nn.Module) -> float:
        x = torch.cat([tensor(pixels[:JUDGED, :JUDGED]) for pixels in asked]).to(device)
        told = [parts(average, x, style, (0, 0)) for style in range(len(styles))]
        for name, *row in zip(("content", "style", "touch", "unsteady", "grain"), *told, strict=True):
            print(f"  {name:10}", *(f"{value:8.4f}" for value in row))
        return sum(float(loss(row, style)) for style, row in enumerate(told)) / len(styles)

    def report(average: nn.Module, figures: Figures) -> None:
        save(average, out / "paint.safetensors", {"loss": round(figures[-1][1], 4)})
        sheet(average, asked, out / "paint.png")

    trainer.run(minutes, cost, judge, UNIT, often(every, minutes), report)


@torch.no_grad()
def sheet(painter: Paint, photographs: list[np.ndarray], path: Path) -> None:
    """Photographs, and under them what the painter makes of them, a row a style."""
    device, styles = next(painter.parameters()).device, len(painter.styles)
    x = torch.cat([tensor(pixels[:SIDE, :SIDE]) for pixels in photographs]).to(device)
    rows = [x, *(painter(x, chosen(style, styles, len(x), device)) for style in range(styles))]
    picture = torch.cat([torch.cat(list(row), 2) for row in rows], 1)
    cv2.imwrite(str(path), (picture * 255).byte().permute(1, 2, 0).cpu().numpy()[..., ::-1])


def read_photographs(folder: Path) -> list[np.ndarray]:
    """All photographs of a folder, SIDE pixels on their shorter side, uint8 RGB."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    return [fitted(cv2.imread(str(path), cv2.IMREAD_COLOR_RGB), SIDE) for path in paths]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photographs", type=Path, required=True, help="a folder of them")
    parser.add_argument("--out", type=Path, required=True, help="where checkpoint and weights go")
    parser.add_argument("--minutes", type=float, default=40)
    args = parser.parse_args()
    learn(Paint(tuple(STYLES)), [style_picture(name) for name in STYLES], list(STRENGTH.values()),
          read_photographs(args.photographs), args.out, args.minutes)


if __name__ == "__main__":
    main()
