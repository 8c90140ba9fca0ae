"""Voices for tests: small, untrained, and known."""

import numpy as np
import torch

from models.generator import Generator
from models.partials import BANDS
from models.voice import Voice


def network(seed=0) -> Voice:
    """A small untrained voice: a tone with a hiss."""
    torch.manual_seed(seed)
    made = Voice(residual=16, skip=32, dilations=(1, 2, 4, 8)).eval()
    with torch.no_grad():
        made.partials.out.bias[:BANDS] += 16  # about as loud as a trained one
        made.partials.out.bias[-1] = -14
    made.wander.copy_(torch.tensor([1.0, 1.0, 2.0, 2.0, 1.0]))
    return made


def generator(lanes=2, seed=1) -> Generator:
    """One lane sounds."""
    made = Generator(network(), lanes, seed)
    made.targets[0] = 60, 1, 0.5, 0, 0, 1, 0, 1, 0, 0
    return made


def Tone() -> tuple:
    """Machine and targets of a voice that says the same sample for ever: a steady level."""
    still = network()
    with torch.no_grad():
        still.wander.zero_()
        for layer, bias in ((still.partials.out, -200.0), (still.noise.out, 1.0)):
            layer.weight.zero_()
            layer.bias[:] = bias
        still.partials.out.bias[-1], still.noise.out.bias[1] = 0.0, -50.0
    made = Generator(still, 1)
    made.targets[0] = 60, 0.9, 0.5, 0, 0, 1, 0, 1, 0, 0
    return made.machine, np.ascontiguousarray(made.targets)
