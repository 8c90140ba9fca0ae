"""YOLOX-Nano and YOLOX-Tiny (Ge et al. 2021, arXiv:2107.08430), for published weights: 80 kinds of things of COCO."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.detector import grid

COCO = ("person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
        "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow",
        "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee",
        "skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard",
        "tennis racket", "bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple",
        "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch",
        "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone",
        "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors", "teddy bear",
        "hair drier", "toothbrush")


class Convolution(nn.Module):
    """Convolution, batch norm, SiLU."""

    def __init__(self, channels: int, width: int, kernel: int = 1, stride: int = 1, groups: int = 1):
        super().__init__()
        self.conv = nn.Conv2d(channels, width, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(width, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        return F.silu(self.bn(self.conv(x)), inplace=True)


class Apart(nn.Module):
    """A 3x3 convolution in two: every map by itself, then all maps of a place."""

    def __init__(self, channels: int, width: int, stride: int = 1):
        super().__init__()
        self.dconv = Convolution(channels, channels, 3, stride, groups=channels)
        self.pconv = Convolution(channels, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.pconv(self.dconv(x))


def three(channels: int, width: int, apart: bool, stride: int = 1) -> nn.Module:
    """A 3x3 convolution, whole or apart."""
    return Apart(channels, width, stride) if apart else Convolution(channels, width, 3, stride)


class Bottleneck(nn.Module):
    def __init__(self, width: int, shortcut: bool, apart: bool):
        super().__init__()
        self.conv1, self.conv2, self.shortcut = Convolution(width, width), three(width, width, apart), shortcut

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv2(self.conv1(x))
        return x + y if self.shortcut else y


class Partial(nn.Module):
    """Half of the maps go through bottlenecks, half past them (cross stage partial, Wang et al. 2020)."""

    def __init__(self, channels: int, width: int, depth: int, shortcut: bool, apart: bool):
        super().__init__()
        half = width // 2
        self.conv1, self.conv2, self.conv3 = (Convolution(channels, half), Convolution(channels, half),
                                              Convolution(2 * half, width))
        self.m = nn.Sequential(*(Bottleneck(half, shortcut, apart) for _ in range(depth)))

    def forward(self, x: Tensor) -> Tensor:
        x, past = self.conv1(x), self.conv2(x)
        return self.conv3(torch.cat((self.m(x), past), dim=1))


class Pyramid(nn.Module):
    """Looks 5, 9 and 13 cells around: pooling by 5 twice is pooling by 9, three times by 13."""

    def __init__(self, width: int):
        super().__init__()
        self.conv1, self.conv2 = Convolution(width, width // 2), Convolution(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        around = [self.conv1(x)]
        for _ in range(3):
            around.append(F.max_pool2d(around[-1], 5, 1, 2))
        return self.conv2(torch.cat(around, dim=1))


class Focus(nn.Module):
    """Four pixels become the maps of one place."""

    def __init__(self, width: int):
        super().__init__()
        self.conv = Convolution(12, width, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(torch.cat([x[..., down::2, right::2] for right in (0, 1) for down in (0, 1)], dim=1))


class Darknet(nn.Module):
    """The backbone: maps at strides 8, 16 and 32."""

    def __init__(self, base: int, apart: bool):
        super().__init__()
        self.stem = Focus(base)
        for number, depth in ((2, 1), (3, 3), (4, 3), (5, 1)):
            channels, last = base << (number - 2), number == 5
            width = 2 * channels
            setattr(self, f"dark{number}", nn.Sequential(
                three(channels, width, apart, 2), *([Pyramid(width)] if last else []),
                Partial(width, width, depth, not last, apart)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        fine = self.dark3(self.dark2(self.stem(x)))
        middle = self.dark4(fine)
        return fine, middle, self.dark5(middle)


class Neck(nn.Module):
    """Mixes the three scales, coarse into fine and back again (as in PANet, Liu et al. 2018)."""

    def __init__(self, base: int, apart: bool):
        super().__init__()
        fine, middle, coarse = 4 * base, 8 * base, 16 * base
        self.backbone = Darknet(base, apart)
        self.lateral_conv0, self.reduce_conv1 = Convolution(coarse, middle), Convolution(middle, fine)
        self.C3_p4, self.C3_p3 = Partial(coarse, middle, 1, False, apart), Partial(middle, fine, 1, False, apart)
        self.bu_conv2, self.bu_conv1 = three(fine, fine, apart, 2), three(middle, middle, apart, 2)
        self.C3_n3, self.C3_n4 = Partial(middle, middle, 1, False, apart), Partial(coarse, coarse, 1, False, apart)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        fine, middle, coarse = self.backbone(x)
        coarse = self.lateral_conv0(coarse)
        middle = self.reduce_conv1(self.C3_p4(torch.cat((F.interpolate(coarse, scale_factor=2.0), middle), dim=1)))
        fine = self.C3_p3(torch.cat((F.interpolate(middle, scale_factor=2.0), fine), dim=1))
        middle = self.C3_n3(torch.cat((self.bu_conv2(fine), middle), dim=1))
        return fine, middle, self.C3_n4(torch.cat((self.bu_conv1(middle), coarse), dim=1))


class Heads(nn.Module):
    """For each scale: how far it reaches (4), whether something is there (1), what it is."""

    def __init__(self, base: int, classes: int, apart: bool):
        super().__init__()
        width = 4 * base
        self.stems = nn.ModuleList(Convolution(width << scale, width) for scale in range(3))
        for name in ("cls_convs", "reg_convs"):
            setattr(self, name, nn.ModuleList(
                nn.Sequential(three(width, width, apart), three(width, width, apart)) for _ in range(3)))
        for name, maps in (("cls_preds", classes), ("reg_preds", 4), ("obj_preds", 1)):
            setattr(self, name, nn.ModuleList(nn.Conv2d(width, maps, 1) for _ in range(3)))

    def forward(self, levels: tuple[Tensor, ...]) -> Tensor:
        said = []
        for scale, level in enumerate(levels):
            x = self.stems[scale](level)
            seen, near = self.cls_convs[scale](x), self.reg_convs[scale](x)
            parts = self.reg_preds[scale](near), self.obj_preds[scale](near), self.cls_preds[scale](seen)
            said.append(torch.cat(parts, dim=1).flatten(2))
        return torch.cat(said, dim=2).transpose(1, 2)


class Yolox(nn.Module):
    """forward takes (N, 3, H, W) RGB in 0..1, letterboxed, and returns boxes (N, P, 4) in pixels, scores (N, P, 80)."""

    size, stride = 416, 32

    def __init__(self, base: int, apart: bool, classes: tuple[str, ...] = COCO):
        super().__init__()
        self.classes = tuple(classes)
        self.backbone, self.head = Neck(base, apart), Heads(base, len(classes), apart)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        said = self.head(self.backbone(255 * x.flip(1))).float()  # it learned on blue, green, red in 0..255
        centres, strides = grid(x.shape[2], x.shape[3], x.device)
        boxes = torch.cat((centres + (said[..., :2] - 0.5) * strides, said[..., 2:4].exp() * strides), dim=2)
        return boxes, said[..., 4:5].sigmoid() * said[..., 5:].sigmoid()


def yolox_nano(classes: tuple[str, ...] = COCO) -> Yolox:
    """0.9 million parameters, its 3x3 convolutions apart."""
    return Yolox(16, True, classes)


def yolox_tiny(classes: tuple[str, ...] = COCO) -> Yolox:
    """5.1 million parameters."""
    return Yolox(24, False, classes)
