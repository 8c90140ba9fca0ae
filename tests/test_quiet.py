"""Quiet is kept while anybody wants it, and the terminal is back when the last one has left."""

import os
import threading

import pytest

from engine.quiet import quiet
from tests.parts import PATIENCE


def test_the_first_who_leaves_does_not_end_the_quiet_of_the_second(capfd):
    inside, leave = threading.Event(), threading.Event()

    def other():
        with quiet():
            inside.set()
            leave.wait(PATIENCE)

    thread = threading.Thread(target=other)
    with quiet():
        thread.start()
        inside.wait(PATIENCE)
        os.write(2, b"one ")
    os.write(2, b"two ")
    leave.set()
    thread.join()
    os.write(2, b"three")
    assert capfd.readouterr().err == "three"


def test_many_threads_leave_the_terminal_as_it_was(capfd):
    before = set(os.listdir("/dev/fd"))

    def work():
        for _ in range(200):
            with quiet():
                os.write(2, b"noise")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(2, b"sound")
    assert capfd.readouterr().err == "sound" and set(os.listdir("/dev/fd")) == before


def test_a_closed_descriptor_stays_closed():
    kept = os.dup(2)
    os.close(2)
    try:
        with quiet():
            pass
        with pytest.raises(OSError):
            os.fstat(2)
    finally:
        os.dup2(kept, 2)
        os.close(kept)
