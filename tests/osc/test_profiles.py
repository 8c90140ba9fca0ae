"""The profiles, word for word."""

import struct
from dataclasses import replace

import numpy as np
import pytest

from engine.cues import Osc
from engine.osc.profiles import PROFILES, Neocog, Split
from engine.values import EngineStatus, Guess, Layer, Ranged, Scene, Tracks
from tests.ears import messages, values
from tests.scenes import scene, track
from tests.tracking.test_tracker import RATE, Tracker, box, play

STATUS = EngineStatus(fps=30.0, latency=0.0125, dropped=3)
CLASSES = ("person", "potted plant", "cat")


def test_neocog_word_for_word():
    one = track(id=7, slot=2, label=1, score=0.5, x=0.25, y=0.5, w=0.125, h=0.75, vx=-1.0, vy=2.0, age=1.5)
    two = replace(one, id=8, slot=0, unseen=0.25)
    gone = replace(one, id=5, slot=0)
    row = (1, 0.5, 0.25, 0.5, 0.125, 0.75, -1.0, 2.0, 1.5)
    layer = Layer(0.5, 1.0, 0.25, 0.75, 0.125, 0.375, 0.0625, ((9, 0.5), (4, 0.25)))
    tracks = Tracks([one, two]), Tracks([two]), Tracks([gone])
    seen = Scene(2001.5, 42, *tracks, {"stage one": layer}, (Guess(17, "cup", 0.5),), np.zeros(1))
    parts = Neocog(CLASSES)(seen, STATUS, [Osc("/hit", 3, 0.5, "hard")])
    assert messages(parts) == [
        ("/frame", 42, 1.5, 2),
        ("/stale", 0),
        ("/alive", 7, 8),
        ("/object/leave", 5, 0, *row),
        ("/object/enter", 8, 0, *row),
        ("/object/update", 7, 2, *row),
        ("/object/unseen", 7, 0.0, 8, 0.25),
        ("/count/potted_plant", 2),
        ("/layer/stage_one", 0.5, 1.0, 0.25, 0.75, 0.125, 0.375, 0.0625),
        ("/layer/stage_one/ranged", *[0.0] * 7),
        ("/unit/stage_one", 9, 0.5, 4, 0.25, *[0, 0.0] * 6),
        ("/guess/0", 17, 0.5),
        *[(f"/guess/{k}", 0, 0.0) for k in range(1, 5)],
        ("/engine", 30.0, 12.5, 3),
        *[(f"/class/{index}", name) for index, name in enumerate(CLASSES)],
        ("/label/17", "cup"),
        ("/hit", 3, 0.5, "hard"),
    ]


def test_who_walks_behind_another_stays_and_is_said_to_be_unseen():
    ways = [0.2 + 0.2 * index / RATE for index in range(3 * RATE)]
    frames = [[box(0.5, size=0.2, score=0.9)] + [box(x)] * (abs(x - 0.5) > 0.1) for x in ways]
    profile = Neocog(CLASSES)
    heard = [words for seen in play(Tracker(CLASSES), frames) for words in messages(profile(seen, STATUS))]
    entered = [words[1] for words in heard if words[0] == "/object/enter"]
    assert len(entered) == 2 and not [words for words in heard if words[0] == "/object/leave"]
    unseen = [dict(zip(words[1::2], words[2::2], strict=True)) for words in heard if words[0] == "/object/unseen"]
    stands, walks = ([told.get(id, 0.0) for told in unseen] for id in entered)
    assert set(stands) == {0.0} and max(walks) == pytest.approx(1.0, abs=0.1) and walks[-1] == 0.0


def test_for_how_long_each_of_a_crowd_was_not_found_is_said_in_messages_that_fit():
    crowd = [track(id=id, slot=id, unseen=id / 4) for id in range(40)]
    told = [words[1:] for words in messages(Neocog(CLASSES)(scene(tracks=crowd), STATUS))
            if words[0] == "/object/unseen"]
    assert [len(words) for words in told] == [32, 32, 16]
    assert [number for words in told for number in words] == [number for id in range(40) for number in (id, id / 4)]


def test_a_class_is_counted_from_when_it_was_first_seen():
    profile, twins = Neocog(("person", "potted plant", "cat", "potted/plant")), ("potted plant", "potted/plant")

    def counted(*names):
        tracks = [track(id=id + 1, slot=id, label=profile.classes.index(name), name=name)
                  for id, name in enumerate(names)]
        return {word[0]: word[1] for word in messages(profile(scene(tracks=tracks), STATUS))
                if word[0].startswith("/count")}

    assert counted() == {}
    assert counted("person", "person", "cat") == {"/count/person": 2, "/count/cat": 1}
    assert counted(*twins) == {"/count/person": 0, "/count/cat": 0, "/count/potted_plant": 2}
    assert counted("cat") == {"/count/person": 0, "/count/cat": 1, "/count/potted_plant": 0}
    profile.forget()
    assert len(counted()) == 3


def test_split_says_nothing_of_slots_before_there_is_anybody():
    profile, everybody = Split(CLASSES), [track(slot=1)]
    slots = [{word.split("/")[2] for word in values(profile(scene(tracks=tracks), STATUS))
              if word.startswith("/object")}
             for tracks in ((), everybody, ())]  # fmt: skip
    assert slots == [set(), {"0", "1"}, {"0", "1"}]


