"""Runtimes: the same boxes, scores and taps from each; the quickest that sees the same is taken."""

import numpy as np
import pytest
import torch
from skimage import data
from torch import nn

from engine.commands import bench_runtimes
from engine.errors import UserError
from engine.values import Frame
from engine.vision import runtimes as module
from engine.vision.graph import KEPT, folder, graph_of
from engine.vision.inference import Eyes
from engine.vision.letterbox import photograph
from engine.vision.runtimes import Runtime, alike, choose, runtimes, taps_of
from models import load

CPU = torch.device("cpu")
PORTRAIT = Frame(np.ascontiguousarray(data.astronaut()), 0, 0.0)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A cache of the test's own."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def reference():
    detector = load("detector")
    detector.peaks = {}
    eyes = Eyes(detector, load("features"), "cpu", "torch")
    eyes.runtimes = [next(runtimes(network, CPU, "torch")) for network in (detector, eyes.features)]
    assert [str(each) for each in eyes.runtimes] == 2 * ["torch float32"]
    return eyes(PORTRAIT)


@pytest.mark.parametrize("name", ["torch", "onnxruntime", "openvino"])
def test_each_runtime_sees_what_torch_sees_in_float32(reference, name):
    if name != "torch":
        pytest.importorskip(name)
    pair = load("detector"), load("features")
    for detector, features in ((one, other) for one in runtimes(pair[0], CPU, name) for other in
                               list(runtimes(pair[1], CPU, name))[:1]):
        eyes = Eyes(*pair, "cpu", "torch")
        eyes.runtimes = [detector, features]
        percept = eyes(PORTRAIT)
        strong = reference.detections[reference.detections[:, 4] > 0.4]
        assert len(strong)
        for row in strong:
            near = percept.detections[percept.detections[:, 5] == row[5]]
            assert np.abs(near[:, :5] - row[:5]).max(1).min() < 0.06, f"{detector} lost {row}"
        assert list(percept.maps) == list(reference.maps)
        for tap, maps in reference.maps.items():
            apart = (percept.maps[tap].float() - maps).norm() / maps.norm()
            assert apart < 0.02, f"{features} has {tap} {apart:.3f} off"
        assert percept.classes[0].label == reference.classes[0].label


class Slow(nn.Module):
    classes, size, stride = ("a", "b"), 32, 16

    def __init__(self, wrong=0.0, fails=False):
        super().__init__()
        self.wrong, self.fails = wrong, fails

    def forward(self, x):
        if self.fails:
            raise RuntimeError("no kernel")
        return {"tap": x + self.wrong}, torch.ones(1, 2)


def made(name, network):
    return Runtime(name, "float32", torch.float32, lambda picture: network)


def test_what_fails_or_sees_something_else_is_not_taken():
    network = Slow()
    picture = photograph(network)
    exact, near, far, broken = (made("exact", network), made("near", Slow(0.01)), made("far", Slow(0.5)),
                                made("broken", Slow(fails=True)))
    assert [runtime for runtime, _ in alike(taps_of, network, picture, [exact, far, near, broken])] == [exact, near]
    with pytest.raises(UserError, match="a network fails .RuntimeError: no kernel"):
        list(alike(taps_of, network, picture, [broken, exact]))


def test_the_quickest_is_taken_for_each_network_and_few_threads_where_nearly_as_quick(monkeypatch):
    spent = {("one", 1): 2.0, ("two", 1): 1.0, ("one", 2): 0.95, ("two", 2): 1.5}
    pair = {name: Runtime(name, "float32", torch.float32, lambda picture, name=name: name) for name in ("one", "two")}
    told = []
    monkeypatch.setattr(module, "runtimes", lambda network, device, wanted: pair.values())
    monkeypatch.setattr(module, "alike", lambda check, network, picture, able: ((each, each.name) for each in able))
    monkeypatch.setattr(module, "seconds", lambda run, picture: spent[run, torch.get_num_threads()])
    torch.set_num_threads(2)
    assert choose(Slow(), Slow(), CPU, "auto", told.append) == (1, pair["two"], pair["two"])
    assert told == [f"measuring what is quickest here, {number} of 4" for number in (1, 2, 3, 4)]
    spent["one", 2] = 0.5
    torch.set_num_threads(2)
    assert choose(Slow(), Slow(), CPU, "auto") == (2, pair["one"], pair["one"])


def test_the_bench_tells_all_that_run_here_side_by_side(monkeypatch):
    monkeypatch.setattr(bench_runtimes, "ROUNDS", 2)
    speed = bench_runtimes.runtime_speed("cpu")
    assert list(speed) == ["detector", "features"]
    for found in speed.values():
        assert {"torch float32", "onnxruntime float32"} <= set(found) and min(found.values()) > 0
    assert "onnxruntime int8" in speed["detector"] and "onnxruntime int8" not in speed["features"]


def test_a_runtime_that_there_is_not_gets_the_choices():
    with pytest.raises(UserError, match="no runtime 'tensorrt' .*choose auto or one of torch, onnxruntime, openvino"):
        choose(Slow(), Slow(), CPU, "tensorrt")


def test_a_graph_is_made_once_for_the_same_weights_and_code(home):
    network, picture = load("features"), torch.zeros(1, 3, 48, 64)
    content = graph_of(network, picture).content
    made = {path.name: path.stat().st_mtime_ns for path in folder().iterdir()}
    assert len(made) == 1 and graph_of(network, picture).content == content
    assert {path.name: path.stat().st_mtime_ns for path in folder().iterdir()} == made
    with torch.no_grad():
        network.head.bias += 1
    graph_of(network, picture)
    graph_of(network, torch.zeros(1, 3, 64, 64))
    assert len(list(folder().iterdir())) == 3
    for number in range(KEPT + 5):
        (folder() / f"{number}.onnx").touch()
    graph_of(network, torch.zeros(1, 3, 64, 48))
    assert len(list(folder().iterdir())) == KEPT
    assert folder().stat().st_mode & 0o77 == 0
