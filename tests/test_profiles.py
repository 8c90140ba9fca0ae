"""The profiles: whatever is in a scene, receivers get all of it in datagrams they can read."""

import math
import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pythonosc.osc_packet import OscPacket

from engine.profiles import PROFILES, SLOTS, Neocog, Split
from engine.values import Guess, Layer, Osc, Pulse, Scene, Track
from tests.scenes import scene, track

PULSE = Pulse(fps=30.0, latency=0.0125, dropped=3)
CLASSES = ("person", "potted plant", "cat")
ANY = st.floats() | st.integers(-(2**70), 2**70)
INDEX = st.integers(0, 2**40)
tracks = st.builds(Track, INDEX, INDEX, st.integers(-1, 90), st.text(), *[ANY] * 8)
crowds = st.builds(
    lambda odd, count: tuple(replace(odd[slot % len(odd)], slot=slot) for slot in range(count)),
    st.lists(tracks, min_size=1, max_size=3), st.integers(0, 300),
)  # fmt: skip
layers = st.builds(Layer, *[ANY] * 7, st.lists(st.tuples(INDEX, ANY), max_size=12).map(tuple))
guesses = st.lists(st.builds(Guess, INDEX, st.text(), ANY), max_size=7).map(tuple)
scenes = st.builds(
    Scene, st.floats(0, 1e9), INDEX, crowds, crowds, crowds, st.dictionaries(st.text(), layers, max_size=2),
    guesses, st.just(np.zeros(4)), st.booleans(),
)  # fmt: skip
cues = st.lists(
    st.builds(lambda words, times: Osc("/cue", *words * times), st.lists(ANY | st.text()), st.integers(0, 100)), max_size=2
)


def messages(parts: list[bytes]) -> list[tuple]:
    """(address, arguments...) of all messages, read by python-osc."""
    return [(timed.message.address, *timed.message.params) for part in parts for timed in OscPacket(part).messages]


