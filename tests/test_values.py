"""Values are frozen for good, survive pickling, and a cue holds plain numbers or is refused where it is made."""

import copy
import pickle
from dataclasses import FrozenInstanceError
from operator import iadd, setitem

import numpy as np
import pytest

from engine.cues import MOST_ARGUMENTS, Control, Note, Osc, Say
from engine.errors import UserError
from engine.osc.encoding import LIMIT
from engine.values import COLUMNS, Frame, Guess, Percept, Tracks
from tests.scenes import scene, track

FROZEN = (TypeError, ValueError, AttributeError, FrozenInstanceError)


@pytest.mark.parametrize("crime", [
    lambda scene: iadd(scene.tracks.numbers[:, 4:6], -0.5),
    lambda scene: iadd(scene.embedding, 1),
    lambda scene: setitem(scene.layers, "zone", 5),
    lambda scene: scene.layers.pop("conv1"),
    lambda scene: setattr(scene.tracks, "numbers", np.ones((1, 12))),
    lambda scene: setattr(scene.tracks[0], "x", 0.1),
    lambda scene: setattr(scene.layers["conv1"], "mean", 0.1),
    lambda scene: setattr(scene, "time", 0.1),
])  # fmt: skip
@pytest.mark.parametrize("travel", [lambda scene: scene, copy.deepcopy,
                                    lambda scene: pickle.loads(pickle.dumps(scene))])
def test_nothing_in_a_scene_can_be_changed(crime, travel):
    made = scene(tracks=[track(), track(id=2)])
    sent = travel(made)
    assert sent.tracks.numbers.flags.writeable is False
    with pytest.raises(FROZEN):
        crime(sent)
    same = [getattr(sent, name) == getattr(made, name) for name in made.__slots__ if name != "embedding"]
    assert all(same) and np.array_equal(sent.embedding, np.zeros(8)) and sent.layers["conv1"].mean == 0.25


def test_what_made_a_scene_cannot_change_it_afterwards():
    made = scene()
    layers = dict(made.layers)
    percept = Percept(Frame(np.zeros((2, 2, 3), np.uint8), 0, 0.0), np.zeros((1, 6)), layers, (), np.zeros(4), {})
    layers.clear()
    assert list(percept.layers) == list(made.layers)
    with pytest.raises(ValueError):
        percept.detections[0, 0] = 1


def test_a_table_of_tracks_and_the_tracks_say_the_same():
    tracks = Tracks([track(id=7, slot=2, x=0.1, age=3.0), track(id=9, slot=0, label=1, name="cat", part_of=7)])
    assert list(COLUMNS) == ["id", "slot", "label", "score", "x", "y", "w", "h", "vx", "vy", "age", "part_of",
                             "unseen"]
    assert tracks.numbers[:, list(COLUMNS).index("part_of")].tolist() == [0, 7]
    back = Tracks.of(tracks.numbers.copy(), ("person", "cat"))
    assert back == tracks and back.numbers.tolist() == tracks.numbers.tolist()
    assert [type(getattr(back[1], name)) for name in COLUMNS] == list(COLUMNS.values())
    assert Tracks().numbers.shape == (0, len(COLUMNS))


def test_a_place_that_is_not_said_is_none_and_a_pitch_must_be_said():
    assert Say(60).x is None and Say(60) == Say(60, x=None)
    with pytest.raises(UserError, match="Say takes a number as pitch, found None"):
        Say(None)


@pytest.mark.parametrize("made", [
    Osc("/a", np.longdouble(0.5), np.float32(0.5), np.int8(3), np.bool_(True), True, 7, 0.25, np.str_("word"), "word"),
    Note(np.int64(60), np.longdouble(0.5), np.float16(1), np.uint8(2)),
    Control(np.int64(1), np.float32(0.5), np.int32(1)),
    Say(np.float64(60.5), np.float32(0.5), instrument=np.int64(1), voice=np.int64(3), x=np.float32(0.5),
        y=np.float64(1)),
])  # fmt: skip
def test_cues_hold_plain_numbers(made):
    held = made.arguments if isinstance(made, Osc) else [getattr(made, name) for name in made.__slots__]
    assert {type(value) for value in held} <= {int, float, str, bool}
    assert pickle.loads(pickle.dumps(made)) == made


def test_a_longdouble_keeps_its_value():
    assert Osc("/a", np.longdouble(0.5)).arguments == (0.5,)
    assert Note(np.longdouble(60)).pitch == 60.0


@pytest.mark.parametrize("make, said", [
    (lambda: Osc("/x", *range(10**6)), f"/x has 1000000 arguments, a message takes {MOST_ARGUMENTS}: send several"),
    (lambda: Osc("/x", "a" * 10**8), f"/x has a string of 100000000 characters, a message takes {LIMIT}: shorten it"),
    (lambda: Osc("/" + "a" * 10**8), "at most 200 characters"),
    (lambda: Osc("/x", [1.0] * 10**6), "spread lists with"),
    (lambda: Osc("/x", None), "/x takes numbers and strings, found None"),
    (lambda: Osc("/x", 1j), "/x takes numbers and strings, found 1j"),
    (lambda: Note("high"), "Note takes a number as pitch, found 'high'"),
    (lambda: Note(60, None), "Note takes a number as velocity, found None"),
    (lambda: Control(1, [0.5]), "Control takes a number as value"),
    (lambda: Say(50, voice=[5]), "Say takes a number as voice"),
    (lambda: Say("a" * 10**8), "Say takes a number as pitch"),
])  # fmt: skip
def test_what_is_no_cue_is_refused_in_one_short_line(make, said):
    with pytest.raises(UserError) as wrong:
        make()
    assert said in str(wrong.value) and len(str(wrong.value)) < 300 and "\n" not in str(wrong.value)


def test_a_guess_below_a_fifth_is_not_worth_a_word():
    assert [Guess(0, "teapot", score).likely for score in (0.19, 0.2, 0.9)] == [False, True, True]
