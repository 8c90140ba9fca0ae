"""A painter of one's own: the one that ships learns the manner of a picture."""

from pathlib import Path

import torch
from skimage import data as photographs
from torch import Tensor

from models.disk import load
from models.paint import Paint
from models.training.style import SIDE, fitted, learn
from models.training.yolo_folder import read_picture

NAMES = ("astronaut", "chelsea", "coffee", "rocket")  # scikit-image's photographs that it learns to paint
RATE, STRENGTH = 1e-3, 3.0  # how fast it learns, and what the style weighs


def own_style(picture: Path, out: Path, minutes: float, every: float = 60) -> None:
    """Learn the manner of a picture; run again it goes on.

    Writes paint.safetensors, a checkpoint and paint.png into `out`. ValueError, in one sentence, if it cannot be read.
    """
    pixels = read_picture(picture)
    if pixels is None or min(pixels.shape[:2]) < 64:
        raise ValueError(f"wanted a picture of 64 pixels or more, found {picture}, which cannot be read as one")
    shown = [fitted(getattr(photographs, name)(), SIDE) for name in NAMES]
    learn(with_style(load("paint"), picture.stem), [pixels], [STRENGTH], shown * 2, out, minutes, RATE, every)
    print(f'in a patch: view = "paint", paint = "{out.resolve()}"')


@torch.no_grad()
def with_style(painter: Paint, name: str) -> Paint:
    """A copy that knows one style, at first the middle of all it knew."""
    other = Paint(**painter.plan | {"styles": (name,)})
    own = other.state_dict()
    for key, old in painter.state_dict().items():
        own[key].copy_(middle(old) if own[key].shape != old.shape else old)
    return other.train()


def middle(styles: Tensor) -> Tensor:
    return styles.mean(0, keepdim=True)
