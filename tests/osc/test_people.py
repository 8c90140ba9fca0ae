"""The profiles augmenta and tsps, word for word, and a receiver that keeps a list of people by their events."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.osc.profiles import Augmenta, Tsps
from engine.values import EngineStatus
from tests.ears import messages
from tests.scenes import scene, track

STATUS = EngineStatus()
ONE = track(id=7, slot=2, x=0.25, y=0.5, w=0.125, h=0.75, vx=-1.0, vy=0.0, age=1.5)
EVENTS = {
    Augmenta: {"/object/enter": "enter", "/object/update": "update", "/object/leave": "leave"},
    Tsps: {"/TSPS/personEntered/": "enter", "/TSPS/personUpdated/": "update", "/TSPS/personWillLeave/": "leave"},
}
PLACE = {Augmenta: 1, Tsps: 0}  # where the id stands


def test_augmenta_word_for_word():
    gone, born = replace(ONE, id=5, slot=0, vx=0.0), replace(ONE, id=8, slot=0, vx=0.0, vy=-3.0)
    seen = scene(time=2001.5, index=42, tracks=[ONE, born], born=[born], gone=[gone])
    assert messages(Augmenta(metres=(4.0, 2.5))(seen, STATUS)) == [
        ("/scene", 42, 2, 4.0, 2.5),
        ("/object/leave", 42, 5, 0, 1.5, 0.25, 0.5, 0.0, 0.0, 0.0, 0.25, 0.5, 0.125, 0.75, 0.0, 0.0),
        ("/object/enter", 42, 8, 0, 1.5, 0.25, 0.5, 0.0, -3.0, 90.0, 0.25, 0.5, 0.125, 0.75, 0.0, 0.0),
        ("/object/update", 42, 7, 2, 1.5, 0.25, 0.5, -1.0, 0.0, 180.0, 0.25, 0.5, 0.125, 0.75, 0.0, 0.0),
    ]


@pytest.mark.parametrize(
    ("vx", "vy", "degrees"), [(1, 0, 0), (0, -1, 90), (-1, 0, 180), (0, 1, 270), (1, 1, 315), (0, 0, 0)]
)
def test_the_orientation_goes_against_the_clock_from_the_right(vx, vy, degrees):
    said = messages(Augmenta()(scene(tracks=[replace(ONE, vx=vx, vy=vy)]), STATUS))[1]
    assert said[9] == pytest.approx(degrees)


def test_tsps_word_for_word():
    profile, later = Tsps(), replace(ONE, vx=0.5, vy=1.0)
    body = (0.25, 0.5, 0.5, 1.0, 0.0, 0.1875, 0.125, 0.125, 0.75, 0.25, 0.125, *[0.0] * 6)
    profile(scene(time=1.0, index=40, tracks=[ONE], born=[ONE]), STATUS)
    assert messages(profile(scene(time=2001.5, index=42, tracks=[later]), STATUS)) == [
        ("/TSPS/scene/", 2001500, 0.09375, 1, 0.5, 1.0),
        ("/TSPS/personUpdated/", 7, 2, 2, *body),
    ]
    assert messages(profile(scene(time=2002.0, index=43, gone=[later]), STATUS)) == [
        ("/TSPS/scene/", 2002000, 0.0, 0, 0.0, 0.0),
        ("/TSPS/personWillLeave/", 7, 2, 3, *body),
    ]
    assert not profile.since or set(profile.since) == {7}
    profile(scene(index=44), STATUS)
    assert not profile.since  # who has gone is forgotten


@pytest.mark.parametrize("profile", [Augmenta, Tsps])
@given(st.lists(st.sets(st.integers(1, 60)), max_size=8))
def test_a_list_kept_by_events_is_right_after_every_frame(profile, crowds):
    say, people, before = profile(), set(), set()
    for index, ids in enumerate(crowds):
        tracks = [track(id=id, slot=id) for id in sorted(ids)]
        born, gone = [one for one in tracks if one.id not in before], [track(id=id, slot=id) for id in before - ids]
        for address, *rest in messages(say(scene(index=index, tracks=tracks, born=born, gone=gone), STATUS)):
            event, id = EVENTS[profile].get(address), rest[PLACE[profile]]
            if event == "leave":
                people.remove(id)
            elif event == "enter":
                assert id not in people
                people.add(id)
            elif event == "update":
                assert id in people
        assert people == ids
        before = ids
