"""The objects view: what belongs together, zones that light up, and numbers for a rehearsal alone."""

from dataclasses import replace

import numpy as np
import pytest

from engine.values import LineState, Pairs, Tracks, ZoneState
from engine.window.colours import ACCENT, track_colour
from engine.window.views import views
from engine.window.views.view import ViewParameters
from tests.percepts import percept
from tests.scenes import track

SIZE = (640, 480)
DOOR = ((0.6, 0.2), (0.9, 0.2), (0.9, 0.4), (0.6, 0.4))
TWO = track(1, x=0.2, y=0.5, w=0.1, h=0.4), track(2, x=0.6, y=0.5, w=0.1, h=0.4)


def seen(tracks=TWO, technical=False, labels=False, **scene_values) -> np.ndarray:
    found, scene = percept(left=(90, 90, 90), right=(90, 90, 90), tracks=tracks)
    settings = ViewParameters(SIZE, labels=labels, technical=technical)
    return views()["objects"](found, replace(scene, **scene_values), settings).astype(int)


def test_those_who_stand_together_are_joined_on_the_ground():
    alone, together = seen(), seen(pairs=Pairs((1, 2), 0.4, ((1, 2),)))
    changed = np.argwhere((alone != together).any(2))
    assert (np.abs(changed[:, 0] - 0.7 * 480) < 8).all(), "at the height of their feet"
    assert changed[:, 1].min() == pytest.approx(128, abs=8) and changed[:, 1].max() == pytest.approx(384, abs=8)


def test_a_zone_is_lit_while_somebody_is_in_it():
    nothing, empty = seen(), seen(zones={"door": ZoneState(DOOR)})
    full = seen(zones={"door": ZoneState(DOOR, Tracks(TWO[1:]), dwell=(1.0,))})
    middle = round(0.3 * 480), round(0.75 * 640)
    assert (empty[middle] == nothing[middle]).all() and full[middle].sum() > empty[middle].sum() + 40
    edge = round(0.2 * 480), round(0.75 * 640)
    assert empty[edge].max() > nothing[edge].max() and np.abs(full[edge] - ACCENT).max() < 40


def test_a_line_lights_up_when_it_is_crossed():
    quiet, crossed = (seen(zones={"half": LineState(((0.8, 0.1), (0.8, 0.9)), Tracks(forward))})
                      for forward in ((), TWO[:1]))
    assert np.abs(crossed[240, 512] - ACCENT).max() < 40 < np.abs(quiet[240, 512] - ACCENT).max()


def test_a_part_has_the_colour_of_whom_it_belongs_to_and_no_words_of_its_own():
    face = track(7, x=0.2, y=0.4, w=0.06, h=0.1, part_of=1)
    picture = seen((TWO[0], face), labels=True)
    left, top = round((0.2 - 0.03) * 640), round(0.35 * 480)
    assert np.abs(picture[top, left + 3] - track_colour(1)).max() < 70
    above = picture[top - 25 : top - 4, left : left + 40]
    assert (above == seen((TWO[0], replace(face, w=0.059)), labels=True)[top - 25 : top - 4, left : left + 40]).all()


def test_numbers_are_for_a_rehearsal_alone():
    zones = {"door": ZoneState(DOOR)}
    calm, technical = (seen(zones=zones, technical=technical) for technical in (False, True))
    changed = (calm != technical).any(2)
    assert changed[round(0.3 * 480) - 10 : round(0.3 * 480) + 10, 460:500].any(), "the zone's name"
    assert changed[340:360, 96:200].any(), "an object's numbers, under it"


def test_wild_zones_and_ids_that_are_gone_draw_what_can_be_drawn():
    far = ((-9.0, -9.0), (9.0, -9.0), (9.0, 9.0))
    seen(zones={"far": ZoneState(far, Tracks(TWO)), "off": ZoneState(tuple((x + 99, y) for x, y in far), Tracks(TWO))},
         pairs=Pairs((1, 99), 0.4, ((1, 99), (98, 97), ())), technical=True)


def test_a_word_stays_whole_at_the_pictures_edges():
    wide = 0
    for x, y in ((0.5, 0.5), (0.02, 0.5), (0.99, 0.5), (0.5, 0.1)):
        there = track(1, x=x, y=y, w=0.3, h=0.4)
        changed = np.argwhere((seen((there,), labels=True) != seen((there,))).any(2))
        wide = wide or np.ptp(changed[:, 1])
        assert np.ptp(changed[:, 1]) == pytest.approx(wide, abs=2) and changed.min() > 0 and changed[:, 1].max() < 639
