"""How loud each voice is, in figures."""

import math

QUIETEST = -60.0  # decibels under which a voice is shown as silent


def meters(peaks: tuple[float, ...]) -> str:
    """Peaks 0..1 in decibels below full scale, a dash for who is silent."""
    levels = [20 * math.log10(peak) if peak > 0 else -math.inf for peak in peaks]
    return " ".join(f"{level:.0f}" if level > QUIETEST else "-" for level in levels)
