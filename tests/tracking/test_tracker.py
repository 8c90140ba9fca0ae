"""The tracker in virtual time: who enters, who leaves, who stays who they are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.parameters import Parameters
from engine.tracking.one_euro import follow
from engine.tracking.tracker import MOST, Tracker, alone
from engine.values import Frame, Guess, Layer, Percept, Scene

PIXELS = np.zeros((2, 2, 3), np.uint8)
RATE = 32  # frames a second: sums of 1/32 are exact
CLASSES = ("person", "cat", "dog")
PERSON, CAT = 0, 1


def percept(rows=(), index: int = 0, time: float | None = None, stale: bool = False) -> Percept:
    """Boxes as the eyes would have seen them in the frame of this index."""
    frame = Frame(PIXELS, index, index / RATE if time is None else time, stale)
    return Percept(frame, np.array(rows, np.float32).reshape(-1, 6), {}, (), np.zeros(4, np.float32), {})


def box(x: float, y: float = 0.5, size: float = 0.1, score: float = 0.75, label: int = PERSON) -> tuple:
    return (x, y, size, size, score, label)


def play(tracker: Tracker, frames) -> list[Scene]:
    """The scenes of these lists of boxes, one frame each."""
    return [tracker(percept(rows, index)) for index, rows in enumerate(frames)]


def turned(path: str, value: float) -> Parameters:
    """A table in which one thing is turned."""
    table = alone(CLASSES)
    table.set(path, value, "test")
    return table


def events(scenes) -> list[tuple[int, str, int, int]]:
    """(frame, born or gone, id, slot) of all that came and went."""
    return [
        (scene.index, word, track.id, track.slot)
        for scene in scenes
        for word, tracks in (("gone", scene.gone), ("born", scene.born))
        for track in tracks
    ]


def test_an_object_enters_after_two_more_frames_and_leaves_after_its_hold():
    scenes = play(Tracker(CLASSES), [[box(0.5)]] * 32 + [[]] * 32)
    assert events(scenes) == [(2, "born", 1, 0), (31 + 20, "gone", 1, 0)]
    assert [len(scene.tracks) for scene in scenes] == [0] * 2 + [1] * 49 + [0] * 13
    assert [scene.tracks[0].age for scene in scenes[2:51]] == [frame / RATE for frame in range(49)]
    assert scenes[2].born == scenes[2].tracks
    assert scenes[51].gone[0].x == pytest.approx(0.5)
    assert scenes[31].tracks[0].score == 0.75 > scenes[40].tracks[0].score > scenes[50].tracks[0].score


def test_slots_are_the_lowest_free_and_ids_are_new():
    a, b, c, d = box(0.2), box(0.4), box(0.6), box(0.8)
    scenes = play(Tracker(CLASSES), [[a, b, c]] * 4 + [[a, c]] * 24 + [[a, c, d, b]] * 4)
    assert events(scenes) == [
        (2, "born", 1, 0),
        (2, "born", 2, 1),
        (2, "born", 3, 2),
        (23, "gone", 2, 1),
        (30, "born", 4, 1),
        (30, "born", 5, 3),
    ]
    assert [(track.id, track.slot) for track in scenes[-1].tracks] == [(1, 0), (3, 2), (4, 1), (5, 3)]


def test_a_slot_is_not_given_away_in_the_frame_it_becomes_free():
    a, b = box(0.2), box(0.8)
    scenes = play(Tracker(CLASSES), [[a]] * 4 + [[]] * 17 + [[b]] * 4)
    assert events(scenes) == [(2, "born", 1, 0), (23, "gone", 1, 0), (23, "born", 2, 1)]


def test_what_the_percept_brought_passes_through():
    layer = Layer(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, ((3, 0.9),))
    guess, embedding = Guess(7, "teapot", 0.5), np.ones(8, np.float32)
    seen = Percept(Frame(PIXELS, 41, 12.5), np.zeros((0, 6), np.float32), {"stem": layer}, (guess,), embedding, {})
    scene = Tracker(CLASSES)(seen)
    assert (scene.time, scene.index, scene.stale) == (12.5, 41, False)
    assert scene.layers == {"stem": layer} and scene.classes == (guess,) and scene.embedding is embedding
    assert scene.tracks == scene.born == scene.gone == ()


def test_single_sights_never_enter():
    frames = [[box(0.5)] if index % 5 == 0 else [] for index in range(200)]
    assert events(play(Tracker(CLASSES), frames)) == []


def test_an_object_missing_every_other_frame_enters_once_and_stays():
    frames = [[box(0.5)] if index % 2 == 0 else [] for index in range(200)]
    assert events(play(Tracker(CLASSES), frames)) == [(2, "born", 1, 0)]


@pytest.mark.parametrize("seed", range(10))
def test_random_misses_and_noise_keep_one_id(seed):
    random = np.random.default_rng(seed)
    frames = []
    for index in range(600):
        x, y = 0.5 + 0.3 * np.cos(index / 40), 0.5 + 0.3 * np.sin(index / 40)
        noise = random.normal(0, 0.004, 2)
        frames.append([box(x + noise[0], y + noise[1], 0.12)] if random.random() > 0.3 else [])
    entered = events(play(Tracker(CLASSES), frames))
    assert [event[1:] for event in entered] == [("born", 1, 0)]
    assert entered[0][0] < 16


def test_weak_boxes_keep_an_object_but_start_none():
    weak, faint = box(0.5, score=0.3), box(0.5, score=0.1)
    assert events(play(Tracker(CLASSES), [[weak]] * 60)) == []
    assert events(play(Tracker(CLASSES), [[box(0.5)]] * 8 + [[weak]] * 60)) == [(2, "born", 1, 0)]
    assert events(play(Tracker(CLASSES), [[box(0.5)]] * 8 + [[faint]] * 60)) == [(2, "born", 1, 0), (27, "gone", 1, 0)]


def test_an_object_enters_only_with_a_strong_box_and_comes_in_the_order_of_entering():
    early = [box(0.2)] + [box(0.2, score=0.3)] * 5 + [box(0.2)]
    late = [[]] + [[box(0.8)]] * 6
    scenes = play(Tracker(CLASSES), [[a, *b] for a, b in zip(early, late)])
    assert events(scenes) == [(3, "born", 1, 0), (6, "born", 2, 1)]
    assert [(track.id, round(track.x, 1)) for track in scenes[-1].tracks] == [(1, 0.8), (2, 0.2)]


def test_a_stranger_far_away_makes_nobody_change_places():
    big, small, stranger = box(0.3, size=0.4), box(0.3), box(0.95)
    scenes = play(Tracker(CLASSES), [[big, small]] * 8 + [[big, stranger]] * 8)
    assert [(track.id, round(track.w, 1)) for track in scenes[-1].tracks] == [(1, 0.4), (2, 0.1), (3, 0.1)]
    assert [round(track.x, 2) for track in scenes[-1].tracks] == [0.3, 0.3, 0.95]
    assert [track.score == 0.75 for track in scenes[-1].tracks] == [True, False, True]


def test_a_hidden_object_glides_on_and_keeps_its_id():
    def at(index):
        return 0.2 + 0.3 * index / RATE

    hidden = range(32, 45)
    frames = [[] if index in hidden else [box(at(index))] for index in range(64)]
    scenes = play(Tracker(CLASSES), frames)
    assert events(scenes) == [(2, "born", 1, 0)]
    path = [scene.tracks[0].x for scene in scenes[10:]]
    assert np.all(np.diff(path) > 0)
    for index in hidden:
        assert scenes[index].tracks[0].x == pytest.approx(at(index), abs=0.06)
    assert scenes[31].tracks[0].vx == pytest.approx(0.3, abs=1e-5)
    assert 0 < scenes[44].tracks[0].vx < 0.2


def test_an_old_and_certain_object_is_awaited_longer():
    sure = box(0.5, score=0.9)
    scenes = play(Tracker(CLASSES), [[sure]] * 100 + [[]] * 45 + [[sure]] * 10 + [[]] * 60)
    assert events(scenes) == [(2, "born", 1, 0), (154 + 49, "gone", 1, 0)]


def test_an_object_going_out_of_the_picture_leaves_sooner():
    frames = [[box(0.5 + 0.45 * index / 64, score=0.9)] for index in range(70)] + [[]] * 20
    scenes = play(Tracker(CLASSES), frames)
    assert events(scenes) == [(2, "born", 1, 0), (69 + 10, "gone", 1, 0)]
    assert all(0 <= track.x <= 1 for scene in scenes for track in scene.tracks)


@pytest.mark.parametrize("merged", [0, 4, 8])
def test_crossing_objects_keep_their_ids(merged):
    """Two alike walk through each other; while they overlap most the detector sees them as one."""
    frames = []
    for index in range(96):
        left, right = box(0.2 + 0.6 * index / 95, 0.50, 0.15, 0.8), box(0.8 - 0.6 * index / 95, 0.52, 0.15, 0.7)
        frames.append([left] if abs(index - 47.5) < merged else [left, right])
    scenes = play(Tracker(CLASSES), frames)
    assert events(scenes) == [(2, "born", 1, 0), (2, "born", 2, 1)]
    assert [round(track.x, 1) for track in scenes[-1].tracks] == [0.8, 0.2]


def test_a_flickering_class_makes_no_second_object():
    frames = [[box(0.5, label=CAT if index % 2 else PERSON)] for index in range(60)]
    scenes = play(Tracker(CLASSES), frames)
    assert events(scenes) == [(2, "born", 1, 0)]
    assert {track.name for scene in scenes for track in scene.tracks} == {"person"}


def test_a_class_that_changes_for_good_is_believed_as_soon_as_it_has_half_as_many_votes_again():
    scenes = play(Tracker(CLASSES), [[box(0.5)]] * 32 + [[box(0.5, label=CAT)]] * 64)
    assert events(scenes) == [(2, "born", 1, 0)]
    votes = np.exp(-np.arange(64) / RATE)  # of a second's frames, the newest first
    needed = next(n for n in range(64) if votes[:n].sum() > 1.5 * votes[:32].sum() * votes[n])
    assert [scene.tracks[0].name for scene in scenes[2:]] == ["person"] * (29 + needed) + ["cat"] * (65 - needed)
    assert scenes[-1].tracks[0].label == CAT


def test_doubled_boxes_are_one_object_and_neighbours_are_two():
    twice = [box(0.50), box(0.51, score=0.6), box(0.50, score=0.5, label=CAT)]
    assert events(play(Tracker(CLASSES), [twice] * 30)) == [(2, "born", 1, 0)]
    beside = [box(0.50), box(0.56), box(0.53, label=CAT)]
    assert len(events(play(Tracker(CLASSES), [beside] * 30))) == 3


def test_velocity_is_in_pictures_a_second_at_any_rate():
    for rate in (8, 32, 128):
        tracker = Tracker(CLASSES)
        for index in range(2 * rate):
            time = index / rate
            scene = tracker(percept([box(0.2 + 0.25 * time, 0.7 - 0.125 * time)], index, time))
        assert (scene.tracks[0].vx, scene.tracks[0].vy) == pytest.approx((0.25, -0.125), abs=1e-4)


def test_smoothing_calms_noise():
    random = np.random.default_rng(1)
    frames = [[box(0.5 + noise)] for noise in random.normal(0, 0.005, 320)]
    trackers = [Tracker(CLASSES, turned("tracker/smoothing", smoothing)) for smoothing in (0, 0.5, 1)]
    jitter = [np.std([scene.tracks[0].x for scene in play(tracker, frames)[32:]]) for tracker in trackers]
    assert jitter[0] == pytest.approx(0.005, rel=0.1)
    assert jitter[1] < 0.45 * jitter[0]
    assert jitter[2] < 0.32 * jitter[0]


def test_a_size_is_calmer_than_a_place():
    """A detector's boxes change their size more than they move; a thing that comes near is followed all the same."""
    random = np.random.default_rng(1)
    frames = [[box(0.5 + noise, size=0.2 + more)] for noise, more in random.normal(0, 0.02, (320, 2))]
    tracks = [scene.tracks[0] for scene in play(Tracker(CLASSES), frames)[32:]]
    assert np.std([track.w for track in tracks]) < 0.6 * np.std([track.x for track in tracks])
    sizes = [0.1] * 32 + [0.1 + 0.4 * step / 32 for step in range(32)]
    scenes = play(Tracker(CLASSES), [[box(0.5, size=size)] for size in sizes])
    assert max(abs(size - scene.tracks[0].w) for size, scene in list(zip(sizes, scenes))[2:]) < 0.04


