"""The detector that plays where none is named: better, quick enough, and one that knows what the patch wants."""

import json

import pytest
import torch

from engine import show
from engine.errors import UserError
from engine.patch.loader import find, load
from engine.settings import NetworkSettings, Settings
from engine.vision import best_detector as choosing
from engine.vision.best_detector import SPEEDS, best_detector, speed_here
from models.published import CATALOGUE, cache

QUICK = {"yolox-nano": 60.0, "yolox-tiny": 40.0, "yolox-s": 12.0}


@pytest.fixture
def pulled(tmp_path, monkeypatch):
    """Say what was pulled, into a cache of its own."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    cache().mkdir(parents=True)

    def pull(*names):
        for name in names:
            (cache() / CATALOGUE[name].file).write_bytes(b"weights")

    return pull


def test_nothing_pulled_is_the_one_that_ships_and_nothing_is_said(pulled):
    assert best_detector((), QUICK.get) == ("detector", "")
    pulled("alexnet")
    assert best_detector((), QUICK.get) == ("detector", "")


def test_the_best_that_is_quick_enough_plays(pulled):
    pulled("yolox-nano", "yolox-tiny", "yolox-s")
    name, why = best_detector(("person",), QUICK.get)
    assert name == "yolox-tiny"
    assert why.startswith(
        "detector yolox-tiny: pulled, 40 pictures a second here, AP 0.33 (0.12 of the one that ships)")
    assert why.endswith("yolox-s sees 12 pictures a second here, 30 wanted")
    assert best_detector((), lambda name: 30.0)[0] == "yolox-s"


def test_what_is_too_slow_or_does_not_open_leaves_the_one_that_ships(pulled):
    pulled("yolox-nano")
    assert best_detector((), lambda name: 29.9) == (
        "detector", "the detector that ships plays: yolox-nano sees 30 pictures a second here, 30 wanted")

    def broken(name):
        raise UserError("it is no checkpoint")

    assert best_detector((), broken) == ("detector", "the detector that ships plays: it is no checkpoint")


def test_a_patch_gets_one_that_knows_what_it_wants(pulled):
    pulled("yolox-nano")
    assert best_detector(("person", "hand"), QUICK.get) == (
        "detector", "the detector that ships plays: yolox-nano knows no hand")


def test_a_speed_is_measured_once_on_a_machine_and_threads_are_given_back(pulled, monkeypatch):
    pulled("yolox-nano")
    spent, told = iter((25.0, 50.0)), []
    monkeypatch.setattr(choosing, "measured", lambda name, device, runtime: next(spent))
    assert [speed_here("yolox-nano", tell=told.append) for _ in range(3)] == [25.0] * 3
    assert told == ["measuring yolox-nano, this once"]
    assert speed_here("yolox-nano", anew=True) == 50.0 == speed_here("yolox-nano")
    (cache() / SPEEDS).write_text("[1, 2")
    with pytest.raises(StopIteration):
        speed_here("yolox-nano")


def test_what_is_measured_is_both_networks_and_leaves_the_threads_as_they_were(pulled):
    torch.save({"model": CATALOGUE["yolox-nano"].build().state_dict()}, cache() / CATALOGUE["yolox-nano"].file)
    threads = torch.get_num_threads()
    assert speed_here("yolox-nano", "cpu", "torch") > 0
    assert torch.get_num_threads() == threads
    assert list(json.loads((cache() / SPEEDS).read_text()).values()) == [speed_here("yolox-nano", "cpu", "torch")]


@pytest.mark.parametrize("named, wish, opened", [
    ("", "", "yolox-nano"), ("auto", "", "yolox-nano"), ("", "auto", "yolox-nano"), ("detector", "auto", "detector"),
    ("auto", "detector", "yolox-nano"), ("", "detector", "detector"),
])  # fmt: skip
def test_auto_is_what_nobody_names(pulled, tmp_path, monkeypatch, capsys, named, wish, opened):
    pulled("yolox-nano")
    (tmp_path / "mine.py").write_text(f'detector = "{wish}"\n' * bool(wish) + "def react(scene, p):\n    return ()\n")
    monkeypatch.setattr(show, "speed_here", lambda *how: 60.0)
    monkeypatch.setattr(show, "open_network", lambda name, folder, kind: name)
    patch = load(find(str(tmp_path / "mine.py")))
    names, networks = show.networks(Settings(networks=NetworkSettings(detector=named)), patch, print)
    assert names == networks == [opened, "features"]
    assert ("detector yolox-nano: pulled" in capsys.readouterr().out) == (opened == "yolox-nano")
