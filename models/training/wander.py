"""How much a held note wanders: measured on recordings, beside what the partials foretell."""

from collections.abc import Sequence

import numpy as np
import torch

from models.partials import HIGHEST, PARTIALS, Partials
from models.training.analysis import LOOKS
from models.training.crops import Recording

HELD = 0.4  # seconds at least that a note must be held to be measured
HEARD = -50.0  # decibels beside the level, below which a partial is lost in the noise
SETTLING, LEAVING = 8, 9  # the controls that are near 0 where a note is held


def measured_places(recording: Recording) -> np.ndarray:
    """The hops at which its partials were looked at."""
    places = LOOKS // 2 + LOOKS * np.arange(len(recording.strengths))
    return places[places < len(recording.features)]


@torch.no_grad()
def wander(partials: Partials, recordings: Sequence[Recording]) -> list[float]:
    """What models.voice.WANDER names: medians over the recordings of tones."""
    found = [one for one in (wander_of(partials, recording) for recording in recordings) if one is not None]
    return np.median(found, axis=0).round(3).tolist() if found else [0.0] * 5


def wander_of(partials: Partials, recording: Recording) -> tuple[float, ...] | None:
    """The wander of one held note; None if nothing is held."""
    places = measured_places(recording)
    rows = recording.features[places]
    held = (rows[:, SETTLING] < 0.3) & (rows[:, LEAVING] == 0)
    if held.sum() * LOOKS < HELD * 750:
        return None
    told = torch.from_numpy(rows[held])
    foretold, noise = partials.strengths(told, torch.full((len(told),), recording.instrument))
    count = min(PARTIALS, int(HIGHEST / 440 / 2 ** ((np.median(rows[:, 0]) - 69) / 12)))
    foretold, measured = foretold.numpy()[:, :count], recording.strengths[:len(places)][held][:, :count]
    level = power(measured) - power(foretold)
    own = measured - foretold - level[:, None]
    clear = (measured.min(0) > HEARD - 15) & (measured.mean(0) > HEARD)
    if clear.sum() < 4:
        return None
    spread = np.subtract(*np.percentile(own, (84, 50), axis=0))[clear]  # dips are deeper, but peaks are heard
    slope, strong = np.polyfit(np.clip(measured.mean(0)[clear], -60, 0), spread, 1)
    pitch = 100 * rows[held, 0]
    rest = recording.noisiness[places][held] - noise.numpy()
    cents = np.subtract(*np.percentile(pitch, (84, 16))) / 2
    return level.std(), max(strong, 0.0), max(strong - 60 * slope, 0.0), cents, rest.std()


def power(strengths: np.ndarray) -> np.ndarray:
    """The level of all partials together, in decibels."""
    return 10 * np.log10((10 ** (strengths / 10)).sum(1) + 1e-12)
