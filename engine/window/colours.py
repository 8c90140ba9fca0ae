"""Colours: the palettes that activations glow in, one colour for each track, and the few inks of the text.

Mixed in OKLCh (Björn Ottosson, "A perceptual color space for image processing", 2020): lightness 0..1, chroma, hue in
degrees, so that equal steps look equal.
"""

from functools import lru_cache

import numpy as np

GROUND = (0, 0, 0)
INK = (12, 10, 16)
FAINT = (58, 56, 68)
DIM = (140, 136, 150)
TEXT = (236, 232, 226)
ACCENT = (255, 168, 88)
GOLDEN_ANGLE = 137.508

# name: the hue at black and at white, the most chroma on the way, and the chroma of white
PALETTES = {
    "dusk": (264, 450, 0.27, 0.03),
    "ember": (18, 92, 0.21, 0.04),
    "ice": (292, 190, 0.17, 0.02),
    "moss": (196, 108, 0.19, 0.04),
    "rose": (300, 378, 0.22, 0.02),
    "silver": (80, 80, 0.008, 0.006),
}


def oklch(lightness, chroma, hue) -> np.ndarray:
    """Colours as (..., 3) uint8 sRGB; what a screen cannot show is brought to its nearest edge."""
    lightness, chroma, hue = np.broadcast_arrays(lightness, chroma, np.deg2rad(hue))
    lab = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=-1)
    cones = lab @ np.array([
        [1.0, 1.0, 1.0],
        [0.3963377774, -0.1055613458, -0.0894841775],
        [0.2158037573, -0.0638541728, -1.2914855480],
    ])
    linear = cones**3 @ np.array([
        [4.0767416621, -1.2684380046, -0.0041960863],
        [-3.3077115913, 2.6097574011, -0.7034186147],
        [0.2309699292, -0.3413193965, 1.7076147010],
    ])
    linear = linear.clip(0, 1)
    shown = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(255 * shown).astype(np.uint8)


@lru_cache(maxsize=16)
def palette(name: str) -> np.ndarray:
    """256 colours for activations, (256, 3) uint8, from black over a glow to a white: one of PALETTES.

    Lightness rises from 0 to 0.97 without a step back, fast at first so that weak activations are seen.
    """
    first, last, most, white = PALETTES[name]
    level = np.linspace(0, 1, 256) ** 0.7
    lightness = 0.97 * level**0.8
    chroma = most * np.sin(np.pi * level**0.75) ** 0.8 + white * level
    colours = oklch(lightness, chroma, first + (last - first) * level**1.2)
    colours.flags.writeable = False
    return colours


def track_colour(identity: int) -> tuple[int, int, int]:
    """The colour of a track for all its life; neighbours in number are far apart in hue."""
    return tuple(oklch(0.8, 0.15, 30 + GOLDEN_ANGLE * identity).tolist())
