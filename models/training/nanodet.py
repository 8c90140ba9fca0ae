"""A public NanoDet-Plus (RangiLyu 2021, Apache-2.0) as a teacher, out of files of OpenVINO's intermediate form.

What the files quantise between layers is left out: it was calibrated on pictures of another scale, and the network
finds more without it. Weights stay as they are, eight bits and a scale a map. Any number of pictures of any size go in.
"""

import xml.etree.ElementTree as xml
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.training.teacher import PLACES
from models.yolox import COCO

TYPES = {"i8": np.int8, "f32": np.float32, "i64": np.int64, "u8": np.uint8, "i32": np.int32}
MEAN, SPREAD = (103.53, 116.28, 123.675), (57.375, 57.12, 58.395)  # of blue, green, red in 0..255
CHANCE = 3.09, 0.98  # slope and offset of a score's logit, for a find to be right as often as it says (on COCO)
STRIDES = (8, 16, 32, 64)


class Layer:
    """One of a file's: its kind, its settings, how long its inputs and outputs are, where its inputs come from."""

    def __init__(self, node: xml.Element):
        self.kind, data = node.get("type"), node.find("data")
        self.data = {} if data is None else dict(data.attrib)
        self.shapes = [[int(each.text) for each in port.findall("dim")] for port in node.findall("output/port")]
        self.outputs = [port.get("id") for port in node.findall("output/port")]
        self.inputs: dict[int, tuple[str, int]] = {}

    def numbers(self, key: str) -> list[int]:
        return [int(each) for each in self.data[key].split(",")]


def reshape(layer: Layer, x: Tensor, *_) -> Tensor:
    """Weights stay as they are; maps become two groups, or one again; places come in a row."""
    shape = layer.shapes[0]
    if len(shape) == 5:
        return x if shape[1] == 1 else x.unflatten(1, (shape[1], -1))
    return x.flatten(1, 2) if len(shape) == 4 else x.flatten(2)


OPERATIONS: dict[str, Callable] = {
    "Add": lambda layer, x, y: x + y,
    "Multiply": lambda layer, x, y: x * y,
    "Concat": lambda layer, *parts: torch.cat(parts, dim=int(layer.data["axis"])),
    "Convert": lambda layer, x: x.float(),
    "Convolution": lambda layer, x, w: F.conv2d(x, w, None, layer.numbers("strides"), layer.numbers("pads_begin")),
    "FakeQuantize": lambda layer, x, *_: x,
    "GroupConvolution": lambda layer, x, w: F.conv2d(x, w, None, layer.numbers("strides"),
                                                     layer.numbers("pads_begin"), 1, len(w)),
    "Interpolate": lambda layer, x, *_: F.interpolate(x, scale_factor=2.0, mode="bilinear"),
    "MaxPool": lambda layer, x: F.max_pool2d(x, *(layer.numbers(key) for key in ("kernel", "strides", "pads_begin"))),
    "PReLU": lambda layer, x, slope: F.prelu(x, slope.to(x.dtype).flatten()),
    "Reshape": reshape,
    "Sigmoid": lambda layer, x: x.sigmoid(),
    "StridedSlice": lambda layer, x, begin, end, *_: x[:, int(begin[1]):int(end[1])],
    "Transpose": lambda layer, x, *_: x.transpose(1, 2),
    "VariadicSplit": lambda layer, x, *_: x.split([shape[1] for shape in layer.shapes], dim=1),
}
SHAPES = {"Reshape", "Interpolate", "FakeQuantize", "Transpose", "VariadicSplit"}  # only the first input counts


