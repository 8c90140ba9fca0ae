"""What the voice hears of itself in a show, made while it learns: it plays a lesson alone, told what a lesson tells."""

import math

import numpy as np
import torch
from numba import njit
from torch import Tensor

from models.fast import GROUP, INSTRUMENT, OPEN, PHASE, SINCE, Generator, conditions, sample
from models.training.sounds import Lessons
from models.wavenet import HOP, ONSET, Wavenet

TOLD = 5  # of the controls are told as they are; the onset comes out of the time since it, the gate is told last


@njit(nogil=True, cache=True, fastmath=True)
def follow(machine, truth, phase, controls, instrument, lead):
    """Go on alone after the first `lead` samples: classes (GROUP, T) in truth are overwritten from there on."""
    group = np.arange(GROUP)
    for moment in range(phase.shape[1]):
        for lane in range(GROUP):
            state = machine.state[lane]
            if moment % HOP == 0:
                row = controls[lane, moment // HOP]
                for column in range(TOLD):
                    state[column] = row[column]
                state[SINCE] = -ONSET * math.log(max(row[TOLD], 1e-6))
                state[OPEN] = row[TOLD + 1]
                state[INSTRUMENT] = instrument[lane]
                conditions(machine, lane)
            state[PHASE] = phase[lane, moment] % 1.0
            if moment > 0:
                machine.heard[lane] = truth[lane, moment - 1]
        sample(machine, group, GROUP)
        machine.counter[0] += 1
        if moment >= lead:
            for lane in range(GROUP):
                truth[lane, moment] = machine.heard[lane]


def rehearse(network: Wavenet, batch: Lessons, truth: Tensor, seed: int) -> Tensor:
    """The classes (GROUP, T) that the network makes of a batch of GROUP lessons, after a lead of its own reach."""
    alone = truth.numpy().copy()
    follow(Generator(network, GROUP, seed, 1.0).machine, alone, batch.phase, batch.controls.astype(np.float32),
           batch.instrument, network.reach)
    return torch.from_numpy(alone)
