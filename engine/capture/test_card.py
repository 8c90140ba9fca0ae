"""The test card: it moves, for lining up projectors, finding lost edges and seeing dropped frames."""

import math

import cv2
import numpy as np

WIDTH, HEIGHT = 640, 480
GRID = 40  # pixels from line to line: 16 by 12 squares
CENTRE = WIDTH // 2, HEIGHT // 2
RADIUS = 200
FINE = 4  # cv2 draws between pixels: coordinates are given in sixteenths
COLOURS = [(191, 191, 191), (191, 191, 0), (0, 191, 191), (0, 191, 0), (191, 0, 191), (191, 0, 0), (0, 0, 191)]
WHITE, PALE, DIM = (255, 255, 255), (150, 158, 168), (52, 58, 68)


class Card:
    """A test card: grid, circles, colour bars, grey steps, all edges marked; a hand, a sweep and a clock that move.

    `picture(t)` gives (480, 640, 3) uint8 RGB for the time t in seconds. The outermost line of pixels is white: where
    it is missing the picture is cut. The hand turns once in 4 s, the sweep crosses once in 8 s, the clock shows t.
    """

    def __init__(self):
        self.card = background()

    def picture(self, t: float) -> np.ndarray:
        """The card at time t: (480, 640, 3) uint8 RGB."""
        picture = self.card.copy()
        angle = t / 4 * math.tau
        tip = CENTRE[0] + (RADIUS - 8) * math.sin(angle), CENTRE[1] - (RADIUS - 8) * math.cos(angle)
        centre, tip = ([round(c * 2**FINE) for c in point] for point in (CENTRE, tip))
        cv2.line(picture, centre, tip, WHITE, 2, cv2.LINE_AA, FINE)
        cv2.circle(picture, tip, 9 << FINE, (255, 96, 48), -1, cv2.LINE_AA, FINE)
        sweep = int(t / 8 % 1 * WIDTH)
        picture[:, sweep : sweep + 2] = WHITE
        cv2.putText(picture, f"{t:8.2f} s", (238, 172), cv2.FONT_HERSHEY_DUPLEX, 0.9, WHITE, 1, cv2.LINE_AA)
        return picture


def background() -> np.ndarray:
    """Everything on the card that stands still."""
    card = np.full((HEIGHT, WIDTH, 3), (18, 21, 27), np.uint8)
    card[::GRID], card[:, ::GRID] = DIM, DIM
    middle = np.s_[CENTRE[0] - 140 : CENTRE[0] + 140]
    card[200:280, middle] = np.repeat(COLOURS, 40, axis=0)
    card[290:320, middle] = np.linspace(0, 255, 7).astype(np.uint8).repeat(40)[:, None]
    for x, y in ((80, 80), (560, 80), (80, 400), (560, 400)):
        cv2.circle(card, (x, y), 60, PALE, 1, cv2.LINE_AA)
        cv2.drawMarker(card, (x, y), PALE, cv2.MARKER_CROSS, 24, 1)
    cv2.circle(card, CENTRE, RADIUS, PALE, 2, cv2.LINE_AA)
    cv2.drawMarker(card, CENTRE, WHITE, cv2.MARKER_CROSS, 2 * RADIUS, 1)
    for edge in (card[:1], card[-1:], card[:, :1], card[:, -1:]):
        edge[:] = WHITE
    return card
