"""The limit around code of strangers: what it stops, and what it leaves alone."""

import threading
import time

import pytest

from engine.patch.time_limit import TICK, WATCHDOG, TooLong, deaf, interrupt, time_limit


@pytest.mark.parametrize("hang", [lambda: [None for _ in iter(int, 1)], lambda: time.sleep(60)], ids=["loop", "sleep"])
def test_a_hang_is_interrupted_wherever_it_is(hang):
    with pytest.raises(TooLong, match="took longer than 0.1 s"), time_limit(0.1):
        hang()
    assert WATCHDOG.block is None


def test_it_interrupts_again_what_swallowed_the_first_and_tells_that_it_is_deaf():
    caught = 0
    with time_limit(0.1):
        while caught < 3:
            try:
                while True:
                    pass
            except TooLong:
                caught += 1
        assert deaf()
    assert not deaf()


class Ended(BaseException):
    """In place of the end of the program."""


def test_who_swallowed_the_second_sigterm_does_not_outlive_its_time(monkeypatch):
    """It came before the limit was reached, so the limit is what ends it."""
    dog = type(WATCHDOG)()
    monkeypatch.setattr("engine.patch.time_limit.WATCHDOG", dog)
    dog.block = time_limit(2 * TICK)
    naps, interrupted = iter([0.0] * 9), []

    def end(code):
        raise Ended(code, len(interrupted))

    monkeypatch.setattr("engine.patch.time_limit.time.sleep", lambda seconds: next(naps))
    monkeypatch.setattr("engine.patch.time_limit.signal.pthread_kill", lambda *_: interrupted.append(1))
    monkeypatch.setattr("engine.patch.time_limit.os._exit", end)
    with pytest.raises(KeyboardInterrupt):
        interrupt()
    with pytest.raises(Ended) as ended:
        dog.watch()
    assert ended.value.args == (130, 1), "it is interrupted once more, and then no longer asked"


def test_looks_count_and_not_the_clock():
    """A machine that was asleep for hours looks once more when it wakes: the block has had one look."""
    seen = []
    dog = type(WATCHDOG)()
    dog.block = block = time_limit(10 * TICK)
    naps = iter([0.0] * 9)

    def nap(seconds):
        seen.append(dog.expired)
        next(naps)

    with pytest.MonkeyPatch.context() as patched, pytest.raises(StopIteration):
        patched.setattr("engine.patch.time_limit.time.sleep", nap)
        patched.setattr("engine.patch.time_limit.signal.pthread_kill", lambda *_: pytest.fail("too early"))
        dog.watch()
    assert seen == [None] * 10 and dog.block is block


def test_another_thread_runs_unguarded():
    done = []
    thread = threading.Thread(target=lambda: done.append(time_limit(0.1).__enter__()))
    thread.start()
    thread.join()
    assert done == [None] and WATCHDOG.block is None
