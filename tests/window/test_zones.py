"""Zones over the picture, and the mouse that moves them, in every way in which a picture can be shown."""

from itertools import product

import numpy as np
import pytest

from engine import Line, Zone
from engine.signals.declared import Declared
from engine.values import Tracks, ZoneState
from engine.window.colours import ACCENT
from engine.window.composition import Composition
from engine.window.controls import corners
from engine.window.projection import project, turned_size, unproject
from engine.window.views import views
from engine.window.views.places import Places
from engine.window.zones import draw_zones, grip, shapes
from tests.percepts import parameters, percept
from tests.scenes import track

REACH = (0.02, 0.02)


@pytest.fixture
def table():
    declared = Declared({
        "door": Zone(0.25, 0.5, 0.5, 0.75), "cut": Zone((0.7, 0.1), (0.9, 0.1), (0.8, 0.4)),
        "half": Line(0.1, 0.1, 0.1, 0.4),
    })  # fmt: skip
    table = parameters()
    table.replace("zone", declared.places())
    return table


def points(table):
    return {shape.name: shape.points for shape in shapes(table)}


def pull(table, at, to, reach=REACH):
    """Where everything is after the mouse went from one place of the frame to another."""
    held = grip(shapes(table), at, reach)
    if held is not None:
        held.pull(table, to)
    return points(table)


def test_all_shapes_stand_in_the_table(table):
    assert points(table) == {
        "door": ((0.25, 0.5), (0.5, 0.5), (0.5, 0.75), (0.25, 0.75)), "cut": ((0.7, 0.1), (0.9, 0.1), (0.8, 0.4)),
        "half": ((0.1, 0.1), (0.1, 0.4)),
    }  # fmt: skip


def test_a_corner_of_a_rectangle_takes_its_two_sides_along(table):
    assert pull(table, (0.26, 0.49), (0.36, 0.39))["door"] == pytest.approx(np.array(
        ((0.35, 0.4), (0.5, 0.4), (0.5, 0.75), (0.35, 0.75))))
    assert {change.name for change in table.changes(0.0)} == {"zone/door/left", "zone/door/top"}


def test_a_point_of_a_polygon_or_a_line_goes_alone(table):
    assert pull(table, (0.8, 0.4), (0.6, 0.5))["cut"] == ((0.7, 0.1), (0.9, 0.1), (pytest.approx(0.6), 0.5))
    assert pull(table, (0.1, 0.41), (0.3, 0.91))["half"] == ((0.1, 0.1), (pytest.approx(0.3), pytest.approx(0.9)))


@pytest.mark.parametrize("at, to, name, by", [
    ((0.4, 0.6), (0.5, 0.5), "door", (0.1, -0.1)),
    ((0.4, 0.6), (-0.3, 0.9), "door", (-0.25, 0.25)),
    ((0.4, 0.6), (0.95, 0.65), "door", (0.5, 0.05)),
    ((0.8, 0.2), (0.7, 0.0), "cut", (-0.1, -0.1)),
    ((0.11, 0.25), (0.21, 0.75), "half", (0.1, 0.5)),
])  # fmt: skip
def test_a_body_goes_as_a_whole_and_stays_in_the_picture(table, at, to, name, by):
    before = points(table)
    after = pull(table, at, to)
    assert after[name] == pytest.approx(np.add(before[name], by), abs=1e-6)
    assert {key: after[key] for key in after if key != name} == {key: before[key] for key in before if key != name}


@pytest.mark.parametrize("at", [(0.6, 0.6), (0.13, 0.25), (0.1, 0.45), (0.24, 0.47)])
def test_beside_a_shape_there_is_nothing_to_take_hold_of(table, at):
    assert grip(shapes(table), at, REACH) is None


def test_the_reach_is_as_wide_as_the_picture_is_shown(table):
    assert grip(shapes(table), (0.52, 0.5), (0.03, 0.01)).point == 1
    assert grip(shapes(table), (0.5, 0.48), (0.03, 0.01)) is None


def test_the_nearest_point_and_the_shape_on_top_are_taken(table):
    table.replace("zone", Declared({"below": Zone(0, 0, 1, 1), "above": Zone(0.01, 0.01, 0.9, 0.9)}).places())
    assert grip(shapes(table), (0.5, 0.5), REACH).shape.name == "above"
    assert grip(shapes(table), (0.002, 0.002), REACH).shape.name == "below"
    assert grip(shapes(table), (0.95, 0.95), REACH).shape.name == "below"


def lit(picture):
    """Which pixels (x, y) have the colour of what is lit up."""
    return np.argwhere(np.abs(picture.astype(int) - ACCENT).max(2) < 60)[:, ::-1]


WAYS = list(product((False, True), ("cover", "contain"), ("0", "90", "180", "270"), (False, True)))


@pytest.mark.parametrize("mirror, fit, turn, pulled", WAYS)
def test_where_a_zone_is_drawn_the_mouse_finds_it(table, mirror, fit, turn, pulled):
    """Every lit pixel of the screen leads back into the zone, and all of them together to all of it."""
    table.replace("zone", Declared({"o": Zone(0.35, 0.3, 0.65, 0.7)}).places())
    size = (350, 200)
    for path, value in (("mirror", mirror), ("fit", fit), ("name", "camera"), ("boxes", 0)):
        table.set(f"view/{path}", value, "keys")
    if pulled:
        table.set("projection/corners/left-top/x", 0.1, "keys")
        table.set("projection/corners/right-bottom/y", -0.2, "keys")
    seen, scene = percept()
    seen.frame.pixels[:] = 0
    composition, inner = Composition(views()), turned_size(size, turn)
    states = {"o": ZoneState((), Tracks([track()]))}
    object.__setattr__(scene, "zones", states)
    picture = composition.zoned(composition(seen, scene, table, inner, 0.0), seen, scene, table)
    screen = project(picture, size, turn, corners(table), 0.0)
    high, wide = screen.shape[:2]
    found = np.array([
        composition.back(*unproject(x / wide, y / high, turn, corners(table)), (240, 320), inner, mirror)
        for x, y in lit(screen) + 0.5
    ])  # fmt: skip
    assert found.min(0) == pytest.approx((0.35, 0.3), abs=0.03) and found.max(0) == pytest.approx((0.65, 0.7), abs=0.03)


def test_a_zone_is_lit_while_somebody_is_inside_and_a_line_points_forward(table):
    places = Places((240, 320), (640, 480), False)
    dark = np.zeros((480, 640, 3), np.uint8)
    draw_zones(dark, table, {}, places)
    full = np.zeros_like(dark)
    draw_zones(full, table, {"door": ZoneState((), Tracks([track()]))}, places)
    assert len(lit(dark)) == 0 and lit(full).min(0) == pytest.approx((160, 240), abs=4)
    assert lit(full).max(0) == pytest.approx((320, 360), abs=4)
    beside = dark[117:124, 40:60].max(), dark[117:124, 68:88].max()  # it goes down: forward is to the left
    assert beside[0] > 150 > beside[1]
