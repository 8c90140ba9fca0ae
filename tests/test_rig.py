"""The rig's own decisions: when a show ends, and what a patch may wish for."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.parameters import Parameters
from engine.rig import Rig
from engine.settings import Settings
from engine.values import Change
from tests.percepts import parameters, percept


def test_who_asks_twice_for_the_end_does_not_wait_for_the_frame():
    rig = Rig(Settings(), Parameters(), ())
    rig.stop()
    with pytest.raises(KeyboardInterrupt):
        rig.stop()


def piece(name: str, **wishes: str) -> SimpleNamespace:
    return SimpleNamespace(name=name, path=Path(f"{name}.py"), wishes=wishes)


def test_wishes_are_granted_once_and_those_that_come_too_late_are_told_of():
    rig = Rig(Settings(), parameters(), ())
    rig.window, rig.takers = SimpleNamespace(show=lambda *_: None), ()
    seen = percept()[0]
    for _ in range(3):
        rig.show(seen, None, piece("one", layer="conv2", features="alexnet"))
    assert rig.parameters.changes(0.0) == (Change("view/layer", "conv2", "patch"),) and rig.notice == ""
    rig.show(seen, None, piece("two", view="camera", features="vgg16", voice="mine"))
    assert rig.parameters.changes(0.0) == (Change("view/name", "camera", "patch"),)
    assert rig.notice == "two wants features 'vgg16' and voice 'mine': start neocog with it to have that"
    rig.show(seen, None, piece("three"))
    assert rig.notice == ""


def test_a_shows_clock_is_the_one_that_is_fine_on_every_system(monkeypatch):
    rig = Rig(Settings(), Parameters(), ())
    monkeypatch.setattr("time.perf_counter", lambda: rig.began + 0.0012345)
    assert rig.room() == pytest.approx(0.0012345)