@pytest.mark.parametrize(("smoothing", "most", "steady"), [(0, 0.001, 0), (0.5, 0.03, 0.0152), (1, 0.055, 0.0344)])
def test_a_fast_move_lags_little(smoothing, most, steady):
    """Moving at 0.8 the filter's cutoff is 8.4 Hz at smoothing 0.5, 3.7 Hz at 1; its lag is 0.8 / (2 pi cutoff)."""
    places = [0.1] * 32 + [0.1 + 0.8 * step / 32 for step in range(32)]
    scenes = play(Tracker(CLASSES, turned("tracker/smoothing", smoothing)), [[box(x)] for x in places])
    lags = [x - scene.tracks[0].x for x, scene in list(zip(places, scenes))[2:]]
    assert max(lags) < most
    assert lags[-1] == pytest.approx(steady, abs=5e-4)


def test_smoothing_may_be_turned_while_it_plays():
    table = turned("tracker/smoothing", 1)
    tracker = Tracker(CLASSES, table)
    play(tracker, [[box(0.3)]] * 8)
    table.set("tracker/smoothing", 0, "test")
    assert tracker(percept([box(0.33)], 8)).tracks[0].x == pytest.approx(0.33, abs=1e-4)


def test_the_filter_takes_all_of_a_new_value_at_zero_and_any_knob_position():
    still, at = np.zeros(4), []
    for smoothing in (-1.0, 0.0, 0.3, 0.6, 1.0, 7.0):
        shown = np.zeros(4)
        follow(np.ones(4), shown, still, 1 / 30, smoothing)
        at.append(shown[0])
    assert at[0] == at[1] == pytest.approx(1, abs=1e-4)
    assert at[1] > at[2] > at[3] > at[4] == at[5] > 0.05


