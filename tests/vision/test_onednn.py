"""Packed networks see the same, whatever they are built of."""

import pytest
import torch
from torch import nn

from engine.vision.inference import precisions
from engine.vision.onednn import Packed, has_kernels, pack
from models.detector import Detector
from models.features import Features

SMALL = {"widths": (4, 6, 8, 10, 12), "depths": (1, 1, 2, 1, 2)}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_same_numbers_from_fewer_layouts(dtype):
    for network in (Features(("a", "b"), **SMALL), Detector(("a", "b"), **SMALL, neck=8, head=(4, 4))):
        network = network.fold().to(dtype, memory_format=torch.channels_last)
        picture = torch.rand(1, 3, 64, 96).to(dtype).contiguous(memory_format=torch.channels_last)
        packed = pack(network, picture)
        assert any(isinstance(module, Packed) for module in packed.modules()) == has_kernels(dtype)
        with torch.inference_mode():
            for mine, theirs in zip(network(picture), packed(picture), strict=True):
                for one, other in zip(mine.values(), theirs.values()) if isinstance(mine, dict) else [(mine, theirs)]:
                    torch.testing.assert_close(other, one)


def test_a_processor_without_bfloat16_keeps_its_networks_and_is_not_asked_to_try(monkeypatch):
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: False)
    assert not has_kernels(torch.bfloat16) and precisions(torch.device("cpu")) == (torch.float32,)
    network = Features(("a", "b"), **SMALL).fold().bfloat16()
    assert pack(network, torch.rand(1, 3, 64, 96).bfloat16()) is network


def test_only_a_relu_right_after_its_convolution_is_drawn_in():
    class Odd(nn.Module):
        """A ReLU that stands beside a convolution but is used before it."""

        def __init__(self):
            super().__init__()
            self.conv, self.relu = nn.Conv2d(3, 4, 3), nn.ReLU()

        def forward(self, x):
            return self.conv(self.relu(x - 0.5))

    network, picture = Odd(), torch.rand(1, 3, 8, 8)
    with torch.inference_mode():
        torch.testing.assert_close(pack(network, picture)(picture), network(picture))
    assert type(network.conv) is nn.Conv2d, "the network that was given stays as it was"


@pytest.mark.parametrize("conv", [nn.Conv2d(3, 4, 3, padding="same"), nn.Conv2d(3, 4, 3, padding_mode="reflect"),
                                  nn.Conv2d(3, 6, 3, groups=3, dilation=2, bias=False)])
def test_unusual_convolutions(conv):
    network, picture = nn.Sequential(conv, nn.ReLU()), torch.rand(1, 3, 16, 16)
    with torch.inference_mode():
        torch.testing.assert_close(pack(network, picture)(picture), network(picture))
