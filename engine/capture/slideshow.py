"""The slide show: pictures from files, shown in turn."""

import os

import numpy as np
from PIL import Image, ImageOps

from engine.capture.readers import LONGEST, large_enough
from engine.errors import UserError

SECONDS = 5.0  # how long a picture stays
KINDS = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
FORMATS = ("BMP", "JPEG", "PNG", "TIFF", "WEBP")  # what a file may turn out to be, whatever its name says


class Slideshow:
    """A slide show in the order given, 5 s a picture, over and over; where one cannot be read, the one before stays.

    `picture(t)` gives (H, W, 3) uint8 RGB with no side above 1280 pixels. UserError if none of the files can be read.
    """

    def __init__(self, paths: list[str]):
        self.paths = paths
        for self.turn, path in enumerate(paths):
            try:
                self.pixels = loaded(path)
                return
            except UserError:
                if path == paths[-1]:
                    raise

    def picture(self, t: float) -> np.ndarray:
        """The picture at time t in seconds."""
        turn = int(t / SECONDS) % len(self.paths)
        if turn != self.turn:
            self.turn = turn
            try:
                self.pixels = loaded(self.paths[turn])
            except UserError:  # half copied, taken away: the show goes on
                pass
        return self.pixels


def pictures_in(folder: str) -> list[str]:
    """The paths of the pictures in a folder, in name order; UserError if there are none."""
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        raise UserError(f"{folder} cannot be opened: {error.strerror.lower()}") from error
    paths = [os.path.join(folder, name) for name in names if name.lower().endswith(KINDS) and name[0] != "."]
    if not paths:
        raise UserError(f"{folder} has no pictures in it; a picture's name ends in one of {' '.join(KINDS)}")
    return paths


def loaded(path: str) -> np.ndarray:
    """A picture as (H, W, 3) uint8 RGB, upright, reduced to 1280 pixels."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            colour = image if image.mode == "RGB" else image.convert("RGB")
            colour.thumbnail((LONGEST, LONGEST))
            pixels = np.array(ImageOps.exif_transpose(colour))
    except Exception as error:  # Pillow's decoders raise what they like at damaged files
        raise UserError(f"{path} is not a picture that can be read, or it is damaged") from error
    return large_enough(pixels, path)
