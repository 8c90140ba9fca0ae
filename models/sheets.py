"""What each unit of a shipped network responds to: one contact sheet of pictures a tap, beside the weights."""

from pathlib import Path

import cv2
import numpy as np

from models.disk import WEIGHTS

COLUMNS = 16


def sheet(network: str, tap: str, units: int, folder: Path = WEIGHTS) -> np.ndarray | None:
    """What the units of a network's tap like, (units, side, side, 3) uint8 RGB; None if no sheet shows as many.

    A sheet is NETWORK-TAP.webp: square tiles, COLUMNS in a row, in the order of the units, row by row.
    """
    path = folder / f"{network}-{tap}.webp"
    content = np.frombuffer(path.read_bytes(), np.uint8) if path.is_file() else np.empty(0, np.uint8)
    pixels = cv2.imdecode(content, cv2.IMREAD_COLOR_RGB) if content.size else None
    if pixels is None:
        return None
    height, width = pixels.shape[:2]
    side = width // COLUMNS
    if units % COLUMNS or (height, width) != (units // COLUMNS * side, COLUMNS * side):
        return None
    return pixels.reshape(-1, side, COLUMNS, side, 3).swapaxes(1, 2).reshape(units, side, side, 3)


def write(tiles: np.ndarray, path: Path, quality: int) -> int:
    """Write tiles (units, side, side, 3) uint8 RGB, units a multiple of COLUMNS, as a sheet; returns its bytes.

    WebP's quality 1..100 loses some, 101 nothing.
    """
    units, side = tiles.shape[:2]
    pixels = tiles.reshape(-1, COLUMNS, side, side, 3).swapaxes(1, 2).reshape(-1, COLUMNS * side, 3)
    _, content = cv2.imencode(".webp", pixels[..., ::-1], (cv2.IMWRITE_WEBP_QUALITY, quality))
    return path.write_bytes(content)
