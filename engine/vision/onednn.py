"""Networks on a processor: kernels laid out once, not again at every pass, and multiplied in bytes where that pays."""

import copy
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise

import cv2
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

EIGHT_BITS = torch.uint8  # the precision whose maps are bytes while they are multiplied, and float32 in between


class Packed(nn.Module):
    """A convolution, and the ReLU after it if there is one, whose kernel lies as oneDNN wants it for one size."""

    def __init__(self, conv: nn.Conv2d, size: torch.Size, activation: str):
        super().__init__()
        self.place = (conv.padding, conv.stride, conv.dilation, conv.groups)
        self.weight = torch.ops.mkldnn._reorder_convolution_weight(conv.weight.detach(), *self.place, size)
        self.bias, self.activation = conv.bias, activation

    def forward(self, x: Tensor) -> Tensor:
        return torch.ops.mkldnn._convolution_pointwise(x, self.weight, self.bias, *self.place, self.activation, [], "")


class InBytes(nn.Module):
    """A packed convolution of bytes: its input from 0 to `peak` in 255 steps, its kernels in `steps` to either side.

    Takes maps that are never negative, in float32 or as bytes in such steps, and returns others: in float32, or as
    bytes in steps of `told`, if those who read them want these.
    """

    told: float | None = None

    def __init__(self, conv: nn.Conv2d, size: torch.Size, activation: str, peak: float, steps: int):
        super().__init__()
        weight, self.scale, self.activation = conv.weight.detach(), max(peak, 1e-6) / 255, activation
        scales = weight.abs().amax((1, 2, 3)).clamp(min=1e-9) / steps
        place = [list(part) for part in (conv.stride, conv.padding, conv.dilation)]
        self.kernel = torch.ops.onednn.qconv_prepack(
            (weight / scales[:, None, None, None]).round().to(torch.int8), scales, self.scale, 0, *place, conv.groups,
            list(size))
        self.rest = (scales, torch.zeros(len(scales), dtype=torch.int8), conv.bias, *place, conv.groups)

    def forward(self, x: Tensor) -> Tensor:
        x = x if x.dtype == EIGHT_BITS else in_bytes(x, self.scale)
        out = (1.0, 0, torch.float32) if self.told is None else (self.told, 0, EIGHT_BITS)
        return torch.ops.onednn.qconv_pointwise(x, self.scale, 0, self.kernel, *self.rest, *out, self.activation, [],
                                                "")


def in_bytes(x: Tensor, scale: float) -> Tensor:
    """Maps that are never negative in multiples of scale, 255 at most; OpenCV takes a quarter of torch's time."""
    x = x.permute(0, 2, 3, 1).contiguous()
    rows = cv2.convertScaleAbs(x.flatten(0, 1).flatten(1).numpy(), alpha=1 / scale)
    return torch.from_numpy(rows).view(x.shape).permute(0, 3, 1, 2)


class ReadElsewhere(TorchDispatchMode):
    """Which tensors a network reads while it runs, by where they lie, outside of the modules that it is told of."""

    def __init__(self):
        super().__init__()
        self.outside, self.found, self.kept = True, set(), []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if self.outside:
            self.found.update(map(memory, tensors((args, kwargs))))
        made = function(*args, **kwargs or {})
        self.kept.append(made)  # or another would come to lie there
        return made


def tensors(nested: object) -> Iterator[Tensor]:
    """Those in it that lie in memory as others do: packed kernels do not."""
    return (each for each in tree_leaves(nested) if isinstance(each, Tensor) and each.layout == torch.strided)


def memory(x: Tensor) -> int:
    """Where a tensor lies."""
    return x.untyped_storage().data_ptr()


def hand_on_bytes(network: nn.Module, picture: Tensor) -> None:
    """Let convolutions of bytes whose maps nobody reads but others of one scale hand them on as bytes."""
    elsewhere, makers, readers = ReadElsewhere(), {}, defaultdict(list)

    def enters(conv: InBytes, given: tuple[Tensor, ...]) -> None:
        readers[memory(given[0])].append(conv)
        elsewhere.outside = False

    def leaves(conv: InBytes, given: tuple[Tensor, ...], made: Tensor) -> None:
        makers[memory(made)] = conv
        elsewhere.outside = True

    convs = [module for module in network.modules() if isinstance(module, InBytes)]
    hooks = [hook for conv in convs
             for hook in (conv.register_forward_pre_hook(enters), conv.register_forward_hook(leaves))]
    with elsewhere:
        elsewhere.found.update(map(memory, tensors(network(picture))))
    for hook in hooks:
        hook.remove()
    for where, conv in makers.items():
        scales = {reader.scale for reader in readers[where]}
        if conv.activation == "relu" and len(scales) == 1 and where not in elsewhere.found:
            conv.told = scales.pop()


@cache
def byte_steps() -> int:
    """The largest weight that this processor multiplies bytes with and sums up rightly; 0 if it has no such kernels.

    A byte holds 127; processors without VNNI add two products in 16 bits, which hold 64 times 255 twice.
    """
    full = torch.full((1, 64, 8, 8), 255.0)
    conv = nn.Conv2d(64, 16, 1, bias=False)
    nn.init.ones_(conv.weight)
    for steps in (127, 64):
        try:
            found = InBytes(conv, full.shape, "none", 255.0, steps)(full).detach()
        except (RuntimeError, AttributeError, TypeError):
            return 0
        if torch.allclose(found, torch.full_like(found, 255.0 * 64)):
            return steps
    return 0


def has_kernels(precision: torch.dtype) -> bool:
    """Whether this processor has oneDNN's kernels for a precision: for bfloat16 those with AVX2 alone have none."""
    if not torch.backends.mkldnn.is_available():
        return False
    return {torch.float32: lambda: True, torch.bfloat16: torch.ops.mkldnn._is_mkldnn_bf16_supported,
            EIGHT_BITS: lambda: byte_steps() > 0}[precision]()


@torch.inference_mode()
def pack(network: nn.Module, picture: Tensor, peaks: Mapping[str, float] = {}) -> nn.Module:
    """A copy that is quicker on pictures like this one: plain torch lays its kernels out anew at every pass.

    peaks says, by name, how high the inputs of convolutions go that are to multiply bytes.

    The network itself where that cannot be done: on another device, without oneDNN's kernels for its precision, or
    with convolutions of a kind that oneDNN does not pack.
    """
    if picture.device.type != "cpu" or not has_kernels(picture.dtype):
        return network
    twin, sizes = copy.deepcopy(network), {}
    hooks = [module.register_forward_pre_hook(lambda conv, given: sizes.update({conv: given[0].shape}))
             for module in twin.modules() if type(module) is nn.Conv2d and module.padding_mode == "zeros"]
    twin(picture)
    for hook in hooks:
        hook.remove()
    try:
        for path, parent in list(twin.named_modules()):
            for (name, child), (after, follower) in pairwise([*parent.named_children(), ("", None)]):
                if child in sizes:
                    fused = isinstance(parent, nn.Sequential) and isinstance(follower, nn.ReLU)
                    peak = peaks.get(f"{path}.{name}".removeprefix("."))
                    place = (child, sizes[child], "relu" if fused else "none")
                    setattr(parent, name, InBytes(*place, peak, byte_steps()) if peak else Packed(*place))
                    if fused:
                        setattr(parent, after, nn.Identity())
        hand_on_bytes(twin, picture)
    except (RuntimeError, AttributeError, TypeError):  # NotImplementedError is one of the first
        return network
    return twin
