"""The network that finds things: five stages, a neck that mixes three scales down and up, and one head a scale."""

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.blocks import Block, Stages, fold

STRIDES = (8, 16, 32)


@cache  # for good: a captured CUDA graph reads them where they lie
def grid(height: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Where predictions sit in a picture of this size: centres (N, 2) as x y in pixels, strides (N, 1), float32."""
    centres, strides = [], []
    with torch.inference_mode(False):
        for stride in STRIDES:
            sides = ((side + stride - 1) // stride for side in (height, width))  # -(-side // stride) is wrong in ONNX
            ys, xs = torch.meshgrid(*(torch.arange(side, device=device) for side in sides), indexing="ij")
            centres.append((torch.stack((xs, ys), dim=-1).reshape(-1, 2) + 0.5) * stride)
            strides.append(torch.full((len(centres[-1]), 1), float(stride), device=device))
        return torch.cat(centres), torch.cat(strides)


def doubled(coarse: Tensor, fine: Tensor) -> Tensor:
    """Maps at twice their size, cut off where finer ones end."""
    return F.interpolate(coarse, scale_factor=2.0)[:, :, :fine.shape[2], :fine.shape[3]]


class Neck(nn.Module):
    """Mixes three scales, coarse into fine and back again (as in PANet, Liu et al. 2018), all at one width.

    The coarse one first looks further around itself (spatial pyramid pooling, He et al. 2014): large things need it.
    """

    def __init__(self, channels: tuple[int, ...], width: int, folded: bool):
        super().__init__()
        entries = (*channels[:-1], 3 * channels[-1])
        self.enter = nn.ModuleList(Block(each, width, 1, folded=folded) for each in entries)
        self.mix = Block(width, width, folded=folded)
        self.shrink = nn.ModuleList(Block(width, width, stride=2, folded=folded) for _ in channels[1:])

    def forward(self, fine: Tensor, middle: Tensor, coarse: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        around = F.max_pool2d(coarse, 5, 1, 2)
        coarse = torch.cat((coarse, around, F.max_pool2d(around, 5, 1, 2)), dim=1)
        fine, middle, coarse = (enter(x) for enter, x in zip(self.enter, (fine, middle, coarse), strict=True))
        middle = self.mix(middle + doubled(coarse, middle))
        fine = fine + doubled(middle, fine)
        middle = middle + self.shrink[0](fine)
        return fine, middle, coarse + self.shrink[1](middle)


class Head(nn.Module):
    """What is here and how far it reaches, for one scale: (N, 4 + K, h, w), raw. Each question has its own branch.

    Both branches' 3x3 convolutions look at the same maps, so they are one convolution whose maps are then shared out;
    folded, the two 1x1 convolutions after it are one as well, with zeros where a branch does not look.
    """

    def __init__(self, channels: int, widths: tuple[int, int], classes: int, folded: bool):
        super().__init__()
        self.widths = widths
        self.mix = Block(channels, sum(widths), folded=folded)
        self.out = nn.Conv2d(sum(widths), 4 + classes, 1) if folded else None
        if not folded:
            self.where, self.what = nn.Conv2d(widths[0], 4, 1), nn.Conv2d(widths[1], classes, 1)
            nn.init.constant_(self.where.bias, 1.0)
            nn.init.constant_(self.what.bias, -4.6)  # at first one place in a hundred holds something

    def forward(self, x: Tensor) -> Tensor:
        x = self.mix(x)
        if self.out is not None:
            return self.out(x)
        near, seen = x.split(self.widths, dim=1)
        return torch.cat((self.where(near), self.what(seen)), dim=1)

    @torch.no_grad()
    def fold(self) -> None:
        """Merge the two branches' last convolutions; the output stays the same."""
        if self.out is not None:
            return
        weight = torch.block_diag(self.where.weight.flatten(1), self.what.weight.flatten(1))
        self.out = nn.Conv2d(weight.shape[1], weight.shape[0], 1)
        self.out.weight = nn.Parameter(weight[:, :, None, None])
        self.out.bias = nn.Parameter(torch.cat((self.where.bias, self.what.bias)))
        del self.where, self.what


class Detector(nn.Module):
    """Boxes and scores for a picture: no anchors, no objectness, no suppression of doubles (that is the eyes' work).

    forward takes (N, 3, H, W) RGB in 0..1, letterboxed, sides multiples of `stride`, best with a long side of about
    `size`, for small things with one of the `larger` ones as well (the best first) or, slow and best, with all `closer`
    ones, and returns boxes (N, P, 4) as cx cy w h in pixels of that picture and scores (N, P, K) in 0..1, float32.
    """

    stride, larger, closer = STRIDES[0], (640, 480), (560, 896)

    def __init__(self, classes: tuple[str, ...], widths: tuple[int, ...] = (32, 64, 128, 192, 256),
                 depths: tuple[int, ...] = (1, 1, 2, 2, 2), neck: int = 96, head: tuple[int, int] = (64, 96),
                 size: int = 320, folded: bool = False):
        super().__init__()
        self.classes, self.size = tuple(classes), size
        self.plan = {"classes": list(classes), "widths": list(widths), "depths": list(depths), "neck": neck,
                     "head": list(head), "size": size}
        self.stages = Stages(widths, depths, (2, 2, 2, 2, 2), folded)
        self.neck = Neck(widths[2:], neck, folded)
        self.heads = nn.ModuleList(Head(neck, tuple(head), len(classes), folded) for _ in STRIDES)

    def maps(self, x: Tensor) -> tuple[Tensor, ...]:
        """What the stages and the neck make of a picture at strides 8, 16, 32: three maps and three."""
        taps = self.stages(x)
        seen = taps["conv3"], taps["conv4"], taps["conv5"]
        return *seen, *self.neck(*seen)

    def read(self, levels: tuple[Tensor, ...], height: int, width: int) -> tuple[Tensor, Tensor]:
        """What the heads read from the neck's maps: corners (N, P, 4) and logits (N, P, K) as predict() gives them."""
        raw = torch.cat([head(level).flatten(2) for head, level in zip(self.heads, levels, strict=True)], dim=2)
        reach, logits = raw.transpose(1, 2).float().split((4, len(self.classes)), dim=2)
        centres, strides = grid(height, width, raw.device)
        reach = reach.clamp(max=5.0).exp() * strides
        return torch.cat((centres - reach[..., :2], centres + reach[..., 2:]), dim=2), logits

    def predict(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What training needs: corners (N, P, 4) as left top right bottom in pixels, logits (N, P, K), float32."""
        return self.read(self.maps(x)[3:], *x.shape[2:])

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        corners, logits = self.predict(x)
        near, far = corners.chunk(2, dim=2)
        return torch.cat(((near + far) / 2, far - near), dim=2), logits.sigmoid()

    def fold(self) -> "Detector":
        """Merge branches and batch norms for playing; returns the network itself, in evaluation mode."""
        for head in self.heads:
            head.fold()
        return fold(self)

    @torch.no_grad()
    def with_classes(self, classes: tuple[str, ...]) -> "Detector":
        """A folded copy for other classes: what it knows of those of the same name, and all the rest, carries over."""
        other = Detector(**{**self.plan, "classes": classes}, folded=True)
        mine = self.state_dict()
        for key, tensor in other.state_dict().items():
            if tensor.shape == mine[key].shape and "out" not in key:
                tensor.copy_(mine[key])
        rows = [self.classes.index(name) if name in self.classes else None for name in other.classes]
        for head, own in zip(other.heads, self.heads, strict=True):
            head.out.weight[4:], head.out.bias[4:] = 0, -4.6
            for row, old in enumerate((*range(-4, 0), *rows)):
                if old is not None:
                    head.out.weight[row], head.out.bias[row] = own.out.weight[4 + old], own.out.bias[4 + old]
        return other.eval()
