"""What the chosen unit responds to, in a lens to show beside its map."""

from collections.abc import Mapping
from functools import lru_cache

import cv2
import numpy as np
import pygame

from engine.parameters import Parameters
from engine.window.views.unit import roundness


class FeaturePictures:
    """Draws lenses once and remembers the last 16; unit_pictures are {tap: (units, side, side, 3) uint8 RGB}."""

    def __init__(self, unit_pictures: Mapping[str, np.ndarray]):
        self.unit_pictures = unit_pictures
        self.draw = lru_cache(maxsize=16)(self._draw)

    def __call__(self, parameters: Parameters, units: int, side: int) -> pygame.Surface | None:
        """The lens for the unit that is looked at, side pixels wide, mirrored like the camera; None if no sheet fits
        the layer of so many units."""
        layer = parameters["view/layer"]
        if len(self.unit_pictures.get(layer, ())) != units:
            return None
        unit = min(int(parameters["view/unit"]), units - 1)
        return self.draw(layer, unit, side, parameters["view/mirror"])

    def _draw(self, layer: str, unit: int, side: int, mirror: bool) -> pygame.Surface:
        pixels = self.unit_pictures[layer][unit]
        smooth = cv2.INTER_CUBIC if side > len(pixels) else cv2.INTER_AREA
        pixels = cv2.resize(cv2.flip(pixels, 1) if mirror else pixels, (side, side), interpolation=smooth)
        lens = (255.5 * roundness(side)).astype(np.uint8)
        return pygame.image.frombuffer(np.dstack((pixels, lens)).tobytes(), (side, side), "RGBA").convert_alpha()
