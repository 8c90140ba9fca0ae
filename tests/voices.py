"""Voices for tests: small, untrained, and known."""

import numpy as np
import torch

from models.fast import Generator
from models.wavenet import Wavenet


def network(seed=0) -> Wavenet:
    """A small untrained voice: it hisses."""
    torch.manual_seed(seed)
    return Wavenet(residual=16, skip=32, dilations=(1, 2, 4, 8)).eval()


def generator(lanes=2, seed=1) -> Generator:
    """One lane sounds."""
    made = Generator(network(), lanes, seed)
    made.targets[0] = 60, 1, 0.5, 0, 0, 1, 0, 1
    return made


def Tone() -> tuple:
    """Machine and targets of a voice that says the same class for ever: a steady level."""
    still = network()
    with torch.no_grad():
        still.out.weight.zero_()
        still.out.bias[:] = -50
        still.out.bias[200] = 50
    made = Generator(still, 1)
    made.targets[0] = 60, 0.9, 0.5, 0, 0, 1, 0, 1
    return made.machine, np.ascontiguousarray(made.targets)