@pytest.mark.parametrize("pace", [2.0, 5.0, 10.0])
def test_where_a_picture_comes_every_few_seconds_objects_enter_keep_one_id_and_leave(pace):
    tracker = Tracker(CLASSES)
    scenes = [tracker(percept([box(0.3 + 0.02 * index)] if index < 12 else [], index, pace * index))
              for index in range(16)]
    assert events(scenes) == [(1, "born", 1, 0), (12, "gone", 1, 0)]


def test_a_stale_frame_ends_every_object_at_once():
    tracker = Tracker(CLASSES)
    play(tracker, [[box(0.3), box(0.7)]] * 8)
    scene = tracker(percept([box(0.3), box(0.7)], 8, stale=True))
    assert scene.stale and scene.tracks == () and [track.id for track in scene.gone] == [1, 2]
    assert tracker(percept([box(0.3)], 9, stale=True)).gone == ()
    again = [tracker(percept([box(0.3)], index)) for index in range(10, 14)]
    assert events(again) == [(12, "born", 3, 0)]


def test_a_clock_that_stands_still_lets_objects_enter_and_leave():
    tracker = Tracker(CLASSES)
    scenes = [tracker(percept([box(0.5)] if index < 10 else [], index, 5.0)) for index in range(40)]
    assert [word for _, word, _, _ in events(scenes)] == ["born", "gone"]