def types(part: bytes) -> set[str]:
    """Every type used in a datagram."""
    used = set()
    for timed in OscPacket(part).messages:
        data = timed.message.dgram
        tags = data[data.index(0) // 4 * 4 + 4 :]
        used |= set(tags[1 : tags.index(0)].decode())
    return used


def values(parts: list[bytes]) -> dict[str, float]:
    """One float per address."""
    return {address: value for address, value in messages(parts)}


@settings(max_examples=40, deadline=None)
@given(scenes, cues, st.sampled_from(list(PROFILES)), st.booleans(), st.booleans(), st.integers(1000, 1432))
def test_any_scene_becomes_datagrams_that_receivers_can_read(scene, cues, name, flip, bundle, limit):
    classes = [guess.name for guess in scene.classes]
    parts = PROFILES[name](classes, flip, flip, bundle, limit)(scene, PULSE, cues)
    sent = [track for track in scene.tracks if track.slot < SLOTS]
    assert all(len(part) <= limit and types(part) <= set("ifs") for part in parts)
    heads = [part for part in parts if part.startswith(b"#bundle")]
    if name == "neocog":
        heads = [messages([part])[:3] for part in heads] if bundle else [messages(parts)[:3]]
        for (_, number, time, count), stale, alive in heads:
            assert (number, count, stale) == (scene.index % 2**31, len(sent), ("/stale", scene.stale))
            assert len(alive) == 1 + len(sent)
            assert time == pytest.approx(scene.time % 1000, abs=4e-5)
    else:
        assert all(values([part]).keys() >= {"/frame/number", "/frame/time", "/stale"} for part in heads)
        assert values(parts)["/frame/count"] == len(sent)
    assert all(math.isfinite(value) for message in messages(parts) for value in message[1:] if isinstance(value, float))


@pytest.mark.parametrize("limit", [1000, 1432])
@pytest.mark.parametrize("bundle", [True, False])
def test_a_crowd_is_told_to_the_last_object(limit, bundle):
    crowd = [track(id=1000 + slot, slot=slot, x=slot / SLOTS) for slot in range(SLOTS + 2)]
    profile = Neocog(CLASSES, bundle=bundle, limit=limit)
    parts = profile(scene(tracks=crowd), PULSE, [Osc("/last", 1)])
    assert all(len(part) <= limit for part in parts)
    updates = [message for message in messages(parts) if message[0] == "/object/update"]
    assert [(id, slot, x) for _, id, slot, _, _, x, *_ in updates] == [(1000 + s, s, s / SLOTS) for s in range(SLOTS)]
    assert ("/last", 1) in messages(parts)
    assert profile.lost == 2 and "only 128 objects" in profile.notice
    profile.forget()
    assert profile.lost == 2 and profile.notice == ""


def test_neocog_word_for_word():
    one = track(id=7, slot=2, label=1, score=0.5, x=0.25, y=0.5, w=0.125, h=0.75, vx=-1.0, vy=2.0, age=1.5)
    two = replace(one, id=8, slot=0)
    gone = replace(one, id=5, slot=0)
    row = (1, 0.5, 0.25, 0.5, 0.125, 0.75, -1.0, 2.0, 1.5)
    layer = Layer(0.5, 1.0, 0.25, 0.75, 0.125, 0.375, 0.0625, ((9, 0.5), (4, 0.25)))
    seen = Scene(2001.5, 42, (one, two), (two,), (gone,), {"stage one": layer}, (Guess(17, "cup", 0.5),), np.zeros(1))
    parts = Neocog(CLASSES)(seen, PULSE, [Osc("/hit", 3, 0.5, "hard")])
    assert messages(parts) == [
        ("/frame", 42, 1.5, 2),
        ("/stale", 0),
        ("/alive", 7, 8),
        ("/object/leave", 5, 0, *row),
        ("/object/enter", 8, 0, *row),
        ("/object/update", 7, 2, *row),
        ("/layer/stage_one", 0.5, 1.0, 0.25, 0.75, 0.125, 0.375, 0.0625),
        ("/unit/stage_one", 9, 0.5, 4, 0.25, *[0, 0.0] * 6),
        ("/guess/0", 17, 0.5),
        *[(f"/guess/{k}", 0, 0.0) for k in range(1, 5)],
        ("/engine", 30.0, 12.5, 3),
        *[(f"/class/{index}", name) for index, name in enumerate(CLASSES)],
        ("/label/17", "cup"),
        ("/hit", 3, 0.5, "hard"),
    ]


def test_names_come_first_then_only_news_until_forgotten():
    profile = Neocog(CLASSES)

    def told(*labels):
        seen = replace(scene(), classes=tuple(Guess(label, f"thing {label}", 0.2) for label in labels))
        return [word[0] for word in messages(profile(seen, PULSE)) if word[0].startswith(("/class", "/label"))]

    classes = ["/class/0", "/class/1", "/class/2"]
    assert told(4, 5) == [*classes, "/label/4", "/label/5"]
    assert told(5, 4) == []
    assert told(5, 6) == ["/label/6"]
    profile.forget()
    assert told(6) == [*classes, "/label/6"]


lives = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12)


@given(lives)
def test_events_merged_over_skipped_frames_leave_a_receiver_right(lives):
    """Objects live from one frame to another, slots are reused; the receiver hears one frame for all ten."""
    slots, alive, born, gone = {}, {}, [], []
    for time in range(10):
        for id in [id for id in alive if lives[id][1] <= time]:
            gone.append(alive.pop(id))
            del slots[gone[-1].slot]
        for id, (start, end) in enumerate(lives):
            if start == time < end:
                slot = next(slot for slot in range(99) if slot not in slots)
                slots[slot] = id
                alive[id] = track(id=id, slot=slot)
                if time:
                    born.append(alive[id])
        if time == 0:
            by_id, by_slot = dict(alive), dict(slots)
    merged = scene(tracks=alive.values(), born=born, gone=gone)
    entered, left = [], []
    for address, *rest in messages(Neocog()(merged, PULSE)):
        if address == "/object/enter":
            assert rest[1] not in by_slot
            by_id[rest[0]] = by_slot[rest[1]] = rest[0]
            entered.append(rest[0])
        if address == "/object/leave":
            assert by_slot.pop(rest[1]) == rest[0]
            del by_id[rest[0]]
            left.append(rest[0])
    assert (sorted(entered), sorted(left)) == (sorted(t.id for t in born), sorted(t.id for t in gone))
    assert set(by_id) == set(alive) and by_slot == slots


