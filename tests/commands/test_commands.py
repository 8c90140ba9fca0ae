"""The smaller commands, run as a user would."""

import json

import numpy as np
import pytest
from PIL import Image
from skimage import data

from engine.__main__ import main
from engine.commands.list import SECTIONS
from tests.footage import write_film


QUICK = """
import torch

class Finder(torch.nn.Module):
    classes, size, stride = ("spot",), 32, 32
    def forward(self, x):
        return torch.zeros(1, 1, 4), torch.zeros(1, 1, 1)

class Feeler(Finder):
    def forward(self, x):
        return {"light": x}, torch.zeros(1, 1)
"""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for name in ("astronaut", "chelsea", "coffee"):
        Image.fromarray(getattr(data, name)()).save(folder / f"{name}.png")
    return folder


def test_look_tells_a_program_what_it_sees(pictures, capsys):
    paths = [str(pictures / f"{name}.png") for name in ("astronaut", "chelsea", "coffee")]
    assert main(["look", *paths, "--json", "--device", "cpu"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [entry["file"] for entry in told] == paths
    for entry, wanted in zip(told, ("person", "cat", "cup"), strict=True):
        assert wanted in {thing["label"] for thing in entry["objects"] if thing["score"] > 0.4}
        for thing in entry["objects"]:
            assert len(thing["box"]) == 4 and all(0 <= side <= 1 for side in thing["box"])
        probabilities = [probability for _, probability in entry["classes"]]
        assert len(probabilities) == 5 and probabilities == sorted(probabilities, reverse=True)
        assert list(entry["layers"]) == ["conv1", "conv2", "conv3", "conv4", "conv5"]
        for layer in entry["layers"].values():
            assert set(layer) == {"mean", "peak", "sparsity", "entropy", "cx", "cy"}
            assert np.isfinite(list(layer.values())).all()


def test_look_tells_a_person(pictures, capsys):
    assert main(["look", str(pictures / "chelsea.png"), "--device", "cpu"]) == 0
    shown = capsys.readouterr().out
    assert "cat" in shown and "looks like" in shown and "conv5" in shown


def test_look_sees_with_networks_of_ones_own(pictures, capsys, tmp_path):
    (tmp_path / "mine.py").write_text(
        "from models import load\n\n\ndef net():\n    network = load('detector')\n"
        "    network.classes = tuple(name.upper() for name in network.classes)\n    return network\n"
    )
    assert main(["look", str(pictures / "chelsea.png"), "--device", "cpu",
                 "--detector", f"{tmp_path}/mine.py:net"]) == 0
    assert "  CAT " in capsys.readouterr().out
    assert main(["look", str(pictures / "chelsea.png"), "--features", "nobody"]) == 2
    assert "no network 'nobody'" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\nbroken", bytes(1000)])
def test_look_refuses_what_is_no_picture(tmp_path, capsys, content):
    (tmp_path / "odd.png").write_bytes(content)
    (tmp_path / "quick.py").write_text(QUICK)
    networks = ["--detector", f"{tmp_path}/quick.py:Finder", "--features", f"{tmp_path}/quick.py:Feeler"]
    assert main(["look", str(tmp_path / "odd.png"), *networks]) == 2
    said = capsys.readouterr().err
    assert said.startswith("neocog: ") and said.count("\n") == 1 and "odd.png" in said


def test_list_names_every_kind_and_its_lines_are_arguments(capsys):
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in SECTIONS)
    for word in ("demo", "test-card", "detector", "features", "hello", "constellation", "tide"):
        assert f"  {word}\n" in shown


def test_check_prints_the_cues_of_a_patch(capsys, tmp_path):
    patch = tmp_path / "mine.py"
    patch.write_text("from engine.values import Osc\ndef react(scene, p):\n"
                     "    if scene.index % 20 == 0:\n        yield Osc('/third', scene.index)")
    assert main(["check", str(patch), "--seconds", "1"]) == 0  # of the demo
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" s  ")[1] for line in lines[:3]] == [f"/third {n}" for n in (0, 20, 40)]
    assert lines[3] == "mine: 3 cues in 60 frames, parameters: none"
    assert lines[4].split() == ["Osc", "/third", "3", "3", "a", "second"]


def test_check_auditions_on_ones_own_footage_and_tells_what_it_gave(capsys, tmp_path):
    patch = tmp_path / "mine.py"
    patch.write_text("from engine.values import Control, Note, Osc, Say\ndef react(scene, p):\n"
                     "    yield Osc('/x', 1 / 3, 'hi')\n    yield Say(60.123456, voice=2)\n"
                     "    if scene.index == 2:\n        yield Note(60)\n        yield Control(7, 0.5)")
    film = write_film(tmp_path / "film.avi", [0, 50, 100, 150], rate=10)
    assert main(["check", str(patch), "--source", film]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "  0.000 s  /x 0.3333 'hi'"
    assert lines[1] == "  0.000 s  Say pitch 60.12 voice 2"
    assert "  0.200 s  Control number 7 value 0.5" in lines
    assert "mine: 10 cues in 4 frames, parameters: none" in lines
    summary = [line.split() for line in lines[-4:]]
    assert summary[0] == ["Osc", "/x", "4", "10", "a", "second"]
    assert [words[:2] for words in summary[1:]] == [["Say", "2"], ["Note", "1"], ["Control", "7"]]
    assert main(["check", str(patch), "--source", "http://127.0.0.1:9/live"]) == 2
    assert "check wants what can be played frame by frame" in capsys.readouterr().err


def test_check_auditions_on_a_crowd(capsys, tmp_path):
    (tmp_path / "mine.py").write_text("def react(scene, p):\n    return []")
    assert main(["check", str(tmp_path / "mine.py"), "--source", "crowd:3"]) == 0
    assert "mine: 0 cues in 600 frames" in capsys.readouterr().out


def test_check_auditions_a_patch_with_the_networks_it_wants(tmp_path, capsys):
    (tmp_path / "loaded.py").write_text('features = "mine.py:net"\n\n\ndef react(scene, p):\n    return []\n')
    assert main(["check", str(tmp_path / "loaded.py")]) == 2
    assert "network mine.py:net does not load" in capsys.readouterr().err


def test_look_tells_as_much_as_it_is_asked_to(capsys, tmp_path):
    picture = str(tmp_path / "portrait.png")
    Image.fromarray(data.astronaut()).save(picture)
    told = {}
    for threshold in ("0.01", "0.4"):
        assert main(["look", "--json", "--threshold", threshold, picture]) == 0
        told[threshold] = [each["score"] for each in json.loads(capsys.readouterr().out)["objects"]]
    assert min(told["0.01"]) < 0.1 and min(told["0.4"]) >= 0.4 and len(told["0.01"]) > len(told["0.4"])
