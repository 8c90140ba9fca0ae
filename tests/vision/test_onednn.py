"""Packed networks see the same, whatever they are built of."""

import numpy as np
import pytest
import torch
from torch import nn

from engine.vision.onednn import EIGHT_BITS, InBytes, Packed, byte_steps, has_kernels, pack
from engine.vision.runtimes import runtimes
from models.detector import Detector
from models.features import Features
from models.training.peaks import peaks

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
    network = Features(("a", "b"), **SMALL).fold()
    assert [each.precision for each in runtimes(network, torch.device("cpu"), "torch")] == ["float32"]
    network = network.bfloat16()
    assert pack(network, torch.rand(1, 3, 64, 96).bfloat16()) is network


@pytest.mark.skipif(not has_kernels(EIGHT_BITS), reason="this processor multiplies no bytes")
def test_in_eight_bits_a_network_sees_nearly_the_same():
    torch.manual_seed(0)
    network = Features(("a", "b"), **SMALL).fold().to(memory_format=torch.channels_last)
    bytes_ = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    high = peaks(network, [bytes_])
    assert len(high) == 7 and high["stages.conv1.0.conv"] == 1
    picture = torch.from_numpy(bytes_).permute(2, 0, 1)[None] / 255
    packed = pack(network, picture, high)
    assert sum(isinstance(module, InBytes) for module in packed.modules()) == 7
    with torch.inference_mode():
        exact, near = network(picture)[0], packed(picture)[0]
    for name, maps in exact.items():
        apart = (near[name] - maps).norm() / maps.norm()
        assert 0 < apart < 0.1, f"{name} is {apart:.3f} off"


@pytest.mark.skipif(not has_kernels(EIGHT_BITS), reason="this processor multiplies no bytes")
def test_maps_that_only_byte_convolutions_of_one_scale_read_stay_bytes():
    class Branched(nn.Module):
        """Convolutions whose maps are read by another; by two; by one and a sum; by one, and given out."""

        def __init__(self):
            super().__init__()
            self.first, self.second, self.third, self.fourth = (
                nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.ReLU()) for _ in range(4))
            self.left, self.right = nn.Conv2d(8, 8, 1), nn.Conv2d(8, 8, 1)

        def forward(self, x):
            second = self.second(self.first(x))
            third = self.third(self.left(second).relu() + self.right(second).relu())
            fourth = self.fourth(third)
            return fourth, third + fourth

    torch.manual_seed(0)
    network, picture = Branched().to(memory_format=torch.channels_last), torch.rand(1, 8, 16, 16)
    high = {name: 2.0 for name, module in network.named_modules() if type(module) is nn.Conv2d}
    packed = pack(network, picture, high)
    told = {name for name, module in packed.named_modules() if isinstance(module, InBytes) and module.told}
    assert told == {"first.0", "second.0"}
    seen = []
    for conv in (packed.second[0], packed.left, packed.fourth[0]):
        conv.register_forward_pre_hook(lambda _, given: seen.append(given[0].dtype))
    with torch.inference_mode():
        for one, other in zip(network(picture), packed(picture), strict=True):
            assert 0 < (other - one).norm() / one.norm() < 0.1
    assert seen == [torch.uint8, torch.uint8, torch.float32]
    packed = pack(network, picture, high | {"right": 3.0})
    assert packed.first[0].told and packed.second[0].told is None, "two scales: each reader rounds by itself"


@pytest.mark.skipif(not has_kernels(EIGHT_BITS), reason="this processor multiplies no bytes")
def test_bytes_are_multiplied_and_summed_rightly_at_their_largest():
    """Processors without VNNI overflow where both are as large as bytes go."""
    conv = nn.Conv2d(256, 8, 3, bias=False)
    nn.init.constant_(conv.weight, 0.5)
    nn.init.constant_(conv.weight[4:], -0.5)
    full = torch.full((1, 256, 3, 3), 2.0)
    with torch.inference_mode():
        found = InBytes(conv, full.shape, "none", 2.0, byte_steps())(full).flatten()
    assert found.tolist() == pytest.approx(4 * [2304.0] + 4 * [-2304.0])


def test_maps_that_go_below_zero_are_no_bytes():
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh(), nn.Conv2d(4, 4, 3))
    assert list(peaks(network, [np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 255, np.uint8)])) == ["0"]


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
