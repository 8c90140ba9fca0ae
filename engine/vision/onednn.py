"""Networks on a processor with their kernels laid out once, not again at every pass."""

import copy
from itertools import pairwise

import torch
from torch import Tensor, nn


class Packed(nn.Module):
    """A convolution, and the ReLU after it if there is one, whose kernel lies as oneDNN wants it for one size."""

    def __init__(self, conv: nn.Conv2d, size: torch.Size, activation: str):
        super().__init__()
        self.place = (conv.padding, conv.stride, conv.dilation, conv.groups)
        self.weight = torch.ops.mkldnn._reorder_convolution_weight(conv.weight.detach(), *self.place, size)
        self.bias, self.activation = conv.bias, activation

    def forward(self, x: Tensor) -> Tensor:
        return torch.ops.mkldnn._convolution_pointwise(x, self.weight, self.bias, *self.place, self.activation, [], "")


def has_kernels(dtype: torch.dtype) -> bool:
    """Whether this processor has oneDNN's kernels for a precision: for bfloat16 those with AVX2 alone have none."""
    return torch.backends.mkldnn.is_available() and (
        dtype == torch.float32 or dtype == torch.bfloat16 and torch.ops.mkldnn._is_mkldnn_bf16_supported())


@torch.inference_mode()
def pack(network: nn.Module, picture: Tensor) -> nn.Module:
    """A copy that is quicker on pictures like this one: plain torch lays its kernels out anew at every pass.

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
        for parent in list(twin.modules()):
            for (name, child), (after, follower) in pairwise([*parent.named_children(), ("", None)]):
                if child in sizes:
                    fused = isinstance(parent, nn.Sequential) and isinstance(follower, nn.ReLU)
                    setattr(parent, name, Packed(child, sizes[child], "relu" if fused else "none"))
                    if fused:
                        setattr(parent, after, nn.Identity())
        twin(picture)
    except (RuntimeError, AttributeError, TypeError):  # NotImplementedError is one of the first
        return network
    return twin
