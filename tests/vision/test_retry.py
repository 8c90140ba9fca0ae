"""A network that fails ends no show: the last percept, stale, a notice, and tries that come more and more rarely."""

import numpy as np
import pytest
import torch

from engine.errors import UserError
from engine.tracking.tracker import Tracker
from engine.values import Frame
from engine.vision.inference import Eyes
from engine.vision.retry import Retrying
from tests.vision.test_inference import Feeler, Finder


class OutOfMemory(Finder):
    """Fails as long as it is told to, as a graphics card does that another program fills."""

    full, tries = False, 0

    def forward(self, x):
        if self.full:
            OutOfMemory.tries += 1
            raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate 2.00 GiB")
        return super().forward(x)


@pytest.fixture
def bright():
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[20:40, 20:40] = 255
    return pixels


def test_a_show_goes_on_while_a_network_fails_and_sees_again(bright, monkeypatch):
    eyes, tracker = Retrying(Eyes(OutOfMemory(), Feeler(), "cpu")), Tracker(("spot", "other"))
    seen = eyes(Frame(bright, 0, 0.0))
    monkeypatch.setattr(OutOfMemory, "full", True)
    monkeypatch.setattr(OutOfMemory, "tries", 0)
    times = []
    for index in range(1, 1200):
        before = OutOfMemory.tries
        percept = eyes(Frame(bright, index, index / 30))
        if OutOfMemory.tries > before:
            times.append(index / 30)
        assert percept.frame.stale and percept.frame.index == index
        assert all(torch.equal(maps, seen.maps[tap]) for tap, maps in percept.maps.items())
        assert tracker(percept).stale
        (notice,) = eyes.notices
        assert notice.startswith("a network fails (OutOfMemoryError: CUDA out of memory. Tried") and "\n" not in notice
    assert np.diff(times).round(1).tolist() == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    monkeypatch.setattr(OutOfMemory, "full", False)
    recovered = [eyes(Frame(bright, index, index / 30)).frame.stale for index in range(1200, 1500)]
    assert recovered == sorted(recovered, reverse=True) and not recovered[-1] and eyes.notices == ()
    assert np.array_equal(eyes(Frame(bright, 1500, 50.0)).detections, seen.detections)


def test_a_size_that_a_network_refuses_is_a_notice_and_the_next_size_is_seen(bright):
    class Square(Feeler):
        def forward(self, x):
            assert x.shape[2] == x.shape[3], "squares only"
            return super().forward(x)

    eyes = Retrying(Eyes(Finder(), Square(), "cpu"))
    eyes(Frame(bright, 0, 0.0))
    assert eyes(Frame(np.ascontiguousarray(bright[:30]), 1, 1.0)).frame.stale
    assert "squares only" in eyes.notices[0]
    assert not eyes(Frame(bright, 2, 2.0)).frame.stale and eyes.notices == ()


def test_a_clock_that_begins_again_is_no_reason_to_wait_for_ever(bright, monkeypatch):
    eyes = Retrying(Eyes(OutOfMemory(), Feeler(), "cpu"))
    eyes(Frame(bright, 0, 5000.0))
    monkeypatch.setattr(OutOfMemory, "full", True)
    assert eyes(Frame(bright, 1, 5001.0)).frame.stale
    monkeypatch.setattr(OutOfMemory, "full", False)
    assert not eyes(Frame(bright, 2, 0.0)).frame.stale


def test_a_show_does_not_begin_blind(bright, monkeypatch):
    eyes = Retrying(Eyes(OutOfMemory(), Feeler(), "cpu"))
    monkeypatch.setattr(OutOfMemory, "full", True)
    with pytest.raises(UserError, match="a network fails .OutOfMemoryError"):
        eyes(Frame(bright, 0, 0.0))
