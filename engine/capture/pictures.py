"""Pictures from files, still and moving ones (GIF, APNG, WebP, AVIF), as people see them."""

from contextlib import nullcontext
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

from engine.capture.readers import LONGEST, Picture, large_enough, on_ground
from engine.errors import UserError
from engine.quiet import quiet

KINDS = (".apng", ".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
MOVING = ("AVIF", "GIF", "PNG", "WEBP")  # formats in which many pictures are a film; in others they are pages
FORMATS = ("BMP", "JPEG", "TIFF", *MOVING)  # what a file may turn out to be, whatever its name says
CEILINGS = (1, 255, 65_535)  # white in pictures of numbers: the smallest that holds all of them is meant
SHORTEST, USUAL = 0.02, 0.1  # seconds: browsers show a picture for 0.1 s where a file says less than 0.02


class Animation:
    """A reader of a moving picture: each stays as long as the file says."""

    paced, notice = True, ""

    def __init__(self, path: str):
        self.path, self.image, self.index, self.end = path, opened(path), 0, 0.0
        self.rate = 1 / self.seconds()

    def seconds(self) -> float:
        told = self.image.info.get("duration", 0) / 1000
        return told if told >= SHORTEST else USUAL

    def read(self) -> Picture | None:
        try:
            self.image.seek(self.index)
            pixels = pixels_of(self.image)
        except Exception:  # the end, or it is cut off there
            return None
        moment, self.index = self.end, self.index + 1
        self.end += self.seconds()
        return Picture(pixels, moment)

    def close(self) -> None:
        self.image.close()


def opened(path: str, file: BinaryIO | None = None) -> Image.Image:
    """The file as Pillow has it; UserError if it is no picture."""
    try:
        return Image.open(file or path, formats=FORMATS)
    except OSError as error:
        if error.strerror:
            raise UserError(f"{path} cannot be opened: {error.strerror.lower()}") from error
        raise UserError(f"{path} is not a picture that can be read, or it is damaged") from error
    except Exception as error:  # Pillow's decoders raise what they like at damaged files
        raise UserError(f"{path} is not a picture that can be read, or it is damaged") from error


def moves(path: str) -> bool:
    """Whether a picture is a film; UserError if it is no picture."""
    with opened(path) as image:
        try:
            return image.format in MOVING and getattr(image, "n_frames", 1) > 1
        except Exception as error:
            raise UserError(f"{path} is not a picture that can be read, or it is damaged") from error


def loaded(path: str, file: BinaryIO | None = None) -> np.ndarray:
    """A picture as (H, W, 3) uint8 RGB, upright, reduced to 1280 pixels; UserError if it cannot be read.

    file is where it is read from, if not from the path.
    """
    with opened(path, file) as image, quiet() if image.format == "TIFF" else nullcontext():  # libtiff prints
        try:
            pixels = pixels_of(image)
        except Exception as error:
            raise UserError(f"{path} is not a picture that can be read, or it is damaged") from error
    return large_enough(pixels, path)


def pixels_of(image: Image.Image) -> np.ndarray:
    """The picture that an image stands at: (H, W, 3) uint8 RGB."""
    if image.mode[0] in "IF":
        image = Image.fromarray(eight_bits(np.asarray(image))).copy()
    elif image.mode == "RGB" and "transparency" not in image.info:
        pass
    elif image.has_transparency_data:
        image = image.convert("RGBA")
    else:
        image = image.convert("RGB")
    image = ImageOps.exif_transpose(image)
    image.thumbnail((LONGEST, LONGEST))
    return on_ground(np.array(image)) if image.mode == "RGBA" else np.array(image.convert("RGB"))


def eight_bits(numbers: np.ndarray) -> np.ndarray:
    """Brightness as uint8, of integers or floats: from 0 to 1, 255 or 65535, else from the least to the most."""
    whole = np.issubdtype(numbers.dtype, np.integer)
    numbers = np.nan_to_num(numbers.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = numbers.min(), numbers.max()
    ceiling = next((most for most in CEILINGS[2 if whole else 0:] if high <= most), None)
    low, high = (0.0, ceiling) if low >= 0 and ceiling else (low, max(high, low + 1e-9))
    return ((numbers - low) / (high - low) * 255).round().astype(np.uint8)
