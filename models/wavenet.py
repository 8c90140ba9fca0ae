"""The voice's noise: a WaveNet that makes what a bow adds to the tone, one sample after the other, told how to play."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

RATE = 24_000  # samples a second
EMPHASIS = 0.7  # of the high frequencies in what the network hears and says, undone after it
DRIVE = 12.0  # on the pre-emphasised wave, so that its root mean square is about 1
LIMIT = 8.0  # the largest sample that the network hears or says
HOP = 32  # samples that share one row of controls
HARMONICS = (1, 2, 4, 8)  # of the wanted pitch, whose phases the network hears
CONTROLS = ("pitch", "loudness", "brightness", "roughness", "size", "bow", "new", "young", "settling", "leaving",
            "left", "gone")
MIDDLE, REACH = 45.0, 24.0  # pitch enters as (MIDI note - MIDDLE) / REACH
LOUDEST, RANGE = 0.2, 48.0  # the level that loudness 1 stands for (root mean square), and decibels down to loudness 0
SHARPEST, WIDEST = -7.0, 3.0  # natural logarithms between which the spread of a sample lies


def hertz(pitch):
    """The frequency of a MIDI note, whole or not: a number, an array or a tensor, and so is what it gives."""
    return 440 * 2 ** ((pitch - 69) / 12)


def emphasise(wave: Tensor) -> Tensor:
    """A wave (..., T + 1) as the network knows it, (..., T): high frequencies lifted, driven, within LIMIT."""
    return (DRIVE * (wave[..., 1:] - EMPHASIS * wave[..., :-1])).clamp(-LIMIT, LIMIT)


def harmonics(phase: Tensor) -> Tensor:
    """What the network hears of the wanted pitch: sine and cosine of each harmonic, (..., 8); phase is in cycles."""
    angles = 2 * math.pi * phase[..., None] * torch.tensor(HARMONICS, device=phase.device)
    return torch.cat((angles.sin(), angles.cos()), dim=-1).float()


class Wavenet(nn.Module):
    """An autoregressive network of dilated causal convolutions (van den Oord et al. 2016), kernel 2, gated units.

    forward takes what was heard before each sample, pre-emphasised (B, T); the phase of the wanted pitch at each sample
    in cycles (B, T), float64; one row of CONTROLS for every HOP samples (B, T / HOP, 12); and the instrument (B,). It
    returns mean and logarithm of the spread of each sample, (B, T) both, of the normal distribution that it is drawn
    from (as in Ping et al. 2018). The past before the first sample is silence: layers remember zeros. The noise is of
    constant level: how strong it is beside the tone, the partials know.
    """

    def __init__(self, instruments: int = 1, residual: int = 16, skip: int = 32,
                 dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64, 128), hidden: int = 32):
        super().__init__()
        self.residual, self.skip, self.dilations = residual, skip, tuple(dilations)
        layers = range(len(self.dilations))
        self.heard = nn.Linear(1, residual)
        self.instrument = nn.Embedding(instruments, hidden)
        self.listen = nn.Linear(len(CONTROLS), hidden)
        self.steer = nn.ModuleList(nn.Linear(hidden, 2 * residual) for _ in layers)
        taps = 2 * residual + 2 * len(HARMONICS)  # the layer's past, its present, the phases
        self.gates = nn.ModuleList(nn.Linear(taps, 2 * residual, bias=False) for _ in layers)
        self.residuals = nn.ModuleList(nn.Linear(residual, residual) for _ in layers[:-1])
        self.skips = nn.Linear(len(self.dilations) * residual, skip)
        self.out = nn.Linear(skip, 2)
        nn.init.normal_(self.instrument.weight, std=0.1)
        for layer in self.residuals:
            nn.init.normal_(layer.weight, std=residual ** -0.5 / 2)

    @property
    def reach(self) -> int:
        """The receptive field in samples."""
        return 1 + sum(self.dilations)

    def forward(self, heard: Tensor, phase: Tensor, controls: Tensor, instrument: Tensor) -> tuple[Tensor, Tensor]:
        return self.say(self.deep(heard, phase, controls, instrument))

    def say(self, deep: Tensor) -> tuple[Tensor, Tensor]:
        """The last layer: mean and logarithm of the spread, (B, T)."""
        mean, spread = self.out(deep).unbind(-1)
        return mean, spread.clamp(SHARPEST, WIDEST)

    def deep(self, heard: Tensor, phase: Tensor, controls: Tensor, instrument: Tensor) -> Tensor:
        """All but the last layer: (B, T, skip), never negative."""
        batch, length = heard.shape
        pitch = (controls[..., :1] - MIDDLE) / REACH
        controls = torch.cat((pitch, controls[..., 1:]), dim=-1)
        wish = torch.tanh(self.listen(controls) + self.instrument(instrument)[:, None])
        waves = harmonics(phase)
        x, gated = self.heard(heard[..., None]), []
        for layer, dilation in enumerate(self.dilations):
            past = F.pad(x, (0, 0, dilation, 0))[:, :length]
            z = self.gates[layer](torch.cat((past, x, waves), dim=-1))
            z = z.view(batch, -1, HOP, 2 * self.residual) + self.steer[layer](wish)[:, :, None]
            wave, gate = z.view(batch, length, -1).chunk(2, dim=-1)
            gated.append(torch.tanh(wave) * torch.sigmoid(gate))
            if layer < len(self.residuals):
                x = x + self.residuals[layer](gated[-1])
        return F.relu(self.skips(torch.cat(gated, dim=-1)))
