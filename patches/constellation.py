"""Constellation: every object is a star with a life, and near stars are joined by lines.

/star slot x y size brightness for each object in each frame; brightness rises after it enters, over `rise` seconds.
/star/born slot name and /star/gone slot name mark its life; /line slot slot closeness joins any two stars nearer than
`reach`; /sky count gives the number of stars. slot is small and stable, so it can pick a voice, a channel, a lamp.
"""

from itertools import combinations
from math import hypot

from engine import Osc, Param

rise = Param(1.5, 0.1, 20, "time a star takes to reach full brightness", "log", "s")
reach = Param(0.5, 0.05, 1.5, "distance within which stars are joined", unit="pictures")


def react(scene, p):
    for track in scene.born:
        yield Osc("/star/born", track.slot, track.name)
    for track in scene.tracks:
        brightness = min(track.age / p.rise, 1.0) * track.score
        yield Osc("/star", track.slot, track.x, track.y, (track.w * track.h) ** 0.5, brightness)
    for one, other in combinations(scene.tracks, 2):
        closeness = 1 - hypot(one.x - other.x, one.y - other.y) / p.reach
        if closeness > 0:
            yield Osc("/line", one.slot, other.slot, closeness)
    for track in scene.gone:
        yield Osc("/star/gone", track.slot, track.name)
    yield Osc("/sky", len(scene.tracks))
