"""neocog bench: the real measuring of a few frames, with the minutes of voice, sound and a live show left out."""

import json
from dataclasses import asdict

import pygame
import pytest

from engine.commands import bench as module
from engine.commands import bench_cameras, bench_detectors, bench_runtimes, bench_views
from engine.commands.bench_osc import osc_speed
from engine.commands.bench_table import table
from engine.commands.bench_voice import VoiceSpeed
from engine.vision.inference import Eyes
from engine.window import displays
from engine.window.views import NAMES
from models import load
from tests.vision.test_exported import export, rows


def no_screen():
    raise pygame.error("No DISPLAY is set")


def test_all_is_measured_and_told_line_by_line(monkeypatch, capsys, tmp_path):
    eyes = Eyes(load("detector"), load("features"), "cpu", "torch")
    monkeypatch.setattr(module, "Eyes", lambda *settings: eyes)
    monkeypatch.setattr(module, "FRAMES", 4)
    monkeypatch.setattr(module, "live", lambda eyes, settings: {
        "latency_p50_ms": 13.0, "latency_p99_ms": 22.0, "fps": 58.0, "dropped": 0})
    monkeypatch.setattr(module, "osc_speed", lambda: osc_speed(rounds=1))
    monkeypatch.setattr(module, "voice_speed", lambda: VoiceSpeed(30.0, 12.0, 22.0, 11.0, 0.1, 0.1, 0.2, 0.3))
    monkeypatch.setattr(module, "library", lambda: None)
    monkeypatch.setattr(displays, "names", no_screen)
    monkeypatch.setattr(bench_runtimes, "ROUNDS", 1)
    monkeypatch.setattr(bench_cameras, "CAMERAS", 2)
    monkeypatch.setattr(bench_cameras, "SECONDS", 0.1)
    monkeypatch.setattr(bench_views, "PICTURES", 2)
    monkeypatch.setattr(bench_views, "SIZES", ((320, 180),))
    monkeypatch.setattr(bench_detectors, "TURNS", 2)
    file = export(tmp_path / "theirs.onnx", {"output0": rows(84, 9)})
    module.bench("cpu", "torch", True, file)
    told, progress = capsys.readouterr()
    figures = json.loads(told)
    views = figures["views_ms"]["320x180"]
    assert set(views) == {*NAMES, bench_views.WALL} and all(min(speed.values()) > 0 for speed in views.values())
    assert set(figures["beside"]) == {"ours", file} and figures["headless"]["ratio"] > 0
    assert "measuring the views" in progress and "%" not in progress  # a bar is for a terminal
    lines = table(figures).splitlines()
    starts = [line[:10].strip() for line in lines]
    assert {"headless", "cameras", "detector", "features", "both", "live", "osc", "voice"} <= set(starts)
    assert min(figures["cameras"].values()) > 0 and "card" not in starts
    missing = [line for line in lines if "not measured" in line]
    assert [line[:10].strip() for line in missing] == ["window", "sound"]
    assert "no screen (no DISPLAY is set)" in missing[0] and "no JACK here" in missing[1]
    assert starts.count("view") == len(views) and starts.count("boxes") == 2
    bare = table(figures | {"views_ms": {}}).splitlines()  # without pygame
    assert [line for line in lines if line not in bare] == [line for line in lines if line.startswith("view")]


@pytest.mark.gpu
def test_a_card_is_measured_too(monkeypatch):
    monkeypatch.setattr(bench_cameras, "SECONDS", 0.3)
    eyes = Eyes(load("detector"), load("features"), "cuda")
    cameras, card = bench_cameras.camera_speed(eyes), bench_cameras.card_speed(eyes)
    assert min(cameras.one, cameras.all) > 0 and min(asdict(card).values()) > 0
    assert max(card.detector, card.features) < card.graph, "a frame is both and more"
