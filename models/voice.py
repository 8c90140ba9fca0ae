"""The voice: a string's partials, summed from its phase, and a WaveNet for the noise that the bow makes with them."""

import math

import torch
from torch import Tensor, nn

from models.partials import PARTIALS, Partials
from models.wavenet import HOP, Wavenet

# Of the wander of a held note, as recordings have it: decibels of the level, decibels of a partial of its own at 0 and
# at -60 dB beside the level, cents of the pitch, decibels of the noise.
WANDER = ("level", "strong", "weak", "cents", "noise")
CLEAR = 9.0  # decibels at least of the tone over the noise: neither roughness nor an instrument takes the pitch away
FURTHEST = 0.5  # octaves up and down that the size of the instrument was learned


class Voice(nn.Module):
    """Harmonics plus noise (Serra and Smith 1990): `partials` says how strong each part is, `noise` is the WaveNet.

    instruments are the names of the instruments it knows; low and high the lowest and the highest MIDI note of each
    one's recordings, bright how far their brightness goes from what is usual (as a control). wander (5,) is what WANDER
    names, and turns (PARTIALS,) the phase of each partial against the string's, in cycles: a room has them all
    different, and the tone has fewer peaks so.
    """

    def __init__(self, instruments: tuple[str, ...] = ("double bass",), low: tuple[float, ...] = (24.0,),
                 high: tuple[float, ...] = (69.0,), bright: tuple[float, ...] = (0.3,), hidden: int = 64, **noise):
        super().__init__()
        self.instruments, self.low, self.high, self.bright = map(tuple, (instruments, low, high, bright))
        told = {"instruments": instruments, "low": low, "high": high, "bright": bright, "hidden": hidden, **noise}
        self.plan = {key: list(value) if isinstance(value, tuple) else value for key, value in told.items()}
        self.partials = Partials(len(self.instruments), hidden)
        self.noise = Wavenet(len(self.instruments), **noise)
        self.register_buffer("wander", torch.zeros(len(WANDER)))
        self.register_buffer("turns", torch.rand(PARTIALS, generator=torch.Generator().manual_seed(1)))

    def fold(self) -> "Voice":
        """Nothing folds; the network itself, in evaluation mode."""
        return self.eval()

    def clear(self, strengths: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Strengths (N, PARTIALS) and noise (N,) in decibels as they are played: the noise is CLEAR under the tone,
        and where it would not be, both are as loud together as they were."""
        tone, hiss = (10 ** (strengths / 10)).sum(1), 10 ** (noise / 10)
        most = tone / 10 ** (CLEAR / 10)
        lift = 10 * torch.log10((tone + hiss) / (tone + torch.minimum(hiss, most)))
        return strengths + lift[:, None], 10 * torch.log10(torch.minimum(hiss, most)) + lift

    def tone(self, phase: Tensor, strengths: Tensor) -> Tensor:
        """The sum of the partials (T,) from the phase in cycles (T,), float64, and their strengths in decibels at the
        end of each HOP (T / HOP, PARTIALS), from silence on: amplitudes move in straight lines."""
        peaks = math.sqrt(2) * 10 ** (strengths.double() / 20)
        before = torch.cat((torch.zeros_like(peaks[:1]), peaks[:-1]))
        part = (torch.arange(HOP) / HOP)[None, :, None]
        peaks = (before[:, None] + part * (peaks - before)[:, None]).reshape(-1, PARTIALS)
        numbers = torch.arange(1, PARTIALS + 1)
        return (peaks * torch.sin(2 * math.pi * (phase[:, None] * numbers + self.turns))).sum(1)
