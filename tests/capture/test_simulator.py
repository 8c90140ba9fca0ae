"""The crowd: known truth at any time, people who do all that people do, and the way through the whole engine."""

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.capture.simulator import SEEN, Crowd, SimulatedEyes
from engine.capture.sources import open_source
from engine.errors import UserError
from engine.tracking.tracker import Tracker
from engine.values import Frame, Percept
from tests.parts import PATIENCE

MINUTE = np.arange(0, 60, 0.1)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two boxes."""
    low, high = np.maximum(a[:2] - a[2:] / 2, b[:2] - b[2:] / 2), np.minimum(a[:2] + a[2:] / 2, b[:2] + b[2:] / 2)
    both = (high - low).clip(0).prod()
    return both / (a[2:].prod() + b[2:].prod() - both)


@given(st.integers(1, 40), st.integers(0, 2**32), st.floats(0, 1e6))
@settings(max_examples=60, deadline=None)
def test_truth_is_a_function_of_time_with_boxes_inside_the_picture(count, seed, t):
    one, two = Crowd(count, seed).truth(t), Crowd(count, seed).truth(t)
    assert np.array_equal(one.boxes, two.boxes) and np.array_equal(one.id, two.id)
    low, high = one.boxes[:, :2] - one.boxes[:, 2:] / 2, one.boxes[:, :2] + one.boxes[:, 2:] / 2
    assert len(one.id) <= count and (np.diff(one.id) > 0).all()
    assert (low > -1e-9).all() and (high < 1 + 1e-9).all() and ((one.seen >= 0) & (one.seen <= 1)).all()


def test_another_seed_is_another_crowd():
    assert not np.array_equal(Crowd(6, 1).truth(9.0).boxes, Crowd(6, 2).truth(9.0).boxes)


def test_people_move_evenly_whatever_the_rate():
    crowd = Crowd(12)
    for before, after in pairwise(crowd.truth(k / 30) for k in range(1800)):
        same, old, new = np.intersect1d(before.id, after.id, return_indices=True)
        steps = np.abs(after.boxes[new, :2] - before.boxes[old, :2])
        assert len(same) >= 1 and steps.max() < 0.015


def test_in_a_minute_they_enter_cross_hide_meet_leave_and_stand_about():
    crowd = Crowd(8)
    truths = [crowd.truth(t) for t in MINUTE]
    lives = {}
    for k, truth in enumerate(truths):
        for id, box, seen in zip(truth.id.tolist(), truth.boxes, truth.seen):
            lives.setdefault(id, []).append((k, box, seen))
    whole = {id: life for id, life in lives.items() if life[0][0] > 0 and life[-1][0] < len(MINUTE) - 1}
    assert len(whole) >= 12, "enter and leave"
    for life in whole.values():
        first, last = life[0][1], life[-1][1]
        assert all(min(box[0] - box[2] / 2, 1 - box[0] - box[2] / 2) < 0.03 for box in (first, last)), "at the sides"
    assert any(life[0][1][0] < 0.2 and life[-1][1][0] > 0.8 for life in whole.values()), "cross"
    assert any(abs(life[0][1][0] - life[-1][1][0]) < 0.2 for life in whole.values()), "turn back"
    assert any(min(seen for _, _, seen in life) < 0.05 < 0.9 < life[-1][2] for life in whole.values()), "hide, come out"
    still = [all(abs(life[k + 30][1][0] - life[j][1][0]) < 0.02 for j in range(k, k + 30))
             for life in whole.values() for k in range(0, len(life) - 30, 10)]
    assert any(still), "stand about for three seconds"
    together = [overlap(one, other) > 0.3
                for truth in truths for i, one in enumerate(truth.boxes) for other in truth.boxes[:i]]
    assert any(together), "cover each other"


def test_an_id_never_comes_back():
    seen, alive = set(), set()
    crowd = Crowd(6)
    for t in np.arange(0, 200, 0.25):
        now = set(crowd.truth(t).id.tolist())
        assert not (now - alive) & seen
        seen, alive = seen | now, now


def test_detections_lie_on_the_truth_and_who_is_covered_is_not_found():
    crowd = Crowd(20)
    for t in MINUTE[::20]:
        truth, found = crowd.truth(t), crowd.detections(t, noise=0.0, missed=0.0)
        there = truth.boxes[truth.seen >= SEEN]
        assert found.dtype == np.float32 and found.shape == (len(there), 6) and (np.diff(found[:, 4]) <= 0).all()
        assert np.array_equal(np.sort(found[:, 0]), np.sort(there[:, 0].astype(np.float32)))
        noisy = crowd.detections(t)
        assert np.array_equal(noisy, crowd.detections(t)) and len(noisy) <= len(found)


def test_the_picture_shows_each_where_the_truth_says():
    crowd = Crowd(3, 5)
    empty = Crowd(3, 5).room
    for t in (3.0, 5.0, 8.0, 11.0):
        truth, picture = crowd.truth(t), crowd.picture(t)
        assert picture.shape == (480, 640, 3) and picture.dtype == np.uint8 and picture.flags.c_contiguous
        for (x, y, w, h), seen in zip(truth.boxes, truth.seen):
            if seen > 0.9 and w > 0.1:
                rows = slice(int((y - 0.2 * h) * 480), int((y - 0.05 * h) * 480))
                coat = rows, slice(int((x - 0.1 * w) * 640), int((x + 0.1 * w) * 640))
                assert np.abs(picture[coat].astype(int) - empty[coat]).max(2).min() > 20


@pytest.mark.parametrize(
    "name", ["crowd:", "crowd:0", "crowd:-1", "crowd:many", "crowd:2:3:4", "crowd:99999", "crowd:½"])
def test_what_is_no_crowd_is_said(name):
    with pytest.raises(UserError, match="a crowd"):
        open_source(name)


def test_through_the_tracker_a_receiver_gets_the_people_that_are_there():
    crowd, tracker, good, shown = Crowd(4, 3), Tracker(SimulatedEyes.classes), 0, 0
    blank = np.zeros((1, 1, 3), np.uint8)
    for k in range(900):
        found = crowd.detections(k / 30)
        scene = tracker(Percept(Frame(blank, k, k / 30), found, {}, (), np.zeros(0, np.float32), {}))
        truth = crowd.truth(k / 30)
        for box, seen in zip(truth.boxes, truth.seen):
            if seen > 0.6 and box[2] > 0.08:
                shown += 1
                good += any(overlap(box, np.array([t.x, t.y, t.w, t.h])) > 0.5 for t in scene.tracks)
    assert good > 0.93 * shown > 400


def test_its_layers_feel_like_those_of_a_network():
    eyes = SimulatedEyes(Crowd(5))
    percepts = [eyes(Frame(Crowd(5).picture(t), k, t, moment=t)) for k, t in enumerate((4.0, 4.0, 5.0))]
    assert list(percepts[0].layers) == list(percepts[0].maps) == [f"conv{n}" for n in range(1, 6)]
    same, moved = percepts[1].layers["conv2"], percepts[2].layers["conv2"]
    assert same.change == 0 < moved.change and 0 < moved.mean < moved.peak <= 1 and 0 < moved.sparsity < 1


def test_a_show_with_a_crowd_needs_neither_camera_nor_networks(receiver, room):
    """Opening a network fails; 40 frames reach a real receiver all the same."""
    script = ("import sys, engine.show\nengine.show.open_network = None\n"
              "from engine.__main__ import main\nsys.exit(main(sys.argv[1:]))")
    words = ["--source", "crowd:6", "--headless", "--frames", "40", "--rig", room,
             "--osc", f"127.0.0.1:{receiver.port}"]
    command = [sys.executable, "-c", script, "hello", *words]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert ran.returncode == 0, ran.stderr
    frames = [message for frame in receiver.waiting() for message in frame if message[0] == "/frame"]
    assert max(count for _, _, _, count in frames) >= 3