def test_names_come_first_then_only_news_until_forgotten():
    profile = Neocog(CLASSES)

    def told(*labels):
        seen = replace(scene(), classes=tuple(Guess(label, f"thing {label}", 0.2) for label in labels))
        return [word[0] for word in messages(profile(seen, STATUS)) if word[0].startswith(("/class", "/label"))]

    classes = ["/class/0", "/class/1", "/class/2"]
    assert told(4, 5) == [*classes, "/label/4", "/label/5"]
    assert told(5, 4) == []
    assert told(5, 6) == ["/label/6"]
    profile.forget()
    assert told(6) == [*classes, "/label/6"]


def test_split_says_one_float_per_address_and_empties_slots():
    profile = Split(CLASSES)
    one = track(id=900, slot=1, label=1, score=0.5, x=0.25, y=0.5, w=0.125, h=0.75, vx=-1.0, vy=2.0, age=1.5,
                unseen=0.5)
    seen = replace(scene(time=2001.5, index=2**24 + 5, tracks=[one]), layers={})
    first = values(profile(seen, STATUS, [Osc("/hit", 1)]))
    assert first == {
        "/frame/number": 5.0, "/frame/time": 1.5, "/frame/count": 1.0, "/stale": 0.0, "/object/0/present": 0.0,
        "/object/1/present": 1.0, "/object/1/x": 0.25, "/object/1/y": 0.5, "/object/1/w": 0.125, "/object/1/h": 0.75,
        "/object/1/vx": -1.0, "/object/1/vy": 2.0, "/object/1/age": 1.5, "/object/1/score": 0.5, "/object/1/class": 1.0,
        "/object/1/unseen": 0.5, "/count/person": 0.0, "/count/potted_plant": 1.0, "/count/cat": 0.0, "/hit": 1,
    }  # fmt: skip
    after = values(profile(scene(stale=True), STATUS))
    assert {address: value for address, value in after.items() if address.startswith("/object")} == {
        "/object/0/present": 0.0,
        "/object/1/present": 0.0,
    }
    assert after["/stale"] == 1.0 and after["/count/potted_plant"] == 0.0
    assert [after[f"/layer/conv1/{name}"] for name in ("mean", "peak", "sparsity")] == [0.25, 1.0, 0.5]


def test_addresses_stay_the_same_however_many_objects_have_been():
    profile = Split(CLASSES)
    seen = {frozenset(values(profile(scene(tracks=[track(id=id, slot=0)]), STATUS))) for id in range(1, 100)}
    assert len(seen) == 1


@pytest.mark.parametrize("name", PROFILES)
def test_flips_mirror_positions_and_velocities(name):
    there = track(x=0.25, y=0.125, vx=1.0, vy=-2.0)
    here = replace(there, x=0.75, y=0.875, vx=-1.0, vy=2.0)
    layer = Layer(0.5, 0.5, 0.5, 0.5, 0.25, 0.75, 0.5, (), ranged=Ranged(cx=0.125, cy=0.5))
    seen = replace(scene(tracks=[there]), layers={"a": layer})
    mirrored = replace(scene(tracks=[here]),
                       layers={"a": replace(layer, cx=0.75, cy=0.25, ranged=Ranged(cx=0.875, cy=0.5))})
    maps = [(f"object/0/{column}", f"/{column}") for column in ("x", "y", "vx", "vy")]
    maps += ("layer/a/cx", "/cx"), ("layer/a/ranged/cx", "/ranged")
    flipped = PROFILES[name](flip_x=True, flip_y=True, maps=maps)
    assert flipped(seen, STATUS) == PROFILES[name](maps=maps)(mirrored, STATUS)


@pytest.mark.parametrize("name", ["neocog", "split"])
@pytest.mark.parametrize("seen, status", [(scene(stale=True), STATUS), (scene(), replace(STATUS, stale=True))])
def test_a_source_that_has_stopped_is_stale(name, seen, status):
    profile = PROFILES[name]()
    assert values(profile(seen, status))["/stale"] == 1
    assert values(profile(scene(), STATUS))["/stale"] == 0


def test_time_keeps_its_precision_for_years():
    profile = Neocog()
    for start in (0.0, 86400.0 * 30, 86400.0 * 3650):
        for step in range(0, 1000, 7):
            time = start + step + 1 / 3
            sent = messages(profile(scene(time=time), STATUS))[0][2]
            assert abs(sent - time % 1000.0) <= 2**-15


def test_a_cue_too_big_to_send_is_counted_and_shown_and_the_rest_goes_out():
    profile = Neocog()
    parts = profile(scene(), STATUS, [Osc("/big", *range(358)), Osc("/good", 1)])
    assert messages(parts)[-1] == ("/good", 1)
    assert profile.lost == 1 and "more than 1432 bytes" in profile.notice


def test_a_message_too_big_to_travel_with_the_header_travels_alone():
    crowd = [track(id=slot, slot=slot) for slot in range(64)]
    parts = Neocog()(scene(tracks=crowd), STATUS, [Osc("/vector", *[0.5] * 270)])
    assert parts[-1].startswith(b"/vector") and len(struct.unpack(">270f", parts[-1][-1080:])) == 270
