"""The profiles on wild scenes: whatever is in one, receivers get all of it in datagrams they can read."""

import math
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pythonosc.osc_packet import OscPacket

from engine.cues import MOST_ARGUMENTS, Osc
from engine.osc.profiles import PROFILES, Neocog
from engine.osc.profiles.profile import word
from engine.tracking.tracker import MOST
from engine.values import EngineStatus, Guess, Layer, Scene, Track, Tracks
from tests.ears import messages, values
from tests.scenes import scene, track

STATUS = EngineStatus(fps=30.0, latency=0.0125, dropped=3)
ANY = st.floats() | st.integers(-(2**70), 2**70)
INDEX = st.integers(0, 2**40)
tracks = st.builds(Track, INDEX, INDEX, st.integers(-1, 90), st.text(), *[ANY] * 8)
crowds = st.builds(
    lambda odd, count: Tracks(replace(odd[slot % len(odd)], slot=slot) for slot in range(count)),
    st.lists(tracks, min_size=1, max_size=3), st.integers(0, MOST),
)  # fmt: skip
layers = st.builds(Layer, *[ANY] * 7, st.lists(st.tuples(INDEX, ANY), max_size=12).map(tuple))
guesses = st.lists(st.builds(Guess, INDEX, st.text(), ANY), max_size=7).map(tuple)
scenes = st.builds(
    Scene, st.floats(0, 1e9), INDEX, crowds, crowds, crowds, st.dictionaries(st.text(), layers, max_size=2),
    guesses, st.just(np.zeros(4)), st.booleans(),
)  # fmt: skip
cues = st.builds(
    lambda words, times: Osc("/cue", *(words * times)[:MOST_ARGUMENTS]), st.lists(ANY | st.text()), st.integers(0, 100)
)


def types(part: bytes) -> set[str]:
    """Every type used in a datagram."""
    used = set()
    for timed in OscPacket(part).messages:
        data = timed.message.dgram
        tags = data[data.index(0) // 4 * 4 + 4 :]
        used |= set(tags[1 : tags.index(0)].decode())
    return used


@settings(deadline=None)
@given(
    scenes, st.lists(cues, max_size=2), st.sampled_from(list(PROFILES)), st.booleans(), st.booleans(),
    st.integers(1000, 1432),
)  # fmt: skip
def test_any_scene_becomes_datagrams_that_receivers_can_read(scene, cues, name, flip, bundle, limit):
    classes = [guess.name for guess in scene.classes]
    maps = [
        ("object/1/x", "/slot"),
        ("frame/time", "/time"),
        *((f"layer/{word(tap)}/mean", "/mean") for tap in scene.layers),
    ]
    parts = PROFILES[name](classes, flip, flip, bundle, limit, maps=maps)(scene, STATUS, cues)
    assert all(len(part) <= limit and types(part) <= set("ifs") for part in parts)
    heads = [part for part in parts if part.startswith(b"#bundle")]
    if name == "neocog":
        heads = [messages([part])[:3] for part in heads] if bundle else [messages(parts)[:3]]
        for (_, number, time, count), stale, alive in heads:
            assert (number, count, stale) == (scene.index % 2**31, len(scene.tracks), ("/stale", scene.stale))
            assert len(alive) == 1 + len(scene.tracks)
            assert time == pytest.approx(scene.time % 1000, abs=4e-5)
    elif name == "split":
        assert all(values([part]).keys() >= {"/frame/number", "/frame/time", "/stale"} for part in heads)
        assert values(parts)["/frame/count"] == len(scene.tracks)
    assert all(math.isfinite(value) for message in messages(parts) for value in message[1:] if isinstance(value, float))


@pytest.mark.parametrize("name", PROFILES)
def test_numbers_that_cannot_be_print_no_warning(name):
    crowd = [track(id=1, w=1e200, h=1e200, vx=1e308), track(id=2, w=math.inf, h=0.0, x=math.inf), track(id=3, vx=1e308)]
    with warnings.catch_warnings(action="error"):
        PROFILES[name](flip_x=True, maps=[("frame/time", "/time")])(scene(tracks=crowd), STATUS)


@pytest.mark.parametrize("limit", [1000, 1432])
@pytest.mark.parametrize("bundle", [True, False])
def test_a_crowd_is_told_to_the_last_object(limit, bundle):
    crowd = [track(id=1000 + slot, slot=slot, x=slot / MOST) for slot in range(MOST)]
    profile = Neocog(bundle=bundle, limit=limit)
    seen = replace(scene(tracks=crowd), layers={"x" * 500: scene().layers["conv1"]})
    parts = profile(seen, STATUS, [Osc("/last", 1)])
    assert all(len(part) <= limit for part in parts) and profile.lost == 0
    updates = [message for message in messages(parts) if message[0] == "/object/update"]
    assert [(id, slot, x) for _, id, slot, _, _, x, *_ in updates] == [(1000 + s, s, s / MOST) for s in range(MOST)]
    addresses = {message[0] for message in messages(parts)}
    assert {"/layer/" + "x" * 40, "/unit/" + "x" * 40, "/guess/4", "/engine", "/last"} <= addresses


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
    for address, *rest in messages(Neocog()(merged, STATUS)):
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
