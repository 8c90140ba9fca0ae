"""A feature network of one's own: folders become classes, it is learned, gone on with, and plays in a patch."""

import io
import shlex
import zlib
from contextlib import redirect_stdout
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from engine.__main__ import main, parse
from engine.capture.sources import open_source
from engine.commands.show import settings_of
from engine.patch.loader import load as load_patch
from engine.vision.inference import Eyes
from engine.vision.networks import open_network
from models import load
from models.training.own_features import FEWEST, SIDE, gather


def pictures(folder: Path, count: int, pixels: np.ndarray | int = 90, name: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        shade = np.full((20, 30, 3), pixels, np.uint8) if isinstance(pixels, int) else pixels
        cv2.imwrite(str(folder / f"{name}{number}.png"), np.roll(shade, number, axis=1)[:, :, ::-1])


def test_folders_are_classes_and_one_picture_in_five_is_held_out(tmp_path):
    for name, count in (("fork", 5), ("cup", 200), (".cache", 9), ("few", 3), ("earlier", 9)):
        pictures(tmp_path / name / "inside", count, len(name))
    (tmp_path / "earlier" / "net.py").write_text("net = None\n")
    (tmp_path / "cup" / "bad.jpg").write_bytes(b"no picture")
    whole = (tmp_path / "cup" / "inside" / "0.png").read_bytes()
    (tmp_path / "cup" / "short.png").write_bytes(whole[:len(whole) // 2])
    (tmp_path / "cup" / "notes.txt").write_text("no picture either")
    complaints = []
    names, stacked, labels, held = gather(tmp_path, complaints)
    assert complaints == [
        f"{tmp_path}/cup/bad.jpg: left out, it cannot be read as a picture",
        f"{tmp_path}/cup/short.png: left out, it cannot be read as a picture",
        f"{tmp_path}/few: left out, a class wants {FEWEST} pictures or more, found 3"]
    assert names == ("cup", "fork") and labels.tolist() == [0] * 200 + [1] * 5
    assert stacked.shape == (205, 3, SIDE, SIDE) and stacked[0].unique().tolist() == [3]
    assert held[labels == 0].sum() == sum(zlib.crc32(f"{number}.png".encode()) % 5 == 0 for number in range(200)) == 43
    assert gather(tmp_path, [])[3].tolist() == held.tolist()


@pytest.mark.parametrize("name", ["e", "i"])  # by whose names none and four of five would be held out
def test_of_a_few_pictures_the_first_is_held_out_if_their_names_share_them_badly(tmp_path, name):
    pictures(tmp_path / "cup", 5, name=name)
    pictures(tmp_path / "fork", 5, name=name)
    assert gather(tmp_path, [])[3].tolist() == [True, False, False, False, False] * 2


@settings(deadline=None, max_examples=25)
@given(counts=st.lists(st.integers(0, 9), max_size=4), junk=st.binary(max_size=20))
def test_every_class_has_pictures_to_learn_from_and_to_be_asked_about(tmp_path_factory, counts, junk):
    place = tmp_path_factory.mktemp("wild")
    for number, count in enumerate(counts):
        pictures(place / str(number), count)
        (place / str(number) / "junk.jpeg").write_bytes(junk)
    enough, complaints = [count for count in counts if count >= FEWEST], []
    try:
        names, _, labels, held = gather(place, complaints)
    except ValueError as error:
        assert len(enough) < 2 and "\n" not in str(error)
    else:
        assert labels.bincount().tolist() == enough and len(names) == len(enough)
        for label, count in enumerate(enough):
            assert 1 <= held[labels == label].sum() <= count / 2
    assert len(complaints) == 2 * len(counts) - len(enough)


@pytest.mark.parametrize("folders, sentence", [
    ([], "wanted two folders or more with pictures in {}, each a class of its own, found 0"),
    (["cup"], "wanted two folders or more with pictures in {}, each a class of its own, found 1"),
    (["train", "val"], "wanted one folder per class in {}, found the parts of a data set: give {}/train"),
])
def test_too_few_classes_are_one_sentence_on_the_command_line(tmp_path, capsys, folders, sentence):
    for folder in folders:
        pictures(tmp_path / folder, FEWEST)
    assert main(["train", "features", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[-1]) == ("", "neocog: " + sentence.replace("{}", str(tmp_path)))
    assert not (tmp_path / "out").exists()


def test_what_is_not_there_or_cannot_be_written_is_one_sentence(tmp_path, capsys, monkeypatch):
    assert main(["train", "features", "nowhere"]) == 2
    assert capsys.readouterr() == ("", "neocog: no folder 'nowhere': give one with pictures, one folder per class\n")
    pictures(tmp_path / "mine" / "cup", FEWEST)
    pictures(tmp_path / "mine" / "fork", FEWEST)
    (tmp_path / "out").write_text("a file")
    assert main(["train", "features", str(tmp_path / "mine"), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"neocog: {tmp_path / 'out'}: file exists"
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["train", "features", str(tmp_path)]) == 2
    assert capsys.readouterr() == ("", 'neocog: training wants matplotlib: pip install -e ".[train]"\n')


def test_classes_of_the_same_name_are_known_from_the_start():
    shipped = load("features")
    network = shipped.with_classes(("fork", "espresso")).eval()
    x = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        (taps, logits), (old_taps, old) = network(x), shipped(x)
    torch.testing.assert_close(logits[0, 1], old[0, shipped.classes.index("espresso")])
    torch.testing.assert_close(taps["conv5"], old_taps["conv5"])


def trained(place: Path, minutes: float) -> tuple[str, dict]:
    """What `neocog train` says, and its checkpoint."""
    with redirect_stdout(io.StringIO()) as said:
        words = ["train", "features", str(place / "mine"), "--out", str(place / "out"), "--minutes", str(minutes)]
        assert main(words) == 0
    return said.getvalue(), torch.load(place / "out" / "features.pt")


def test_training_from_end_to_end(tmp_path):
    for name, photograph in (("espresso", data.coffee()), ("tabby", data.chelsea())):
        pictures(tmp_path / "mine" / name, 12, cv2.resize(photograph, (96, 64), interpolation=cv2.INTER_AREA))
    pictures(tmp_path / "mine" / "grain", 12, np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8))
    (tmp_path / "mine" / "grain" / "bad.jpg").write_bytes(b"")
    said, state = trained(tmp_path, 0.02)
    lines = said.splitlines()
    assert lines[0].endswith("grain/bad.jpg: left out, it cannot be read as a picture")
    assert lines[1].startswith("36 pictures in 3 classes, ") and lines[1].endswith("training for 0.02 min")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "features.safetensors", "SHA256SUMS", "net.py", "features.pt", "curve.png", "confusion.png"}
    assert all(cv2.imread(str(tmp_path / "out" / f"{name}.png")).std() > 10 for name in ("curve", "confusion"))

    again, later = trained(tmp_path, state["spent"] + 0.02)
    assert f"going on from {tmp_path / 'out' / 'features.pt'}, after " in again
    assert later["steps"] > state["steps"] and later["spent"] >= state["spent"] + 0.02
    assert len(later["figures"]) == 2 and later["figures"][:1] == state["figures"]

    play, patch = (line.split(": ", 1)[1] for line in lines[-2:])
    (tmp_path / "mine.py").write_text(f"{patch}\ndef react(scene, p):\n    return ()\n")
    wish = load_patch(tmp_path / "mine.py").wishes["features"]
    assert settings_of(parse(shlex.split(play)[1:])[1]).networks.features == wish
    eyes = Eyes(load("detector"), open_network(wish, tmp_path), "cpu")
    assert eyes.features.classes == ("espresso", "grain", "tabby")
    source = open_source(str(tmp_path / "mine" / "espresso" / "0.png"), every_frame=True)
    guessed = {guess.name for guess in eyes(source.newer(than=-1, timeout=0)).classes}
    assert guessed == set(eyes.features.classes), "how rightly depends on how far it came in a second"
    source.close()