@pytest.mark.parametrize("jump", [-90.0, 600.0])
def test_a_clock_that_jumps_leaves_no_ghost(jump):
    tracker = Tracker(CLASSES)
    play(tracker, [[box(0.3), box(0.7)]] * 32)
    after = [tracker(percept([box(0.7)], index, index / RATE + jump)) for index in range(32, 60)]
    assert [track.id for track in after[0].tracks if track.x > 0.5] == [2]
    assert [(word, id) for _, word, id, _ in events(after)] == [("gone", 1)]
    assert after[-1].tracks[0].vx == pytest.approx(0, abs=1e-6)


def test_the_boxes_of_a_crowd_are_bounded():
    random = np.random.default_rng(2)
    tracker = Tracker(CLASSES)
    for index in range(60):
        rows = np.c_[random.random((400, 2)), np.full((400, 2), 0.02), random.random(400), random.integers(0, 3, 400)]
        scene = tracker(percept(rows, index))
        assert len(scene.tracks) <= MOST


anything = st.floats(width=32)
unit = st.floats(0, 1, width=32)
wild = st.tuples(anything, anything, anything, anything, anything, anything)
places, sizes, labels = (st.sampled_from(values) for values in ([0.0, 0.2, 0.5, 0.9], [0.0, 0.1, 0.3], [0, 1, 2]))
likely = st.tuples(places, unit, sizes, unit, unit, labels)
clock = st.one_of(st.sampled_from([0.0, 1 / 30, 1 / 30, 1 / 30, 0.1, 1.0, -5.0, 300.0]), st.floats())


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.lists(st.one_of(likely, wild), max_size=12), clock, st.integers(1, 5), st.booleans())))
def test_whatever_is_detected_the_scene_holds_together(shots):
    tracker, alive, newest, time = Tracker(CLASSES), {}, 0, 0.0
    for rows, step, times, stale in shots:
        for _ in range(times):
            time += step
            with np.errstate(all="raise", under="ignore"):
                scene = tracker(percept(rows, 0, time, stale and not rows))
            born, gone = {track.id for track in scene.born}, {track.id for track in scene.gone}
            before, now = set(alive), {track.id: track.slot for track in scene.tracks}
            assert born == set(now) - before and gone == before - set(now)
            assert set(scene.born) <= set(scene.tracks)
            assert sorted(born) == list(range(newest + 1, newest + 1 + len(born)))
            newest += len(born)
            assert list(now) == sorted(now)
            assert len(set(now.values())) == len(now)
            assert all(now[id] == alive[id] for id in before & set(now))
            taken = set(alive.values()) | {now[id] for id in born}
            assert taken == set(alive.values()) | set(sorted(set(range(MOST * 2)) - set(alive.values()))[: len(born)])
            for track in scene.tracks + scene.gone:
                inside = (track.score, track.x, track.y, track.w, track.h)
                assert all(type(value) is float and 0 <= value <= 1 for value in inside)
                assert np.isfinite([track.vx, track.vy, track.age]).all() and track.age >= 0
                assert track.name == CLASSES[track.label]
            alive = now
