"""Style transfer in one pass: a small network that paints a picture over, with several styles and all between them."""

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STRIDE = 4  # sides of a picture are multiples of it


class Styled(nn.Module):
    """A convolution, its maps normalised over the picture, then a gain and a bias that each style has of its own.

    Conditional instance normalisation (Dumoulin et al. 2017, arXiv:1610.07629): between two styles lie all mixtures.
    """

    def __init__(self, channels: int, width: int, kernel: int, stride: int, styles: int):
        super().__init__()
        self.conv = nn.Conv2d(channels, width, kernel, stride, kernel // 2, padding_mode="reflect", bias=False)
        self.gain, self.bias = nn.Parameter(torch.ones(styles, width)), nn.Parameter(torch.zeros(styles, width))

    def forward(self, x: Tensor, styles: Tensor) -> Tensor:
        x = self.conv(x)
        gain, bias = ((styles @ table).to(x.dtype)[:, :, None, None] for table in (self.gain, self.bias))
        return F.instance_norm(x, eps=1e-3) * gain + bias


class Paint(nn.Module):
    """forward takes pictures (N, 3, H, W) RGB in 0..1, sides multiples of STRIDE, and how much of each style they get,
    (N, styles), which sums to 1; it returns pictures of the same shape in 0..1.

    After Johnson et al. 2016 (arXiv:1603.08155), at a quarter of the picture's size: down, residual blocks, up.
    """

    def __init__(self, styles: tuple[str, ...], width: int = 48, blocks: int = 4):
        super().__init__()
        self.styles, self.plan = tuple(styles), {"styles": list(styles), "width": width, "blocks": blocks}
        count, half = len(styles), width // 2
        self.down = nn.ModuleList([Styled(3, half, 5, 2, count), Styled(half, width, 3, 2, count)])
        self.blocks = nn.ModuleList(nn.ModuleDict(OrderedDict(
            one=Styled(width, width, 3, 1, count), two=Styled(width, width, 3, 1, count))) for _ in range(blocks))
        self.up = Styled(width, half, 3, 1, count)
        self.out = nn.Conv2d(half, 12, 3, padding=1, padding_mode="reflect")

    def forward(self, x: Tensor, styles: Tensor) -> Tensor:
        for layer in self.down:
            x = F.relu(layer(x, styles))
        for block in self.blocks:
            x = x + block["two"](F.relu(block["one"](x, styles)), styles)
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        x = self.out(F.relu(self.up(x, styles)))
        return F.pixel_shuffle(x, 2).float().sigmoid()

    def fold(self) -> "Paint":
        """Nothing is merged for playing: its normalisation depends on the picture. Returns the network itself."""
        return self.eval()
