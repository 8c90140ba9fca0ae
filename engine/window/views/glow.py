"""Maps as light on the camera's picture: what every view of activations is coloured with."""

import cv2
import numpy as np

from engine.window.colours import palette

LIGHT = 0.45  # how much of a glow depends on the picture under it


def coloured(bright: np.ndarray, name: str) -> np.ndarray:
    """Brightness (H, W) uint8 in the colours of a palette, (H, W, 3)."""
    return cv2.applyColorMap(bright, palette(name)[:, None])


def glow(bright: np.ndarray, grey: np.ndarray, name: str, under: float) -> np.ndarray:
    """Brightness (H, W) uint8 in a palette's colours, lit by a grey picture (H, W) and over it, (H, W, 3).

    under 0..1 is how bright the picture is where nothing glows; 0 leaves it out.
    """
    shining = coloured(bright, name)
    if under <= 0:
        return shining
    light = cv2.convertScaleAbs(grey, alpha=LIGHT, beta=255 * (1 - LIGHT))
    shining = cv2.multiply(shining, cv2.cvtColor(light, cv2.COLOR_GRAY2RGB), scale=1 / 255)
    return cv2.max(shining, cv2.cvtColor(cv2.convertScaleAbs(grey, alpha=under), cv2.COLOR_GRAY2RGB))


def grey_of(pixels: np.ndarray, size: tuple[int, int], mirror: bool) -> np.ndarray:
    """The middle of a camera's picture in grey, filling a size (width, height)."""
    grey = covering(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), size)
    return cv2.flip(grey, 1) if mirror else grey


def covering(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The largest middle part of a picture that has a size's proportions, scaled to it."""
    height, width = pixels.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    wide, high = min(width, round(size[0] / scale)), min(height, round(size[1] / scale))
    left, top = (width - wide) // 2, (height - high) // 2
    part = pixels[top : top + max(1, high), left : left + max(1, wide)]
    while part.shape[1] > 2 * size[0] and part.shape[0] > 2 * size[1]:  # by a half to the pixel: others take ten times
        wide, high = part.shape[1] // 2, part.shape[0] // 2
        part = cv2.resize(part[: 2 * high, : 2 * wide], (wide, high), interpolation=cv2.INTER_AREA)
    return cv2.resize(part, size, interpolation=cv2.INTER_LINEAR)
