"""The picture as a projector needs it: turned, its four corners pulled to those of the screen, its edges soft."""

import cv2
import numpy as np

from engine.window.text import BOLD, width_of, write

TURNS = {"0": None, "90": cv2.ROTATE_90_CLOCKWISE, "180": cv2.ROTATE_180, "270": cv2.ROTATE_90_COUNTERCLOCKWISE}
CORNERS = "left-top", "right-top", "right-bottom", "left-bottom"


def turned_size(size: tuple[int, int], turn: str) -> tuple[int, int]:
    """The size (width, height) that a picture has before it is turned to fill this one."""
    return size[::-1] if turn in ("90", "270") else size


def project(picture: np.ndarray, size: tuple[int, int], turn: str, corners: np.ndarray, mask: float) -> np.ndarray:
    """A picture (H, W, 3) uint8 for a screen of a size (width, height); unchanged where there is nothing to do.

    turn is clockwise, in degrees; corners (4, 2) says by how much of the screen each of CORNERS is moved right and
    down; mask 0..0.5 is how much of the shorter side fades to black at each edge.
    """
    if TURNS[turn] is not None:
        picture = cv2.rotate(picture, TURNS[turn])
    if mask > 0:
        picture = cv2.multiply(picture, soft_edges(picture.shape[:2], mask), scale=1 / 255)
    if corners.any():
        picture = cv2.warpPerspective(picture, keystone(picture.shape[1::-1], size, corners), size)
    return picture


def keystone(before: tuple[int, int], after: tuple[int, int], corners: np.ndarray) -> np.ndarray:
    """The transform (3, 3) of a picture of one size to a screen of another with its corners pulled."""
    whole = np.float32([[0, 0], [1, 0], [1, 1], [0, 1]])
    return cv2.getPerspectiveTransform(whole * np.float32(before), (whole + np.float32(corners)) * np.float32(after))


def unproject(x: float, y: float, turn: str, corners: np.ndarray) -> tuple[float, float]:
    """Which place of the picture, 0..1, stands at a place 0..1 of the screen."""
    place = np.float32([[[x, y]]])
    x, y = cv2.perspectiveTransform(place, np.linalg.inv(keystone((1, 1), (1, 1), corners)))[0, 0].tolist()
    return {"0": (x, y), "90": (y, 1 - x), "180": (1 - x, 1 - y), "270": (1 - y, x)}[turn]


def soft_edges(shape: tuple[int, int], mask: float) -> np.ndarray:
    """How much light each place keeps, (H, W, 3) uint8: none at the edges, all from mask (of a side) inwards."""
    reach = max(1.0, mask * min(shape))
    inwards = [np.minimum(np.arange(side), np.arange(side)[::-1]) / reach for side in shape]
    down, right = (np.clip(part, 0, 1) ** 2 * (3 - 2 * np.clip(part, 0, 1)) for part in inwards)
    return cv2.cvtColor((255 * np.outer(down, right)).astype(np.uint8), cv2.COLOR_GRAY2RGB)


def test_card(size: tuple[int, int], name: str) -> np.ndarray:
    """A grid, a circle, the four corners in colours and a display's name, (H, W, 3) uint8: to line up by."""
    width, height = size
    card = np.zeros((height, width, 3), np.uint8)
    step = max(8, min(size) // 9)
    for x in range(width // 2 % step, width, step):
        cv2.line(card, (x, 0), (x, height), (60, 60, 66), 1)
    for y in range(height // 2 % step, height, step):
        cv2.line(card, (0, y), (width, y), (60, 60, 66), 1)
    cv2.rectangle(card, (0, 0), (width - 1, height - 1), (236, 232, 226), 2)
    cv2.circle(card, (width // 2, height // 2), min(size) * 4 // 9, (255, 168, 88), 2, cv2.LINE_AA)
    corner = step // 2
    for place, colour in zip(((0, 0), (width - corner, 0), (width - corner, height - corner), (0, height - corner)),
                             ((255, 60, 60), (70, 220, 90), (80, 120, 255), (250, 210, 60)), strict=True):
        cv2.rectangle(card, place, (place[0] + corner, place[1] + corner), colour, -1)
    for number in range(16):
        left = width // 4 + number * width // 32
        level = number * 17
        cv2.rectangle(
            card, (left, height * 3 // 4), (left + width // 32, height * 3 // 4 + step // 2), (level,) * 3, -1
        )
    letters = min(max(10, step // 2), round(7 * step / (width_of(name, 100, BOLD) / 100)))  # within the circle
    write(card, name, (width / 2, height / 2 - step / 4), letters, (236, 232, 226), BOLD, (0.5, 0.5))
    write(
        card,
        f"{width} × {height}",
        (width / 2, height / 2 + step / 2),
        max(8, step // 4),
        (140, 136, 150),
        anchor=(0.5, 0.5),
    )
    return card
