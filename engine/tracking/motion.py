"""Where an object is and how fast it goes, out of boxes that wobble (Kalman, 1960), at any camera's rate; and where it
is by now that nobody sees.

All variances are in shares of a box's own width and height, so that near and far, slim and wide are filtered alike.
"""

import numpy as np

LEAST = 0.001  # of a picture: no box is narrower
WOBBLE = np.array([0.03, 0.03, 0.05, 0.05]) ** 2  # variance of a detector's x y w h
PUSH = np.array([2.0, 1.0, 0.4, 0.4]) ** 2  # of the speed that x y w h may take up in a second
HASTE = np.array([3.0, 2.0, 0.5, 0.5]) ** 2  # of the speed of what is seen for the first time

COURSE = 0.5  # seconds of whose speeds a hidden object's is the mean: that of a single moment leads astray
FRESH = 0.05  # seconds in which a hidden object goes over to that mean
GLIDE = 0.5  # seconds in which the speed of a hidden object falls to a third where nothing hides it


def start(count: int) -> np.ndarray:
    """What is known of boxes seen once: (N, 3, 4) variances of place, of place with speed, of speed, for x y w h."""
    return np.tile(np.stack((WOBBLE, 0 * WOBBLE, HASTE)), (count, 1, 1))


def spread(unsure: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """The same after so many seconds unseen."""
    place, both, speed = unsure.swapaxes(0, 1)
    t = seconds[:, None]
    further = place + t * (2 * both + t * (speed + PUSH * t / 3))
    return np.stack((further, both + t * (speed + PUSH * t / 2), speed + PUSH * t), 1)


def correct(
    box: np.ndarray, speed: np.ndarray, unsure: np.ndarray, found: np.ndarray, seconds: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Box, speed and what is known of them after a new box was found, so many seconds after the last."""
    unsure = spread(unsure, seconds)
    gain = unsure[:, :2] / (unsure[:, :1] + WOBBLE)
    expected = box + speed * seconds[:, None]
    error = found - expected
    place, both, fast = unsure.swapaxes(0, 1)
    less = np.stack((place * (1 - gain[:, 0]), both * (1 - gain[:, 0]), fast - gain[:, 1] * both), 1)
    box = expected + gain[:, 0] * error
    box[:, 2:] = box[:, 2:].clip(LEAST)
    return box, speed + gain[:, 1] * error, less


def course(
    mean: np.ndarray, weight: np.ndarray, moved: np.ndarray, seconds: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The mean of an object's latest speeds (N, 2) after it moved so far in so many seconds, and how much is in it."""
    share = -np.expm1(-seconds / COURSE)
    weight = weight + share * (1 - weight)
    return mean + (share / weight)[:, None] * (moved / seconds[:, None] - mean), weight


def velocity(speed: np.ndarray, mean: np.ndarray, unseen: np.ndarray) -> np.ndarray:
    """How fast an object goes on that was not seen for so long: as it last did, and soon as it mostly did."""
    return mean + np.exp(-unseen / FRESH)[:, None] * (speed - mean)


def further(bare: np.ndarray, seconds: float, covered: np.ndarray) -> np.ndarray:
    """For how many of these seconds' worth of its velocity a hidden object goes on; it was in view, unseen, for bare.

    Behind another it keeps its speed and is expected to come out; where nothing hides it, it has most likely stopped.
    """
    return np.exp(-bare / GLIDE) * np.where(covered, seconds, -GLIDE * np.expm1(-seconds / GLIDE))
