"""A frame of every profile, byte for byte as it was when real receivers read it."""

import platform
from dataclasses import replace
from pathlib import Path

import pytest

from engine.cues import Osc
from engine.osc.profiles import PROFILES
from engine.values import EngineStatus
from tests.ears import messages
from tests.osc import reader
from tests.scenes import scene, track

GOLDEN = Path(__file__).parent / "golden"
STATUS = EngineStatus(fps=30.0, latency=0.0125, dropped=3)
MAPS = [("layer/conv3/mean", "/composition/layers/1/video/opacity"), ("object/2/x", "/medias/1/position")]


def frame(name: str) -> list[bytes]:
    """Three objects of which one has just come and one has just gone, and a cue."""
    one = track(id=7, slot=2, label=1, score=0.5, x=0.25, y=0.5, w=0.125, h=0.75, vx=-1.0, vy=2.0, age=1.5, unseen=0.25)
    two = replace(one, id=8, slot=0, x=0.75)
    seen = scene(time=2001.5, index=42, tracks=[one, two], born=[two], gone=[replace(one, id=5, slot=0)])
    return PROFILES[name](["person", "potted plant"], maps=MAPS)(seen, STATUS, [Osc("/hit", 3, 0.5, "hard blow")])


@pytest.mark.parametrize("name", PROFILES)
def test_the_bytes_are_those_of_the_golden_frame(name, monkeypatch):
    monkeypatch.setattr(platform, "node", lambda: "studio")
    parts = frame(name)
    assert [part.hex() for part in parts] == (GOLDEN / f"{name}.hex").read_text().split()
    assert [message for part in parts for message in reader.packet(part)] == messages(parts)
