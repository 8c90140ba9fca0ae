"""What the audience sees: fades, black, the patch's drawing; and nothing that is meant for the operator."""

import itertools

import numpy as np
import pytest
import torch

from engine.draw import DrawCircle, DrawLine, DrawText
from engine.errors import UserError
from engine.parameters import Parameters
from engine.window import controls
from engine.window.colours import track_colour
from engine.window.composition import Composition, read
from engine.window.text import height_of
from engine.window.views import views
from engine.window.views.camera import camera
from tests.percepts import BLUE, RED, SHAPES, percept
from tests.scenes import track

SIZE = 320, 240


@pytest.fixture
def table():
    made = Parameters()
    controls.declare(made)
    controls.see(made, {tap: shape[0] for tap, shape in SHAPES.items()})
    made.set("view/name", "camera", "keys")
    return made


@pytest.fixture
def composition():
    return Composition(views())


def test_a_view_is_faded_over_within_half_a_second(table, composition):
    found, scene = percept(left=RED, right=RED)
    first = composition(found, scene, table, SIZE, 0.0)
    other, _ = percept(left=BLUE, right=BLUE)
    table.set("view/fit", "contain", "keys")
    steps = [composition(other, scene, table, SIZE, time)[120, 160].astype(int) for time in (1.0, 1.25, 1.49, 1.5, 2.0)]
    assert (steps[0] == first[120, 160]).all() and np.abs(steps[1] - (np.array(RED) + BLUE) / 2).max() <= 1
    assert (steps[3] == BLUE).all() and (steps[4] == BLUE).all() and np.abs(steps[2] - BLUE).max() < 10


def test_a_view_that_fails_is_the_camera_until_it_is_well(table, composition):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate 2.00 GiB")

    found, scene = percept()
    composition.views = {"wall": full, "unit": full, "camera": camera}
    composition.unseen = ["unit"]
    composition.rehearse(found, scene, table, SIZE)
    table.set("view/name", "wall", "keys")
    assert np.array_equal(composition(found, scene, table, SIZE, 0.0), camera(found, scene, read(table, SIZE)))
    assert composition.trouble.startswith("the view wall fails (OutOfMemoryError: CUDA out of memory. Tried")
    composition.views["wall"] = views()["wall"]
    assert not np.array_equal(composition(found, scene, table, SIZE, 9.0), camera(found, scene, read(table, SIZE)))
    assert composition.trouble == ""


