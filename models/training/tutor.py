"""A public detector that looks at the same training pictures: what it sees in each teaches ours (Beyer et al. 2022)."""

from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from models.detector import STRIDES
from models.training.photographs import CLASSES

COCO = {0: "person", 2: "car", 3: "motorcycle", 4: "airplane", 14: "bird", 15: "cat", 16: "dog", 25: "umbrella",
        28: "suitcase", 39: "bottle", 40: "wine glass", 41: "cup", 56: "chair", 57: "couch", 58: "potted plant",
        59: "bed", 62: "tv", 63: "laptop", 67: "cell phone", 73: "book", 74: "clock", 75: "vase"}
LABELS = np.array([CLASSES.index(name) for name in COCO.values()])
FAINT = 0.02  # scores below it are nothing


class Yolox:
    """A YOLOX network in ONNX (Ge et al. 2021), on one core: pictures of its size in, corners and our scores out."""

    def __init__(self, path: Path):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options)
        self.name, self.size = self.session.get_inputs()[0].name, self.session.get_inputs()[0].shape[-1]
        sides = [self.size // stride for stride in STRIDES]
        self.places = np.concatenate([np.stack(np.meshgrid(*[np.arange(side)] * 2), axis=-1).reshape(-1, 2)
                                      for side in sides])
        self.strides = np.repeat(STRIDES, np.square(sides))[:, None]

    def __call__(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """pixels (size, size, 3) RGB; corners (N, 4) in pixels, scores (N, K), those of classes it lacks zero."""
        x = pixels[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32)
        out = self.session.run(None, {self.name: x})[0][0]
        centre, half = (out[:, :2] + self.places) * self.strides, np.exp(out[:, 2:4]) * self.strides / 2
        scores = np.zeros((len(out), len(CLASSES)), np.float32)
        scores[:, LABELS] = out[:, 4:5] * out[:, 5 + np.array(list(COCO))]
        return np.concatenate((centre - half, centre + half), axis=1).astype(np.float32), scores


def tutor(yolox: Yolox, pixels: np.ndarray) -> tuple[Tensor, Tensor]:
    """What it sees in a square picture, at our own places there: scores (P, K), corners (P, 4) in pixels.

    Of its places that fall on one of ours the surest speaks.
    """
    size = len(pixels)
    corners, scores = map(torch.from_numpy, yolox(cv2.resize(pixels, (yolox.size, yolox.size))))
    parts, start = [], 0
    for stride in STRIDES:
        theirs, ours = yolox.size // stride, size // stride
        sure = scores[start:start + theirs ** 2].amax(dim=1).view(1, 1, theirs, theirs)
        parts.append(start + F.adaptive_max_pool2d(sure, ours, return_indices=True)[1].flatten())
        start += theirs ** 2
    chosen = torch.cat(parts)
    scores = scores[chosen]
    return torch.where(scores > FAINT, scores, 0), corners[chosen] * size / yolox.size
