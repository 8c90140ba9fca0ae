"""The camera's picture as it is, filling the area; what is found in it is drawn over it by the window."""

import cv2
import numpy as np

from engine.values import Percept, Scene
from engine.window.views.glow import covering
from engine.window.views.view import ViewParameters


def camera(percept: Percept, scene: Scene, parameters: ViewParameters) -> np.ndarray:
    """The view."""
    picture = covering(percept.frame.pixels, parameters.size)
    return cv2.flip(picture, 1) if parameters.mirror else picture