class Graph(nn.Module):
    """The layers of a file, from its first transposition (pictures as BGR planes) to its result."""

    def __init__(self, path: Path):
        super().__init__()
        root, content = xml.parse(path).getroot(), path.with_suffix(".bin").read_bytes()
        self.layers = {node.get("id"): Layer(node) for node in root.find("layers")}
        for edge in root.find("edges"):
            source = self.layers[edge.get("from-layer")]
            port = source.outputs.index(edge.get("from-port"))
            self.layers[edge.get("to-layer")].inputs[int(edge.get("to-port"))] = (edge.get("from-layer"), port)
        self.first = next(name for name, layer in self.layers.items() if layer.kind == "Transpose")
        last = next(layer for layer in self.layers.values() if layer.kind == "Result")
        self.last, self.order = last.inputs[0][0], []
        self.visit(self.last, content, set())

    def needs(self, name: str) -> list[tuple[str, int]]:
        layer = self.layers[name]
        sources = [layer.inputs[port] for port in sorted(layer.inputs)]
        return sources[:1] if layer.kind in SHAPES else sources

    def visit(self, name: str, content: bytes, seen: set[str]) -> None:
        """Put a layer in order, after those that it needs; what depends on constants alone is computed at once."""
        layer = self.layers[name]
        if name in seen or name == self.first:
            return
        seen.add(name)
        if layer.kind == "Const":
            start, size = int(layer.data["offset"]), int(layer.data["size"])
            array = np.frombuffer(content[start:start + size], TYPES[layer.data["element_type"]])
            shape = [int(each) for each in layer.data["shape"].split(",") if each]
            self.register_buffer(f"at{name}", torch.from_numpy(array.reshape(shape).copy()))
            return
        for source, _ in self.needs(name):
            self.visit(source, content, seen)
        fixed = [getattr(self, f"at{source}", None) for source, _ in self.needs(name)]
        if all(each is not None for each in fixed):
            self.register_buffer(f"at{name}", OPERATIONS[layer.kind](layer, *fixed))
        else:
            self.order.append(name)

    def forward(self, x: Tensor) -> Tensor:
        values = {self.first: x}
        for name in self.order:
            inputs = []
            for source, port in self.needs(name):
                value = values[source] if source in values else getattr(self, f"at{source}")
                inputs.append(value[port] if isinstance(value, tuple) else value)
            values[name] = OPERATIONS[self.layers[name].kind](self.layers[name], *inputs)
        return values[self.last]


class NanoDet:
    """What the network says of pictures (N, 3, H, W) in 0..1, sides multiples of 32: at every place how likely our
    classes are (N, P, K), zero where it knows no such class, and corners in pixels (N, P, 4); fine strides first."""

    def __init__(self, path: Path, device: torch.device):
        self.kind = torch.half if device.type == "cuda" else torch.bfloat16
        self.graph = Graph(path).to(device, self.kind)
        self.mean, self.spread = (torch.tensor(each, device=device)[:, None, None] for each in (MEAN, SPREAD))
        self.places = torch.tensor(PLACES, device=device)

    @torch.inference_mode()
    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = (255 * x.flip(1) - self.mean) / self.spread
        said = self.graph(x.to(self.kind, memory_format=torch.channels_last)).float()
        chances = (CHANCE[0] * said[..., :len(COCO)].logit(1e-6) + CHANCE[1]).sigmoid()
        scores = F.pad(chances, (0, 1))[..., self.places]
        likely = said[..., len(COCO):].unflatten(2, (4, -1)).softmax(dim=3)
        reach = likely @ torch.arange(likely.shape[3], device=x.device).float()
        corners = []
        places = [(-(-x.shape[2] // stride), -(-x.shape[3] // stride)) for stride in STRIDES]
        for stride, (high, wide), part in zip(STRIDES, places, reach.split([h * w for h, w in places], dim=1),
                                              strict=True):
            ys, xs = torch.meshgrid(torch.arange(high, device=x.device), torch.arange(wide, device=x.device),
                                    indexing="ij")
            corner = stride * torch.stack((xs, ys), dim=-1).reshape(-1, 2)
            corners.append(torch.cat((corner - stride * part[..., :2], corner + stride * part[..., 2:]), dim=2))
        return scores, torch.cat(corners, dim=1)
