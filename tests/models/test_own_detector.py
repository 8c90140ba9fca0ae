"""A detector of one's own: it is learned, gone on with, and plays in a patch."""

import io
import shlex
from contextlib import redirect_stdout
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from skimage import data

from engine.__main__ import main, parse
from engine.capture.sources import open_source
from engine.commands.show import settings_of
from engine.patch.loader import load as load_patch
from engine.vision.inference import Eyes
from engine.vision.networks import open_network
from models import load
from models.training.own_detector import confuse
from models.training.photographs import Picture
from tests.models.test_yolo_folder import pairs


def test_a_folder_or_a_library_that_is_not_there(tmp_path, capsys, monkeypatch):
    assert main(["train", "detector", "nowhere"]) == 2
    said = "neocog: no folder 'nowhere': give one with pictures in yolo's layout, with data.yaml\n"
    assert capsys.readouterr() == ("", said)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["train", "detector", str(tmp_path)]) == 2
    assert capsys.readouterr() == ("", 'neocog: training wants matplotlib, yaml: pip install -e ".[train]"\n')


def test_confusion_counts_what_was_taken_for_what():
    rows = np.array([[0, 0, 10, 10, 0, 1], [20, 0, 30, 10, 1, 0.9], [40, 0, 50, 10, 1, 1], [60, 0, 90, 10, 0, 0]])
    finds = np.array([[0, 0, 10, 9, 0, 0.9], [20, 0, 30, 11, 0, 0.8], [0, 0, 9, 10, 0, 0.7], [60, 0, 70, 10, 1, 0.6],
                      [100, 0, 110, 10, 1, 0.5], [40, 0, 50, 10, 1, 0.3]])  # twice found, in doubt, a ghost, unsure
    counts = confuse([finds, finds[:0]], [Picture("a", rows, rows), Picture("b", rows, rows[:1])], 2)
    assert counts.tolist() == [[1, 0, 1], [1, 0, 1], [1, 1, 0]]


def trained(place: Path, minutes: float) -> tuple[str, dict]:
    """What `neocog train` says, and its checkpoint."""
    with redirect_stdout(io.StringIO()) as said:
        words = ["train", "detector", str(place / "mine"), "--out", str(place / "out"), "--minutes", str(minutes)]
        assert main(words) == 0
    return said.getvalue(), torch.load(place / "out" / "detector.pt")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, str, dict]:
    """A folder trained on: an astronaut, a kind that the shipped detector knows, and marbles, which it does not."""
    place, random = tmp_path_factory.mktemp("own"), np.random.default_rng(1)
    images = place / "mine" / "images"
    pairs(images, 10, "1 0.5 0.5 1 1\n", "person")
    for path in images.iterdir():
        cv2.imwrite(str(path), cv2.resize(data.astronaut(), (96, 96), interpolation=cv2.INTER_AREA)[:, :, ::-1])
    for number, (x, y) in enumerate(random.integers(20, 76, (10, 2)).tolist()):
        pairs(images, 1, f"0 {x / 96} {y / 96} 0.25 0.25\n", f"marble{number}")
        pixels = cv2.circle(np.full((96, 96, 3), 60, np.uint8), (x, y), 12, (40, 200, 250), -1)
        cv2.imwrite(str(images / f"marble{number}0.png"), pixels)
    (place / "mine" / "labels" / "person0.txt").write_text("5 0.5 0.5 0.1 0.1\n")
    (place / "mine" / "data.yaml").write_text("train: images\nnames: [marble, person]\n")
    return place, *trained(place, 0.03)


def test_training_writes_all_it_promises_after_the_complaints(made):
    place, said, state = made
    assert said.splitlines()[0].endswith(
        "labels/person0.txt:1: class 5 is none of data.yaml's 0 to 1; its picture is left out")
    assert "learn 2 classes from" in said.splitlines()[1] and state["classes"] == ["marble", "person"]
    assert {path.name for path in (place / "out").iterdir()} == {
        "detector.safetensors", "SHA256SUMS", "net.py", "detector.pt", "curve.png", "confusion.png"}
    for name in ("curve", "confusion"):
        assert cv2.imread(str(place / "out" / f"{name}.png")).std() > 10
    assert len(state["figures"]) == 1 and 0 <= state["figures"][0][1] <= 1 and state["spent"] >= 0.03


def test_the_closing_lines_play_in_a_patch_and_on_the_command_line(made, tmp_path):
    place, said, _ = made
    play, patch = (line.split(": ", 1)[1] for line in said.splitlines()[-2:])
    (tmp_path / "mine.py").write_text(f"{patch}\ndef react(scene, p):\n    return ()\n")
    wish = load_patch(tmp_path / "mine.py").wishes["detector"]
    assert settings_of(parse(shlex.split(play)[1:])[1]).networks.detector == f"{place / 'out' / 'net.py'}:net" == wish
    eyes = Eyes(open_network(wish, tmp_path), load("features"), "cpu")
    assert eyes.detector.classes == ("marble", "person")
    source = open_source(str(place / "mine" / "images" / "person1.png"), every_frame=True)
    detections = eyes(source.newer(than=-1, timeout=0)).detections
    source.close()
    assert detections[detections[:, 4].argmax(), 5] == 1 and detections[:, 4].max() > 0.2


def test_run_again_it_goes_on(made):
    place, _, state = made
    said, later = trained(place, state["spent"] + 0.03)
    assert f"going on from {place / 'out' / 'detector.pt'}, after " in said
    assert later["steps"] > state["steps"] and later["spent"] >= state["spent"] + 0.03
    assert later["figures"][:-1] == state["figures"] and later["losses"][:len(state["losses"])] == state["losses"]
    said, last = trained(place, 0.03)
    done = f"{place / 'out' / 'detector.pt'} has had its 0.03 min: with more --minutes it goes on"
    assert done in said.splitlines() and said.splitlines()[-2].startswith("play it: ")
    assert last["figures"] == later["figures"] and last["steps"] == later["steps"]


def test_other_classes_do_not_go_on(made, capsys):
    place = made[0]
    (place / "mine" / "data.yaml").write_text("train: images\nnames: [person, marble]\n")
    assert main(["train", "detector", str(place / "mine"), "--out", str(place / "out"), "--minutes", "9"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"neocog: {place / 'out' / 'detector.pt'} is damaged, or of a training with other classes, which cannot go on "
        "with these: take it away, or give another folder with --out")
