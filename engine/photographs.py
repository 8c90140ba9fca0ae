"""Photographs that everybody has: those that scikit-image carries, read without it, for it takes a second to load."""

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np


def photograph(name: str) -> np.ndarray:
    """astronaut, camera, chelsea, coffee or rocket of skimage.data, (H, W, 3) uint8 RGB; a grey one has three alike."""
    folder = Path(find_spec("skimage").origin).parent / "data"
    file = folder / f"{name}.{'jpg' if name == 'rocket' else 'png'}"
    return cv2.cvtColor(cv2.imread(str(file), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
