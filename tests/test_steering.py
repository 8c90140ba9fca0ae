"""Steering: what plays the voice reaches it while a frame is worked on, and the loop gets all the rest in order."""

import threading

import pytest

from engine.losses import SHOWN
from engine.steering import MOST, Steering
from engine.values import Change
from tests.parts import PATIENCE


def inputs(*changes):
    """An input that gives each of these once."""
    waiting = [Change(name, value, "osc") for name, value in changes]

    def poll():
        given, waiting[:] = list(waiting), []
        return given

    return poll


def is_voice(change) -> bool:
    return change.name.startswith("voice")


def test_the_voice_is_reached_without_the_loop_asking():
    reached = threading.Event()
    steering = Steering([inputs(("voice/1/gate", 1), ("param/a", 1))],
                        lambda change: is_voice(change) and not reached.set(), True)
    assert reached.wait(PATIENCE), "nobody called changes()"
    steering.close()
    assert [change.name for change in steering.changes()] == ["param/a"]


def test_in_the_shows_own_time_inputs_are_read_when_the_loop_asks():
    played = []
    steering = Steering([inputs(("a", 1), ("voice/1/gate", 1)), inputs(("b", 2), ("a", 3))],
                        lambda change: is_voice(change) and not played.append(change), False)
    assert not played and steering.thread is None
    assert [(change.name, change.value) for change in steering.changes()] == [("a", 1), ("b", 2), ("a", 3)]
    assert len(played) == 1 and steering.changes() == []


def test_what_the_loop_does_not_fetch_is_bounded_counted_and_told_for_a_while():
    steering = Steering([inputs(*((f"a/{n}", n) for n in range(MOST + 5)))], is_voice, False)
    steering.read()
    assert steering.losses.count == 5 and len(steering.waiting) == MOST and steering.waiting[0].value == 5
    told = ("osc, midi and control page: 5 changes lost, more than a show can take at once",)
    steering.losses.tick(1.0)
    steering.losses.tick(1.0 + SHOWN)
    assert steering.losses.notices == told
    steering.losses.tick(1.0 + SHOWN + 0.1)
    assert steering.losses.notices == ()


def test_an_input_that_fails_fails_where_it_is_seen():
    def broken():
        raise OSError("no socket")

    threading.excepthook, kept = (lambda failed: None), threading.excepthook
    try:
        steering = Steering([broken], is_voice, True)
        steering.thread.join(PATIENCE)
    finally:
        threading.excepthook = kept
    with pytest.raises(OSError, match="no socket"):
        steering.changes()
    steering.close()
