"""What each unit of a shipped network responds to: one contact sheet of pictures a tap, beside the weights."""

from pathlib import Path

import cv2
import numpy as np

from models.disk import WEIGHTS

COLUMNS = 16


def unit_pictures(network: str, folder: Path = WEIGHTS) -> dict[str, np.ndarray]:
    """What the units of a network like: tap name -> (units, side, side, 3) uint8 RGB. About 70 ms for the shipped one.

    A sheet is NETWORK-TAP.webp in the folder: square tiles, COLUMNS in a row, in the order of the units, row by row.
    A file that is none is left out.
    """
    found = {}
    for path in sorted(folder.glob("*.webp")):
        owner, _, tap = path.stem.rpartition("-")
        tiles = read(path) if owner == network else None
        if tiles is not None:
            found[tap] = tiles
    return found


def read(path: Path) -> np.ndarray | None:
    """The tiles of a sheet; None if the file is damaged or not made of whole rows of squares."""
    content = np.frombuffer(path.read_bytes(), np.uint8)
    pixels = cv2.imdecode(content, cv2.IMREAD_COLOR_RGB) if content.size else None
    if pixels is None or pixels.shape[1] % COLUMNS or pixels.shape[0] % (side := pixels.shape[1] // COLUMNS):
        return None
    return pixels.reshape(-1, side, COLUMNS, side, 3).swapaxes(1, 2).reshape(-1, side, side, 3)


def write(tiles: np.ndarray, path: Path, quality: int) -> int:
    """Write tiles (units, side, side, 3) uint8 RGB, units a multiple of COLUMNS, as a sheet; returns its bytes.

    WebP's quality 1..100 loses some, 101 nothing.
    """
    side = tiles.shape[1]
    pixels = tiles.reshape(-1, COLUMNS, side, side, 3).swapaxes(1, 2).reshape(-1, COLUMNS * side, 3)
    _, content = cv2.imencode(".webp", pixels[..., ::-1], (cv2.IMWRITE_WEBP_QUALITY, quality))
    return path.write_bytes(content)
