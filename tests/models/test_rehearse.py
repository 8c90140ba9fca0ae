"""What the voice hears of itself while it learns is what it would have played."""

import numpy as np
import torch

from models.fast import GROUP
from models.training.rehearse import rehearse
from models.training.sounds import Lessons
from models.wavenet import HOP, LEVELS
from tests.voices import network

COUNT = 8 * HOP


def lesson() -> tuple[Lessons, torch.Tensor]:
    """A batch that is no sound in particular, and classes for it."""
    random = np.random.default_rng(3)
    controls = random.random((GROUP, COUNT // HOP, 7))
    controls[..., 0] = random.uniform(30, 60, controls.shape[:2])
    phase = random.uniform(0, 1, (GROUP, 1)) + np.cumsum(random.uniform(0.002, 0.01, (GROUP, COUNT)), 1)
    batch = Lessons(np.zeros((GROUP, COUNT + 1), np.float32), phase, controls, np.zeros(GROUP, np.int64))
    return batch, torch.from_numpy(random.integers(0, LEVELS, (GROUP, COUNT), dtype=np.uint8))


def test_it_goes_on_alone_as_the_network_in_torch_would():
    voice, (batch, truth) = network(), lesson()
    with torch.no_grad():
        voice.out.weight *= 1e6  # so sure of itself that chance has no say
        alone = rehearse(voice, batch, truth, seed=1)
        heard = torch.nn.functional.pad(alone[:, :-1], (1, 0), value=LEVELS // 2)
        logits = voice(heard, torch.from_numpy(batch.phase % 1), torch.from_numpy(batch.controls.astype(np.float32)),
                       torch.from_numpy(batch.instrument))
    lead = voice.reach
    assert torch.equal(alone[:, :lead], truth[:, :lead]) and not torch.equal(alone[:, lead:], truth[:, lead:])
    surest = logits[:, lead:].topk(2, dim=-1)
    clear = surest.values[..., 0] - surest.values[..., 1] > 100
    assert clear.float().mean() > 0.9
    assert torch.equal(alone[:, lead:][clear], surest.indices[..., 0][clear].to(torch.uint8))


def test_the_same_seed_plays_the_same_and_another_does_not():
    voice, (batch, truth) = network(), lesson()
    one, two, other = (rehearse(voice, batch, truth, seed) for seed in (1, 1, 2))
    assert torch.equal(one, two) and not torch.equal(one, other)
