"""The bench of OSC: both sides say the same bytes."""

from dataclasses import astuple

import pytest

from engine.commands.bench_osc import built_frame, crowd, osc_speed
from engine.osc.encoding import LIMIT
from engine.osc.profiles import Neocog
from engine.values import EngineStatus


@pytest.mark.parametrize("objects", [0, 1, 20])
def test_both_sides_send_the_same_datagrams(objects):
    scene, status = crowd(objects), EngineStatus(fps=60.0, latency=0.0125, dropped=3)
    parts = Neocog()(scene, status)
    assert len(scene.tracks) == objects and parts == built_frame(scene, status)
    assert len(parts) == 1 + (objects == 20) and max(map(len, parts)) <= LIMIT


def test_every_speed_is_measured():
    assert all(0 < seconds < 1 for seconds in astuple(osc_speed(rounds=2)))
