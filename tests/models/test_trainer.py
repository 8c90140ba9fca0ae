"""A training stops and goes on, and shows how it went."""

import ast
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import models
from models.training.plots import confusion, curve
from models.training.trainer import Trainer, often


def resumed(folder: Path, network: nn.Module | None = None) -> Trainer:
    network = network or nn.Linear(1, 1)
    return Trainer(network, torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.5), folder / "it.pt")


def test_an_interrupt_ends_a_training_and_the_next_goes_on(tmp_path, capsys):
    steps, reports = [], []

    def cost(network: nn.Module, most: int):
        def step(progress: float) -> torch.Tensor:
            if len(steps) == most:
                raise KeyboardInterrupt
            steps.append(progress)
            return network(torch.ones(1, 1)).square().sum()
        return step

    for most in (3, 5):
        one = resumed(tmp_path)
        assert one.average.steps == len(steps)
        one.run(60, cost(one.network, most), lambda average: 0.5, "right", 1e9,
                lambda average, figures: reports.append(len(figures)))
        assert one.average.steps == most == len(steps)
    assert reports == [1, 2] and steps[3] >= steps[2]
    said = capsys.readouterr().out.splitlines()
    assert said[1] == "stopped after 0.0 of 60 min: the same command goes on from here"
    assert said[2] == f"going on from {tmp_path / 'it.pt'}, after 0.0 of 60 min"
    other = resumed(tmp_path)
    torch.testing.assert_close(other.network.state_dict(), one.network.state_dict())
    torch.testing.assert_close(other.average.network.state_dict(), one.average.network.state_dict())
    torch.testing.assert_close(other.optimiser.state_dict()["state"], one.optimiser.state_dict()["state"])
    assert other.run(1e-9, cost(other.network, 5), None, "right", 1e9, None) == one.figures


@pytest.mark.parametrize("interrupts", [1, 2])
def test_an_interrupt_of_the_judgement_begins_it_again_and_the_next_ends_all_but_no_step_is_lost(tmp_path, interrupts):
    one, judged, reports = resumed(tmp_path), [], []

    def report(average: nn.Module, figures: list) -> None:
        reports.append(list(figures))
        if len(reports) <= interrupts:
            raise KeyboardInterrupt

    def practise() -> None:
        one.run(60, lambda progress: one.network(torch.ones(1, 1)).sum(), lambda average: judged.append(1) or 0.5,
                "right", -1, report)

    if interrupts == 1:
        practise()
    else:
        with pytest.raises(KeyboardInterrupt):
            practise()
    assert len(judged) == len(reports) == 2 and reports[0] == reports[1] and len(reports[0]) == 1
    again = resumed(tmp_path)
    assert again.average.steps == 1 and again.figures == reports[1]


@settings(deadline=None, max_examples=40)
@given(share=st.floats(0, 0.999), junk=st.binary(max_size=40))
def test_a_damaged_checkpoint_is_one_sentence(tmp_path_factory, share, junk):
    folder = tmp_path_factory.mktemp("damaged")
    resumed(folder).keep(1.0)
    for content in ((folder / "it.pt").read_bytes(), junk):
        (folder / "it.pt").write_bytes(content[:int(share * len(content))])
        with pytest.raises(ValueError, match="it.pt is damaged, or of a training with other classes"):
            resumed(folder)


class Ticking:
    """Unpickled as Python does, it makes a folder."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


def test_a_checkpoint_of_a_stranger_runs_nothing(tmp_path):
    torch.save({"network": Ticking(tmp_path / "gone off")}, tmp_path / "it.pt")
    with pytest.raises(ValueError, match="it.pt is damaged"):
        resumed(tmp_path)
    assert not (tmp_path / "gone off").exists()


def test_all_that_loads_a_checkpoint_loads_weights_alone():
    root = Path(models.__file__).parents[1]
    calls = [call for folder in ("engine", "models") for path in (root / folder).rglob("*.py")
             for call in ast.walk(ast.parse(path.read_text("utf-8")))
             if isinstance(call, ast.Call) and ast.unparse(call.func) in ("torch.load", "pickle.load", "pickle.loads")]
    assert len(calls) >= 4 and all("weights_only=True" in ast.unparse(call) for call in calls)


def test_another_networks_checkpoint_is_one_sentence(tmp_path):
    resumed(tmp_path).keep(1.0)
    with pytest.raises(ValueError, match="take it away, or give another folder with --out"):
        resumed(tmp_path, nn.Linear(2, 1))


def test_short_trainings_are_judged_ten_times_and_long_ones_as_often_as_was_said():
    assert [often(240, minutes) for minutes in (0.1, 5, 45)] == [10, 30, 240]


@pytest.mark.parametrize("count, longest, side", [(2, 40, 840), (40, 40, 2040), (40, 5, 960)])
def test_confusions_of_any_names_grow_up_to_a_size(tmp_path, monkeypatch, count, longest, side):
    monkeypatch.setattr("models.training.plots.LONGEST", longest)
    names = [f"$\\frac {number}$" for number in range(count)]
    confusion(np.eye(count), names, names, tmp_path / "in" / "confusion.png")
    assert cv2.imread(str(tmp_path / "in" / "confusion.png")).shape == (side, side, 3)


def test_a_curve_shows_its_losses(tmp_path):
    for name, losses in (("without", []), ("with", [(0.5, 3.0), (2, 1.0)])):
        curve([(1, 0.5)], "minutes", "share", tmp_path / f"{name}.png", losses, 1)
    one, other = (cv2.imread(str(tmp_path / f"{name}.png")) for name in ("without", "with"))
    assert one.shape == other.shape and (one != other).any()
