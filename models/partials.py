"""The voice's tone: how strong each partial of the string is while it is bowed, and how strong the noise beside it."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.wavenet import CONTROLS, MIDDLE, REACH, hertz

PARTIALS, HIGHEST = 352, 11_000.0  # of a tone, and Hz up to which they sound
TAPER = 500.0  # Hz below HIGHEST in which they fade
QUIETEST, FAINT = -100.0, -70.0  # decibels that stand for nothing, and under which a partial sinks to that
BEGINNING, LEAVING = (0.02, 0.1, 0.4), (0.05, 0.2, 0.6)  # seconds in which what follows a begin or an end falls to 1/e
BRIGHTEST, ROUGHEST = 1.5, 24.0  # octaves of the centroid and decibels of the noise that stand for 1
SINK = 4.0  # decibels besides for each decibel under FAINT: recordings tell of such partials only that they are weak
BANDS, BEND = 64, 150.0  # places on the frequency axis, close to equal below BEND Hz and to logarithmic above
NUMBERS = 48  # partials that differ from their neighbours, by where the bow touches the string
EDGE = (BANDS - 1) / math.log1p(11_500 / BEND)


def clocks(since: np.ndarray, until: np.ndarray) -> list[np.ndarray]:
    """The controls that tell the time since a note began and since the bow left it, out of seconds."""
    return [*(np.exp(-since / time) for time in BEGINNING), *(1 - np.exp(-until / time) for time in LEAVING)]


class Partials(nn.Module):
    """Two small layers that turn a row of CONTROLS into an envelope over frequency, as a body has, and over numbers.

    forward takes controls (N, 12) and the instrument (N,) and returns bands (N, BANDS), numbers (N, NUMBERS) and noise
    (N,), all in decibels beside the loudness that is asked for. A size other than 0 is the same string on another
    body: what is asked for is what the instrument would have played that much lower.
    """

    def __init__(self, instruments: int = 1, hidden: int = 64):
        super().__init__()
        self.instrument = nn.Embedding(instruments, hidden)
        self.listen = nn.Linear(len(CONTROLS) - 1, hidden)
        self.mix = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, BANDS + NUMBERS + 1)
        nn.init.normal_(self.instrument.weight, std=0.1)
        with torch.no_grad():
            self.out.bias[:BANDS] = torch.linspace(-10, -70, BANDS)
            self.out.bias[BANDS:] = 0.0
            self.out.bias[-1] = -30.0

    def forward(self, controls: Tensor, instrument: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        made = self.out(self.hidden(controls, instrument))
        return made[:, :BANDS], made[:, BANDS:BANDS + NUMBERS], made[:, -1]

    def hidden(self, controls: Tensor, instrument: Tensor) -> Tensor:
        """What all that forward returns is a weighted sum of, (N, hidden)."""
        pitch = (controls[:, :1] - 12 * controls[:, 4:5] - MIDDLE) / REACH
        told = torch.cat((pitch, controls[:, 1:4], controls[:, 5:]), dim=1)
        return torch.tanh(self.mix(torch.tanh(self.listen(told) + self.instrument(instrument))))

    def strengths(self, controls: Tensor, instrument: Tensor) -> tuple[Tensor, Tensor]:
        """The root mean square of each partial (N, PARTIALS), and of the noise (N,), in the same decibels."""
        bands, numbers, noise = self(controls, instrument)
        heights = hertz(controls[:, :1]) * torch.arange(1, PARTIALS + 1, device=controls.device)
        place = (EDGE * torch.log1p(heights * 2 ** -controls[:, 4:5] / BEND)).clamp(max=BANDS - 1.001)
        left = place.long()
        low, high = bands.gather(1, left), bands.gather(1, left + 1)
        made = low + (place - left) * (high - low) + F.pad(numbers, (0, PARTIALS - NUMBERS))
        made = made - SINK * (FAINT - made).clamp(min=0)
        fade = 20 * torch.log10(((HIGHEST - heights) / TAPER).clamp(1e-5, 1))
        return made + fade, noise
