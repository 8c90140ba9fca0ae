"""The demo: a camera wanders along a dark wall where photographs glow: a person, a cat, a cup, two people together."""

import cv2
import numpy as np

from engine.photographs import photograph

PERIOD = 40.0  # seconds for one walk round the room
WIDTH, HEIGHT = 640, 480
WALL_WIDTH, WALL_HEIGHT = 2120, 1480
FEATHER = 44  # pixels over which a photograph melts into the wall
BETWEEN = 1100  # how wide the camera's view is half way between two photographs: both are in it

# name in skimage.data: the middle of the print on the wall, its size, the view's width at first and at its closest
PRINTS = {
    "astronaut": (400, 730, 360, 360, 760, 680),
    "chelsea": (1060, 290, 451, 300, 740, 620),
    "coffee": (1720, 730, 540, 360, 760, 620),
    "camera": (1060, 1170, 370, 370, 770, 720),
}
COMPANY = 1352, 1200, 210, 210  # where the astronaut hangs again, small and mirrored: a second person beside the other


class Demo:
    """Photographs on a wall, seen by a camera that pans and zooms; every 40 s it comes round again.

    `picture(t)` gives (480, 640, 3) uint8 RGB for the time t in seconds, always the same for the same t. In each round:

    =========  ===================  =================  ===================  ==================
    print      what is in it        close              wholly in view       not in view at all
    =========  ===================  =================  ===================  ==================
    astronaut  a person, upright    0 to 5 s           37.5 to 47.5 s       9.5 to 35.5 s
    chelsea    a cat's face         10 to 15 s         8 to 17 s            20 to 45.5 s
    coffee     a cup on its saucer  20 to 25 s         18.5 to 26.5 s       30 to 55.5 s
    camera     a man with a camera  30 to 35 s         27.5 to 37.5 s       40 to 58 s
    =========  ===================  =================  ===================  ==================

    Half way between two of them (at 7.5, 17.5, 27.5 and 37.5 s) both are in view. Two people are from 28.5 to 38.5 s:
    beside the man hangs the astronaut again, small and mirrored, and when she goes out of view the large one is in it.
    The photographs come with scikit-image: skimage.data, public domain (NASA) and CC0 (Stefan van der Walt, Rachel
    Michetti, Lav Varshney).
    """

    def __init__(self):
        self.wall = gallery()
        self.times, self.views = path()
        self.slopes = slopes(self.times, self.views)

    def view(self, t: float) -> np.ndarray:
        """Where the camera looks at time t: the middle of its view (x, y) and its width, in pixels of the wall."""
        t = t % PERIOD
        i = int(np.searchsorted(self.times, t, side="right")) - 1
        span = self.times[i + 1] - self.times[i]
        u = (t - self.times[i]) / span
        rise = u * u * (3 - 2 * u)  # a cubic Hermite curve: through both stations, with the slopes given there
        straight = self.views[i] * (1 - rise) + self.views[i + 1] * rise
        return straight + span * u * (1 - u) * (self.slopes[i] * (1 - u) - self.slopes[i + 1] * u)

    def picture(self, t: float) -> np.ndarray:
        """What the camera sees at time t: (480, 640, 3) uint8 RGB."""
        x, y, width = self.view(t)
        scale = width / WIDTH
        onto_wall = np.array([[scale, 0, x - width / 2], [0, scale, y - scale * HEIGHT / 2]])
        return cv2.warpAffine(self.wall, onto_wall, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def path() -> tuple[np.ndarray, np.ndarray]:
    """The stations of one round: times in seconds, and views (x, y, width); the first comes again as the last."""
    prints = list(PRINTS.values())
    each = PERIOD / len(prints)
    times, views = [], []
    for i, (x, y, _, _, far, near) in enumerate(prints):
        next_x, next_y = prints[(i + 1) % len(prints)][:2]
        times += [i * each, (i + 0.5) * each, (i + 0.75) * each]
        views += [(x, y + 10, far), (x, y - 10, near), ((x + next_x) / 2, (y + next_y) / 2, BETWEEN)]
    return np.array([*times, PERIOD]), np.array([*views, views[0]], float)


def slopes(times: np.ndarray, views: np.ndarray) -> np.ndarray:
    """How fast the camera moves at each station, so that it eases in and out and never swings past one.

    Harmonic means of the slopes on both sides, 0 at a turn (Fritsch and Butland, SIAM J. Sci. Stat. Comput. 5, 1984).
    """
    after = np.diff(views, axis=0) / np.diff(times)[:, None]
    before = np.roll(after, 1, axis=0)
    mean = np.zeros_like(after)
    np.divide(2 * after * before, after + before, out=mean, where=after * before > 0)
    return np.vstack([mean, mean[:1]])


def gallery() -> np.ndarray:
    """The whole wall: (1480, 2120, 3) uint8 RGB, dark plaster on which the photographs throw their colours."""
    prints = np.zeros((WALL_HEIGHT, WALL_WIDTH, 3), np.float32)
    bare = np.ones((WALL_HEIGHT, WALL_WIDTH, 1), np.float32)
    hung = [(photograph(name), place[:4]) for name, place in PRINTS.items()]
    for picture, (x, y, width, height) in (*hung, (photograph("astronaut")[:, ::-1], COMPANY)):
        place = slice(y - height // 2, y - height // 2 + height), slice(x - width // 2, x - width // 2 + width)
        cover = edges(height)[:, None, None] * edges(width)[:, None]
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        prints[place] = cover * picture
        bare[place] -= cover
    small = cv2.resize(prints, None, fx=1 / 8, fy=1 / 8, interpolation=cv2.INTER_AREA)
    glow = 0.7 * cv2.GaussianBlur(small, (0, 0), 9) + 1.5 * cv2.GaussianBlur(small, (0, 0), 30)
    glow += 0.7 * (glow - glow.mean(axis=2, keepdims=True)) + (20, 22, 34)  # more colour, and some night
    wall = cv2.resize(glow.astype(np.float32), (WALL_WIDTH, WALL_HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.clip(wall * plaster() * bare + prints, 0, 255).astype(np.uint8)


def edges(length: int) -> np.ndarray:
    """How solid a photograph is along one side: from 0 at both ends to 1 FEATHER pixels inwards."""
    inwards = np.minimum(np.arange(length), np.arange(length)[::-1]) + 0.5
    u = np.clip(inwards / FEATHER, 0, 1).astype(np.float32)
    return u * u * (3 - 2 * u)


def plaster() -> np.ndarray:
    """How the wall takes the light, about 1: fine grain on broad clouds, (1480, 2120, 1) float32."""
    chance = np.random.default_rng(1)
    grain = cv2.GaussianBlur(chance.standard_normal((WALL_HEIGHT, WALL_WIDTH), np.float32), (0, 0), 1.2)
    clouds = chance.standard_normal((14, 20), np.float32)
    clouds = cv2.resize(clouds, (WALL_WIDTH, WALL_HEIGHT), interpolation=cv2.INTER_CUBIC)
    return (1 + 0.08 * (grain + clouds))[..., None]
