"""What a log says of a show's notices, and how little it grows whatever strangers do."""

import pytest

from engine.notices import BURST, Notices
from engine.values import EngineStatus

LOST = "camera 0 is lost: trying again"


def said(log: Notices, now: float, *notices: str, answers: tuple[str, ...] = ()) -> list[str]:
    return log.new(EngineStatus(notices=notices, answers=answers), now)


def test_over_is_said_only_of_what_no_longer_holds():
    log = Notices()
    answer = "no view 'x': choose one of wall"
    assert said(log, 0.0, LOST, answers=(answer,)) == [LOST, answer]
    assert said(log, 1.0, LOST) == []
    assert said(log, 2.0) == [f"over: {LOST}"]


def test_of_many_that_fail_alike_each_is_named():
    hosts = [f"osc: no host is called 'lights-{n}', trying again" for n in range(20)]
    assert said(Notices(), 0.0, *hosts) == hosts


@pytest.mark.parametrize("flicker", [
    lambda frame: dict(answers=tuple(f"no parameter 'x{frame % 8 + n}': there is view" for n in range(3))),
    lambda frame: dict(answers=(f"no parameter {f'a{frame}' * 40!r:.60}: there is view",)),
    lambda frame: dict(notices=(f"osc to 10.0.0.{frame % 200}:9000: {frame} datagrams not sent",))])
def test_a_night_of_strangers_leaves_a_log_that_can_be_read(flicker):
    log, lines = Notices(), []
    for frame in range(36_000):  # an hour at ten a second
        lines += log.new(EngineStatus(**flicker(frame)), frame / 10)
    assert len(lines) <= 2 * BURST + 2 * 60 and any("lines like these were left out" in line for line in lines)
    assert LOST in said(log, 3600.0, LOST)


def test_a_failure_is_told_in_the_middle_of_a_flood():
    log = Notices()
    for frame in range(1000):
        said(log, frame / 100, answers=(f"no parameter 'x{frame}': there is view",))
    assert LOST in said(log, 10.0, LOST, answers=("no parameter 'y': there is view",))


def test_the_kinds_that_are_remembered_are_bounded():
    log = Notices()
    for number in range(1000):
        said(log, float(number), "a" * number)
    assert len(log.allowances) == 100
