"""The bench of OSC: both sides say the same bytes."""

from dataclasses import astuple

import pytest

from engine.osc import LIMIT
from engine.osc_bench import built_frame, crowd, osc_speed
from engine.profiles import Neocog
from engine.values import Pulse


@pytest.mark.parametrize("objects", [0, 1, 20])
def test_both_sides_send_the_same_datagrams(objects):
    scene, pulse = crowd(objects), Pulse(fps=60.0, latency=0.0125, dropped=3)
    parts = Neocog()(scene, pulse)
    assert len(scene.tracks) == objects and parts == built_frame(scene, pulse)
    assert len(parts) == 1 + (objects == 20) and max(map(len, parts)) <= LIMIT


def test_every_speed_is_measured():
    assert all(0 < seconds < 1 for seconds in astuple(osc_speed(rounds=2)))
