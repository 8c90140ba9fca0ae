"""A torch network as a graph in ONNX, that other runtimes take: made once, and kept for the next start."""

import contextlib
import copy
import hashlib
import inspect
import io
import json
import os
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models.published import cache

KEPT = 60  # files; the oldest are deleted
OPSET = 17
STEPS = 127  # to either side, of weights in eight bits


@dataclass(frozen=True, slots=True)
class Graph:
    """An ONNX model: content is its file; feed makes inputs of a picture, tell a network's answer of the outputs."""

    content: bytes
    outputs: tuple[str, ...]
    feed: Callable[[Tensor], dict[str, np.ndarray]]
    tell: Callable[[Sequence[np.ndarray]], tuple]


class Flat(nn.Module):
    """A network whose answer is a row of tensors, as graphs have it; `taps` are the names of all but the last."""

    def __init__(self, network: nn.Module, picture: Tensor):
        super().__init__()
        self.network = network
        first, _ = network(picture)
        self.taps = list(first) if isinstance(first, dict) else None

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        first, last = self.network(x)
        return (*first.values(), last) if self.taps else (first, last)

    def tell(self, outputs: Sequence[np.ndarray]) -> tuple:
        *first, last = map(torch.from_numpy, outputs)
        return (dict(zip(self.taps, first, strict=True)) if self.taps else first[0]), last


class InSteps(nn.Module):
    """A convolution whose input and kernels are rounded to what eight bits hold."""

    def __init__(self, conv: nn.Conv2d, peak: float):
        super().__init__()
        self.conv, self.scale = copy.deepcopy(conv), peak / 255
        scales = conv.weight.detach().abs().amax((1, 2, 3)).clamp(min=1e-9) / STEPS
        self.register_buffer("scales", scales)
        self.register_buffer("zeros", torch.zeros(len(scales), dtype=torch.int32))

    def forward(self, x: Tensor) -> Tensor:
        x = torch.fake_quantize_per_tensor_affine(x, self.scale, 0, 0, 255)
        kernel = torch.fake_quantize_per_channel_affine(self.conv.weight, self.scales, self.zeros, 0, -128, 127)
        return self.conv._conv_forward(x, kernel, self.conv.bias)


def graph_of(network: nn.Module, picture: Tensor, peaks: Mapping[str, float] = {}) -> Graph:
    """The graph for pictures like this one; with peaks (see onednn.pack) its convolutions are in eight bits.

    Kept in the user's cache by all that it is made of: weights, code, versions, size.
    """
    network = copy.deepcopy(network).float().cpu().eval()
    for name, peak in peaks.items():
        parent, _, child = name.rpartition(".")
        setattr(network.get_submodule(parent), child, InSteps(network.get_submodule(name), peak))
    with torch.no_grad():
        flat = Flat(network, picture)
    outputs = (*map("tap_{}".format, flat.taps), "logits") if flat.taps else ("boxes", "scores")
    path = folder() / f"{digest(network, picture.shape, peaks)}.onnx"
    if not path.is_file():
        export(flat, picture, outputs, path)
    return Graph(path.read_bytes(), outputs, lambda x: {"picture": x.contiguous().numpy()}, flat.tell)


def export(flat: Flat, picture: Tensor, outputs: tuple[str, ...], path: Path) -> None:
    """Write the graph, whole or not at all."""
    content = io.BytesIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # what tracing makes constant is constant: the size
        torch.onnx.export(flat, (picture.contiguous(),), content, dynamo=False, opset_version=OPSET,
                          input_names=["picture"], output_names=list(outputs))
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content.getvalue())
    os.replace(file.name, path)
    for old in sorted(filter(Path.is_file, path.parent.iterdir()), key=lambda file: file.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)


def digest(network: nn.Module, shape: Sequence[int], peaks: Mapping[str, float]) -> str:
    """A name for all that a graph is made of."""
    found = hashlib.sha256(json.dumps([torch.__version__, OPSET, list(shape), dict(peaks)]).encode())
    for file in sorted({inspect.getsourcefile(type(module)) for module in network.modules()}):
        found.update(Path(file).read_bytes())
    for name, tensor in network.state_dict().items():
        found.update(name.encode() + tensor.contiguous().numpy().tobytes())
    return found.hexdigest()


def folder() -> Path:
    """Where graphs are kept, the user's own; a fresh one for this time where that cannot be written to."""
    kept = cache().parent / "neocog"
    try:
        kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=kept).close()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="neocog-"))
    return kept