def test_split_says_one_float_per_address_and_empties_slots():
    profile = Split(CLASSES)
    one = track(id=900, slot=1, label=1, score=0.5, x=0.25, y=0.5, w=0.125, h=0.75, vx=-1.0, vy=2.0, age=1.5)
    first = values(profile(replace(scene(time=2001.5, index=2**24 + 5, tracks=[one]), layers={}), PULSE, [Osc("/hit", 1)]))
    assert first == {
        "/frame/number": 5.0, "/frame/time": 1.5, "/frame/count": 1.0, "/stale": 0.0, "/object/0/present": 0.0,
        "/object/1/present": 1.0, "/object/1/x": 0.25, "/object/1/y": 0.5, "/object/1/w": 0.125, "/object/1/h": 0.75,
        "/object/1/vx": -1.0, "/object/1/vy": 2.0, "/object/1/age": 1.5, "/object/1/score": 0.5, "/object/1/class": 1.0,
        "/count/person": 0.0, "/count/potted_plant": 1.0, "/count/cat": 0.0, "/hit": 1,
    }  # fmt: skip
    after = values(profile(scene(stale=True), PULSE))
    assert {address: value for address, value in after.items() if address.startswith("/object")} == {
        "/object/0/present": 0.0,
        "/object/1/present": 0.0,
    }
    assert after["/stale"] == 1.0 and after["/count/potted_plant"] == 0.0
    assert [after[f"/layer/conv1/{name}"] for name in ("mean", "peak", "sparsity")] == [0.25, 1.0, 0.5]


def test_addresses_stay_the_same_however_many_objects_have_been():
    profile = Split(CLASSES)
    seen = {frozenset(values(profile(scene(tracks=[track(id=id, slot=0)]), PULSE))) for id in range(1, 100)}
    assert len(seen) == 1


@pytest.mark.parametrize("name", PROFILES)
def test_flips_mirror_positions_and_velocities(name):
    there = track(x=0.25, y=0.125, vx=1.0, vy=-2.0)
    here = replace(there, x=0.75, y=0.875, vx=-1.0, vy=2.0)
    layer = Layer(0.5, 0.5, 0.5, 0.5, 0.25, 0.75, 0.5, ())
    seen = replace(scene(tracks=[there]), layers={"a": layer})
    mirrored = replace(scene(tracks=[here]), layers={"a": replace(layer, cx=0.75, cy=0.25)})
    assert PROFILES[name](flip_x=True, flip_y=True)(seen, PULSE) == PROFILES[name]()(mirrored, PULSE)


def test_time_keeps_its_precision_for_years():
    profile = Neocog()
    for start in (0.0, 86400.0 * 30, 86400.0 * 3650):
        for step in range(0, 1000, 7):
            time = start + step + 1 / 3
            sent = messages(profile(scene(time=time), PULSE))[0][2]
            assert abs(sent - time % 1000.0) <= 2**-15


def test_cues_that_osc_cannot_say_are_counted_and_shown_and_the_rest_goes_out():
    profile = Neocog()
    parts = profile(scene(), PULSE, [Osc("/größe", 1), Osc("/big", *range(400)), Osc("/good", 1)])
    assert messages(parts)[-1] == ("/good", 1)
    assert profile.lost == 2 and "more than 1432 bytes" in profile.notice


def test_a_message_too_big_to_travel_with_the_header_travels_alone():
    crowd = [track(id=slot, slot=slot) for slot in range(64)]
    parts = Neocog()(scene(tracks=crowd), PULSE, [Osc("/vector", *[0.5] * 270)])
    assert parts[-1].startswith(b"/vector") and len(struct.unpack(">270f", parts[-1][-1080:])) == 270
