"""Zones, lines and pairs in virtual time, also on paths that wobble on an edge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Line, Zone
from engine.errors import UserError
from engine.signals.memory import begin, present
from engine.tracking.pairs import pairs
from engine.tracking.zones import depths
from engine.values import Tracks
from tests.scenes import scene, track

RATE = 32


@pytest.fixture(autouse=True)
def clock():
    present.__init__()


def walk(shape, *paths):
    """A shape's states while tracks walk paths of (x, y), one a frame; None is a track that is not there."""
    states = []
    for index, places in enumerate(zip(*paths, strict=True)):
        tracks = [track(id=id + 1, slot=id, x=place[0], y=place[1]) for id, place in enumerate(places) if place]
        now = scene(index / RATE, index, tracks=tracks)
        begin(now)
        states.append(shape.see(now))
    return states


def ids(tracks):
    return [track.id for track in tracks]


def test_a_door_tells_who_enters_stays_and_leaves():
    door = Zone(0, 0.4, 0.2, 1)
    path = [(0.5, 0.5)] * 4 + [(0.1, 0.5)] * 32 + [(0.1, 0.2)] * 4
    states = walk(door, path, [(0.1, 0.9)] * 40)
    assert [index for index, state in enumerate(states) if 1 in ids(state.entered)] == [4]
    assert ids(states[0].entered) == [2]
    assert [index for index, state in enumerate(states) if state.left] == [36] and ids(states[36].left) == [1]
    assert [len(state.inside) for state in states] == [1] * 4 + [2] * 32 + [1] * 4
    assert dict(zip(ids(states[35].inside), states[35].dwell)) == {1: 31 / RATE, 2: 35 / RATE}
    assert states[36].left[0].y == 0.2
    assert (ids(door.inside), door.occupancy, door.dwell(track(id=7))) == ([2], 1, 0)
    present.__init__()
    door = Zone(0, 0.4, 0.2, 1)
    walk(door, path[4:37])
    assert door.dwell(door.left[0]) == 1.0


def test_one_that_goes_away_inside_has_left():
    door = Zone(0, 0, 0.5, 1)
    states = walk(door, [(0.2, 0.2)] * 3 + [None] * 2)
    assert [ids(state.left) for state in states] == [[], [], [], [1], []]


def test_a_wobble_on_an_edge_is_one_coming_and_no_crossing():
    wobble = [(0.5 + 0.008 * np.sin(index), 0.5) for index in range(200)]
    states = walk(Zone(0, 0, 0.5, 1), wobble)
    assert sum(len(state.entered) for state in states) == 1 and sum(len(state.left) for state in states) == 0
    states = walk(Line(0.5, 0, 0.5, 1), wobble)
    assert states[-1].total == (0, 0)


def test_a_zone_of_any_shape():
    """An L: even the corner that it lacks is outside."""
    corner = Zone((0.1, 0.1), (0.9, 0.1), (0.9, 0.4), (0.4, 0.4), (0.4, 0.9), (0.1, 0.9))
    states = walk(corner, [(0.2, 0.8), (0.6, 0.6), (0.8, 0.2), (0.95, 0.2)])
    assert [len(state.inside) for state in states] == [1, 0, 1, 0]
    tent = Zone((0.5, 0.1), (0.9, 0.9), (0.1, 0.9))
    states = walk(tent, [(0.3, 0.4), (0.4, 0.4), (0.6, 0.4), (0.7, 0.4), (0.15, 0.7), (0.85, 0.7), (0.5, 0.7)])
    assert [len(state.inside) for state in states] == [0, 1, 1, 0, 0, 0, 1]
    arms = Zone((0.1, 0.1), (0.3, 0.1), (0.3, 0.7), (0.7, 0.7), (0.7, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))  # a U
    states = walk(arms, [(0.2, 0.3), (0.5, 0.3), (0.8, 0.3), (0.5, 0.8)])
    assert [len(state.inside) for state in states] == [1, 0, 1, 1]


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_depth_is_the_distance_to_the_nearest_edge(x, y):
    square = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))
    deep = depths(np.array([[x, y]]), square)[0]
    away = np.array([abs(x - 0.5), abs(y - 0.5)]) - 0.25
    right = -np.hypot(*away.clip(0)) if (away > 0).any() else -away.max()
    assert deep == pytest.approx(right, abs=1e-6) or abs(right) < 1e-6


