"""The voice: a WaveNet that bows a string one sample at a time, told at every moment how to play."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

RATE = 24_000  # samples a second
LEVELS = 256  # classes of a sample after companding
EMPHASIS = 0.7  # of the high frequencies before companding, undone after it: the quantiser's noise sinks below the tone
DRIVE = 2.5  # on the pre-emphasised wave before companding, so that it uses all the classes
HOP = 32  # samples that share one row of controls
HARMONICS = (1, 2, 4, 8)  # of the wanted pitch, whose phases the network hears
CONTROLS = ("pitch", "loudness", "brightness", "roughness", "size", "onset", "gate")
MIDDLE, REACH = 45.0, 24.0  # pitch enters as (MIDI note - MIDDLE) / REACH
ONSET = 0.08  # seconds in which the onset falls to 1 / e
LOUDEST, RANGE = 0.2, 48.0  # the level that loudness 1 stands for (root mean square), and decibels down to loudness 0


def compress(x: Tensor) -> Tensor:
    """Samples in -1..1 to classes 0..255 by the mu-law of ITU-T G.711 (mu = 255), uint8."""
    mu = LEVELS - 1
    y = torch.sign(x) * torch.log1p(mu * x.abs().clamp(max=1)) / math.log1p(mu)
    return ((y + 1) / 2 * mu).round().to(torch.uint8)


def expand(classes: Tensor) -> Tensor:
    """Classes 0..255 back to samples in -1..1, float32."""
    mu = LEVELS - 1
    y = 2 * classes.float() / mu - 1
    return torch.sign(y) * torch.expm1(y.abs() * math.log1p(mu)) / mu


def emphasise(wave: Tensor) -> Tensor:
    """A wave (..., T + 1) as the network knows it, (..., T): high frequencies lifted, driven."""
    return DRIVE * (wave[..., 1:] - EMPHASIS * wave[..., :-1])


def harmonics(phase: Tensor) -> Tensor:
    """What the network hears of the wanted pitch: sine and cosine of each harmonic, (..., 8); phase is in cycles."""
    angles = 2 * math.pi * phase[..., None] * torch.tensor(HARMONICS, device=phase.device)
    return torch.cat((angles.sin(), angles.cos()), dim=-1).float()


class Wavenet(nn.Module):
    """An autoregressive network of dilated causal convolutions (van den Oord et al. 2016), kernel 2, gated units.

    forward takes what was heard before each sample, classes (B, T); the phase of the wanted pitch at each sample,
    in cycles (B, T), float64; one row of CONTROLS for every HOP samples (B, T / HOP, 7); and the instrument (B,).
    It returns logits over the classes of the sample (B, T, 256). The past before the first sample is silence: layers
    remember zeros. Samples are pre-emphasised, mu-law companded and of constant level: loudness is applied afterwards.

    Controls: pitch in MIDI notes (60 is middle C); loudness, brightness, roughness 0..1; size of the instrument in
    octaves (0 as recorded, 1 half as large); onset, 1 and falling to 0 after a note has begun; gate, 1 while bowed.
    natural says which brightness the recordings have at MIDDLE, and its rise a semitone: a player asks from there.
    """

    def __init__(self, instruments: tuple[str, ...] = ("double bass",), residual: int = 32, skip: int = 64,
                 dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64) * 2, hidden: int = 32,
                 natural: tuple[float, float] = (0.4, -0.007)):
        super().__init__()
        self.instruments, self.residual, self.skip = tuple(instruments), residual, skip
        self.dilations, self.natural = tuple(dilations), tuple(natural)
        self.plan = {"instruments": list(instruments), "residual": residual, "skip": skip,
                     "dilations": list(dilations), "hidden": hidden, "natural": list(natural)}
        layers = range(len(self.dilations))
        self.heard = nn.Embedding(LEVELS, residual)
        self.instrument = nn.Embedding(len(self.instruments), hidden)
        self.listen = nn.Linear(len(CONTROLS), hidden)
        self.steer = nn.ModuleList(nn.Linear(hidden, 2 * residual) for _ in layers)
        taps = 2 * residual + 2 * len(HARMONICS)  # the layer's past, its present, the phases
        self.gates = nn.ModuleList(nn.Linear(taps, 2 * residual, bias=False) for _ in layers)
        self.residuals = nn.ModuleList(nn.Linear(residual, residual) for _ in layers[:-1])
        self.skips = nn.Linear(len(self.dilations) * residual, skip)
        self.mix = nn.Linear(skip, skip)
        self.out = nn.Linear(skip, LEVELS)
        nn.init.normal_(self.heard.weight, std=0.3)
        for layer in self.residuals:
            nn.init.normal_(layer.weight, std=residual ** -0.5 / 2)

    @property
    def reach(self) -> int:
        """The receptive field in samples."""
        return 1 + sum(self.dilations)

    def fold(self) -> "Wavenet":
        """Nothing folds; the network itself, in evaluation mode."""
        return self.eval()

    def forward(self, heard: Tensor, phase: Tensor, controls: Tensor, instrument: Tensor) -> Tensor:
        return self.out(self.deep(heard, phase, controls, instrument))

    def deep(self, heard: Tensor, phase: Tensor, controls: Tensor, instrument: Tensor) -> Tensor:
        """All but the last layer: (B, T, skip), never negative."""
        batch, length = heard.shape
        pitch = (controls[..., :1] - MIDDLE) / REACH
        controls = torch.cat((pitch, controls[..., 1:]), dim=-1)
        wish = torch.tanh(self.listen(controls) + self.instrument(instrument)[:, None])
        waves = harmonics(phase)
        x, gated = self.heard(heard.long()), []
        for layer, dilation in enumerate(self.dilations):
            past = F.pad(x, (0, 0, dilation, 0))[:, :length]
            z = self.gates[layer](torch.cat((past, x, waves), dim=-1))
            z = z.view(batch, -1, HOP, 2 * self.residual) + self.steer[layer](wish)[:, :, None]
            wave, gate = z.view(batch, length, -1).chunk(2, dim=-1)
            gated.append(torch.tanh(wave) * torch.sigmoid(gate))
            if layer < len(self.residuals):
                x = x + self.residuals[layer](gated[-1])
        y = F.relu(self.skips(torch.cat(gated, dim=-1)))
        return F.relu(self.mix(y))