def test_black_comes_and_goes_within_half_a_second_and_costs_no_view(table, composition):
    found, scene = percept()
    before = composition(found, scene, table, SIZE, 0.0)
    table.set("view/blackout", 1, "keys")
    half = composition(found, scene, table, SIZE, 0.25)
    assert np.abs(half.astype(int) - before // 2).max() <= 1
    assert not composition(found, scene, table, SIZE, 0.5).any()
    composition.views = {}
    assert not composition(found, scene, table, SIZE, 9.0).any()
    composition.views = views()
    table.set("view/blackout", 0, "keys")
    composition(found, scene, table, SIZE, 9.25)
    assert np.array_equal(composition(found, scene, table, SIZE, 9.5), before)


def test_the_words_of_two_that_stand_at_an_edge_are_both_whole(table, composition):
    found, scene = percept(tracks=(track(1, x=0.35, y=0.5, w=0.3, h=0.6), track(2, x=0.36, y=0.5, w=0.3, h=0.58)))
    picture = composition(found, scene, table, (240, 427), 0.0)
    for number in (1, 2):  # the left end of each, where no letter is
        assert (picture[:, 0] == track_colour(number)).all(1).sum() >= height_of(10)


def test_without_a_fade_all_changes_at_once(table, composition):
    table.set("view/fade", 0, "keys")
    found, scene = percept()
    composition(found, scene, table, SIZE, 0.0)
    table.set("view/blackout", 1, "keys")
    assert not composition(found, scene, table, SIZE, 0.0).any()


def test_contain_shows_the_whole_camera_and_cover_fills(table, composition):
    table.set("view/fade", 0, "keys")
    found, scene = percept()
    covering = composition(found, scene, table, (640, 200), 0.0)
    table.set("view/fit", "contain", "keys")
    whole = composition(found, scene, table, (640, 200), 1.0)
    assert covering.any(2).all() and not whole[:, :150].any() and (whole[100, 200] == RED).all()
    assert not whole[:, -150:].any() and (whole[0, 300] == RED).all() and (whole[-1, 340] == BLUE).all()


def test_boxes_come_and_go_with_their_parameter(table, composition):
    found, scene = percept(tracks=(track(7, x=0.3, y=0.5, w=0.3, h=0.6),))
    with_boxes = composition(found, scene, table, SIZE, 0.0)
    table.set("view/boxes", 0, "keys")
    bare = composition(found, scene, table, SIZE, 1.0)
    assert (with_boxes != bare).any() and (bare[:, :150] == RED).all() and (bare[:, 170:] == BLUE).all()


@pytest.mark.parametrize("mirror", [False, True])
def test_a_patch_draws_over_any_view_where_the_frame_has_it(table, composition, mirror):
    table.set("view/mirror", mirror, "keys")
    found, scene = percept()
    bare = composition(found, scene, table, SIZE, 0.0)
    cues = (
        DrawCircle(0.25, 0.25, 0.05, (0, 1, 0), 0),
        DrawLine(((0.5, 0.9), (0.9, 0.9)), (1, 1, 0), 0.02),
        DrawText("yes", 0.5, 0.5),
    )
    drawn = composition(found, scene, table, SIZE, 1.0, cues)
    side = (lambda x: 319 - x) if mirror else (lambda x: x)
    assert (drawn[60, side(80)] == (0, 255, 0)).all() and (drawn[216, side(224)] == (255, 255, 0)).all()
    assert drawn[100:140, 130:190].min(2).max() > 240, "the words are white"
    assert np.array_equal(composition(found, scene, table, SIZE, 2.0), bare), "it lasts for one picture"


@pytest.mark.parametrize("make, told", [
    (lambda: DrawLine(((0, 0),)), "DrawLine takes 2 to 1024 points, found 1"),
    (lambda: DrawLine(itertools.repeat((0, 0))), "DrawLine takes 2 to 1024 points, found more"),
    (lambda: DrawCircle(0, 10**400, 1), "a number as y"),
    (lambda: DrawCircle(0, "9" * 10**6, 1), "a number as y, found '9999"),
    (lambda: DrawLine("line"), "DrawLine takes points"),
    (lambda: DrawLine([(0, float("nan")), (1, 1)]), "DrawLine takes points .* a number as y"),
    (lambda: DrawCircle("left", 0, 1), "DrawCircle takes a number as x, found 'left'"),
    (lambda: DrawCircle(0, 0, 1, 7), "a colour"),
    (lambda: DrawText("x", 0, 0, 1, (0, 0, "red")), "a number as colour"),
])
def test_what_cannot_be_drawn_is_refused_when_it_is_made(make, told):
    with pytest.raises(UserError, match=told):
        make()


def test_wild_drawings_are_held_within_reach(table, composition):
    found, scene = percept()
    wild = (DrawCircle(1e300, -1e300, 1e300, (9, -9, 1e99), 1e300), DrawLine(((-1e9, 0), (1e9, 1)), width=1e9),
            DrawText("a" * 10_000 + "\udcff", 5, 5, 1e9), DrawText("", np.float32(0.5), 0.5, -1))
    composition(found, scene, table, SIZE, 0.0, wild)


def test_each_view_has_been_drawn_once_before_it_is_switched_to_and_nobody_saw_it(table):
    found, scene = percept()
    drawn = []
    made = Composition({name: lambda *seen, name=name, view=view: drawn.append(name) or view(*seen)
                        for name, view in views().items()})
    shown = made(found, scene, table, SIZE, 0.0)
    for _ in range(2 * len(made.views)):
        made.rehearse(found, scene, table, SIZE)
    assert sorted(drawn[1:]) == sorted(made.views) and made.shown is shown
