"""How fast the voice is: alone, beside a show, and beside plain torch making one sample after the other."""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from engine.errors import UserError
from engine.voice.mixer import BLOCK, console, mix, mixer
from models.disk import WEIGHTS, load
from models.generator import Generator, measure
from models.wavenet import CONTROLS, HOP, LIMIT, RATE, Wavenet, harmonics

LANES = 4
BLOCKS = 1500  # of the mix, eight seconds of sound
SHOW = 15  # seconds


@dataclass(frozen=True, slots=True)
class VoiceSpeed:
    """Times real time of one lane and of LANES, also while a show plays; of plain torch; and how a block's making
    spreads, as shares of the block's own length."""

    one: float
    four: float
    one_beside: float
    four_beside: float
    torch: float
    p50: float
    p99: float
    worst: float


class StepByStep:
    """The noise in plain torch with caches, as the paper has it (Le Paine et al. 2016): a step a sample, each layer's
    past kept."""

    def __init__(self, network: Wavenet):
        self.network = network
        self.past = [torch.zeros(dilation, network.residual) for dilation in network.dilations]
        self.heard, self.count, self.phase = torch.zeros(1), 0, 0.0
        self.controls = torch.zeros(1, len(CONTROLS))

    @torch.inference_mode()
    def render(self, count: int) -> list[float]:
        """So many samples of an A."""
        network, made = self.network, []
        for _ in range(count):
            if self.count % HOP == 0:
                wish = torch.tanh(network.listen(self.controls) + network.instrument.weight[:1])
                self.steer = [layer(wish)[0] for layer in network.steer]
            self.phase = (self.phase + 110 / RATE) % 1
            waves = harmonics(torch.tensor(self.phase, dtype=torch.float64))
            x, gated = network.heard(self.heard), []
            for layer, past in enumerate(self.past):
                place = self.count % len(past)
                z = network.gates[layer](torch.cat((past[place], x, waves))) + self.steer[layer]
                past[place] = x
                wave, gate = z.chunk(2)
                gated.append(torch.tanh(wave) * torch.sigmoid(gate))
                if layer < len(network.residuals):
                    x = x + network.residuals[layer](gated[-1])
            mean, spread = network.say(F.relu(network.skips(torch.cat(gated))))
            self.heard = (mean + spread.exp() * torch.randn(())).clamp(-LIMIT, LIMIT)[None]
            self.count += 1
            made.append(float(self.heard))
        return made


@contextmanager
def show():
    """The demo, headless, playing in another process on one core."""
    with tempfile.TemporaryDirectory() as folder:
        rig = Path(folder) / "quiet.toml"
        rig.write_text('[voice]\ndevice = "none"\n[osc]\nlisten = "127.0.0.1:0"\n')
        words = [sys.executable, "-m", "engine", "--headless", "--source", "demo", "--seconds", str(SHOW),
                 "--osc", "127.0.0.1:9", "--rig", str(rig)]
        playing = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   env={**os.environ, "OMP_NUM_THREADS": "1"})
        try:
            line = "it ends at once"
            while " fps" not in line:
                last, line = line, playing.stdout.readline()
                if not line:
                    raise UserError(f"no show plays beside the voice: {last.strip()}")
            yield
        finally:
            playing.terminate()
            playing.wait()


def voice_speed() -> VoiceSpeed:
    """Measure the shipped voice."""
    network = load("voice", WEIGHTS)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # many small steps are quickest so
    one, four = (max(measure(network, lanes) for _ in range(3)) for lanes in (1, LANES))
    step = StepByStep(network.noise)
    step.render(50)
    start = time.perf_counter()
    step.render(1000)
    slow = 1000 / RATE / (time.perf_counter() - start)
    torch.set_num_threads(threads)
    generator, state, spent = Generator(network, LANES), mixer(LANES, 2 * RATE, 2), []
    generator.targets[:] = 45, 0.8, 0.5, 0.1, 0, 1, 0, 1, 0, 0
    board = console(LANES)
    mix(generator.machine, generator.targets, board, state)  # compiled, or read from its cache
    with show():
        beside = [float(np.median([measure(network, lanes) for _ in range(5)])) for lanes in (1, LANES)]
        for _ in range(BLOCKS):
            start = time.perf_counter()
            mix(generator.machine, generator.targets, board, state)
            spent.append((time.perf_counter() - start) * RATE / BLOCK)
    return VoiceSpeed(one, four, *beside, slow, *np.percentile(spent, (50, 99, 100)))
