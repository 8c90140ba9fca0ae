"""Where an object is and how fast it goes, out of boxes that wobble (Kalman, 1960), at any camera's rate; and where it
is by now that nobody sees. For compiled code.

All variances are in shares of a box's own width and height, so that near and far, slim and wide are filtered alike.
"""

from math import exp, expm1

import numpy as np

from models.compiled import compiled

FAST = {"error_model": "numpy"}  # how compiled code divides: nobody looks for zeros first
LEAST = 0.001  # of a picture: no box is narrower
WOBBLE = np.array([0.03, 0.03, 0.05, 0.05]) ** 2  # variance of a detector's x y w h
PUSH = np.array([2.0, 1.0, 0.4, 0.4]) ** 2  # of the speed that x y w h may take up in a second
HASTE = np.array([3.0, 2.0, 0.5, 0.5]) ** 2  # of the speed of what is seen for the first time
START = np.stack((WOBBLE, 0 * WOBBLE, HASTE))  # of what was seen once: of place, of place with speed, of speed

COURSE = 0.5  # seconds of whose speeds a hidden object's is the mean: that of a single moment leads astray
FRESH = 0.05  # seconds in which a hidden object goes over to that mean
GLIDE = 0.5  # seconds in which the speed of a hidden object falls to a third where nothing hides it


@compiled(**FAST)
def correct(one, found, seconds):
    """Take in a new box of an object, so many seconds after its last: its box, its speed and what is known of them."""
    for k in range(4):
        place, both, fast = one.unsure[0, k], one.unsure[1, k], one.unsure[2, k]
        place += seconds * (2 * both + seconds * (fast + PUSH[k] * seconds / 3))
        both += seconds * (fast + PUSH[k] * seconds / 2)
        fast += PUSH[k] * seconds
        near, soon = place / (place + WOBBLE[k]), both / (place + WOBBLE[k])
        one.unsure[0, k], one.unsure[1, k], one.unsure[2, k] = place * (1 - near), both * (1 - near), fast - soon * both
        expected = one.box[k] + one.speed[k] * seconds
        error = found[k] - expected
        one.box[k] = expected + near * error if k < 2 else max(expected + near * error, LEAST)
        one.speed[k] += soon * error


@compiled(**FAST)
def steer(one, x, y, seconds):
    """Take what an object has moved from x y in so many seconds into the mean of its latest speeds."""
    share = -expm1(-seconds / COURSE)
    one.weight += share * (1 - one.weight)
    one.course[0] += share / one.weight * ((one.box[0] - x) / seconds - one.course[0])
    one.course[1] += share / one.weight * ((one.box[1] - y) / seconds - one.course[1])


@compiled(**FAST)
def velocity(one, k):
    """How fast an object goes on along x (0) or y (1): while unseen as it last did, and soon as it mostly did."""
    return one.course[k] + exp(-one.unseen / FRESH) * (one.speed[k] - one.course[k])


@compiled(**FAST)
def glide(one, box, seconds, to):
    """Write where a box of an object is after so many seconds' worth of its velocity, inside the picture."""
    for k in range(4):
        to[k] = min(max(box[k] + (velocity(one, k) * seconds if k < 2 else 0.0), 0.0), 1.0)


@compiled(**FAST)
def further(bare, seconds, covered):
    """For how many of these seconds' worth of its velocity a hidden object goes on; it was in view, unseen, for bare.

    Behind another it keeps its speed and is expected to come out; where nothing hides it, it has most likely stopped.
    """
    return exp(-bare / GLIDE) * (seconds if covered else -GLIDE * expm1(-seconds / GLIDE))