def test_a_line_tells_which_way():
    """From top to bottom: to the right hand of one who walks down it is to the left in the picture."""
    line = Line(0.5, 0.2, 0.5, 0.8)
    left = [(0.7 - 0.01 * step, 0.5) for step in range(40)]
    states = walk(line, left, left[::-1], [(x, 0.9) for x, _ in left])
    forward = [(index, ids(state.forward)) for index, state in enumerate(states) if state.forward]
    back = [(index, ids(state.back)) for index, state in enumerate(states) if state.back]
    assert [who for _, who in forward] == [[1]] and [who for _, who in back] == [[2]]
    assert states[-1].total == line.total == (1, 1)


def test_a_short_line_is_as_exact_as_a_long_one():
    line = Line(0.5, 0.5, 0.5, 0.53125)
    walk(line, [(0.488, 0.515625), (0.512, 0.515625)], [(0.492, 0.515625), (0.512, 0.515625)],
         [(0.488, 0.55), (0.512, 0.55)])
    assert ids(line.back) == ids(line.crossed) == [1] and line.total == (0, 1)


def test_a_jump_across_counts_and_a_new_track_beyond_does_not():
    line = Line(0.5, 0, 0.5, 1)
    walk(line, [(0.1, 0.5), (0.9, 0.5), (0.9, 0.5)])
    assert line.total == (0, 1)
    walk(line, [None, None, None], [None, (0.1, 0.5), (0.2, 0.5)])
    assert line.total == (0, 1)


@pytest.mark.parametrize(("end", "crossed"), [((0.8, 0.7), 1), ((0.6, 0.65), 0), ((0.6, 0.0), 1), ((0.6, -0.45), 0)])
def test_a_line_is_crossed_between_its_ends_alone(end, crossed):
    line = Line(0.5, 0, 0.5, 0.5)
    walk(line, [(0.4, 0.4), end])
    assert len(line.crossed) == crossed


def test_a_zone_that_is_moved_sees_where_it_is_now():
    door = Zone(0, 0, 0.2, 1)
    door.places["right"].take(1)
    door.places["left"].take(0.5)
    assert [len(state.inside) for state in walk(door, [(0.1, 0.5), (0.8, 0.5)])] == [0, 1]
    assert door == Zone(0, 0, 0.2, 1) and door.state.points == ((0.5, 0), (1, 0), (1, 1), (0.5, 1))
    door.places["right"].take(0.25)  # its left side is beyond its right one
    assert [len(state.inside) for state in walk(door, [(0.2, 0.5), (0.3, 0.5), (0.6, 0.5)])] == [0, 1, 0]


def test_a_line_whose_ends_meet_is_crossed_by_nobody():
    line = Line(0.5, 0, 0.5, 1)
    line.places["y2"].take(0)
    assert walk(line, [(0.4, 0), (0.6, 0), (0.4, 0.1)])[-1].total == (0, 0)


@pytest.mark.parametrize("make", [
    lambda: Zone(0.5, 0, 0.2, 1), lambda: Zone(0.5, 0, 0.5, 1), lambda: Zone(0, 0.5, 1, 0.5), lambda: Zone(0, 0, 1),
    lambda: Zone((0, 0), (1, 1)), lambda: Zone(0, 0, 2, 1),
    lambda: Zone("a", 0, 1, 1), lambda: Line(0, 0, 0, 0), lambda: Line(0, 0, float("nan"), 1), lambda: Zone(),
])  # fmt: skip
def test_what_is_no_shape_is_refused_in_a_line(make):
    with pytest.raises(UserError) as wrong:
        make()
    assert len(str(wrong.value)) < 200


def test_the_nearest_pair_and_who_stands_together():
    crowd = Tracks([track(id=4, x=0.1), track(id=5, x=0.3), track(id=6, x=0.9), track(id=9, x=0.9, y=0.05, h=0.05)])
    told = pairs(crowd)
    assert told.nearest == (4, 5) and told.distance == pytest.approx(0.2)
    assert told.groups == ((4, 5), (6,), (9,))
    assert pairs(crowd[:1]).groups == ((4,),) and pairs(Tracks()).nearest == ()
    assert pairs(Tracks()).distance > max(told.distance, 1.41)
