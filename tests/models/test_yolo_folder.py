"""A folder in YOLO's layout is read with care: whatever is in it, it is used or told by file and line."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.__main__ import main
from models.training.photographs import held_out
from models.training.yolo_folder import SLACK, gather, read_rows

BOX = "0 0.5 0.5 0.5 0.5\n"


def picture(path: Path, wide=24, high=16, shade=90) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((high, wide, 3), shade, np.uint8))
    return path


def pairs(images: Path, count: int, label: str = BOX, name: str = "p") -> None:
    """Pictures with that label, beside each other in images/ and labels/."""
    for number in range(count):
        path = picture(images / f"{name}{number}.png")
        label_path = Path(str(path.with_suffix(".txt")).replace("images", "labels"))
        label_path.parent.mkdir(parents=True, exist_ok=True)
        label_path.write_text(label)


def test_everything_bad_is_told_with_its_file_and_line(tmp_path):
    images, labels, complaints = tmp_path / "images", tmp_path / "labels", []
    pairs(images, 12)
    (tmp_path / "data.yaml").write_text("train: images\nnames: [cup, fork]\n")
    (labels / "p0.txt").unlink()
    (labels / "p1.txt").write_text(f"0 0.9 0.5 0.4 0.2\n\n2 .5 .5 .1 .1\n{BOX}cup 0.5 0.5 0.1 0.1\n0.5 .5 .5 .1 .1\n")
    (labels / "p2.txt").write_text("0 0.5 0.5 0 0.1\n0 0.5 0.5 0.1\n0 nan 0.5 0.1 0.1\n0 .1 .1 .2 .1 .2 .2\n"
                                   "-1 0.5 0.5 0.1 0.1\n0 0.095 0.5 0.2 0.1\n0 0.099 0.5 0.2 0.1\n")
    (images / "p3.png").write_bytes(b"no picture")
    (images / "p4.png").write_bytes((images / "p5.png").read_bytes()[:-30])
    names, known, kept = gather(tmp_path, complaints)
    asked = f"{labels}/p0.txt (an empty file says: nothing of ours in it)"
    assert complaints == [
        f"{images}/p0.png: left out, there is no {asked}",
        *(f"{labels}/p{place}: {fault}; its picture is left out" for place, fault in (
            ("1.txt:1", "the box reaches outside the picture: numbers are shares of its sides, 0 to 1"),
            ("1.txt:3", "class 2 is none of data.yaml's 0 to 1"),
            ("1.txt:5", "wanted five numbers: class cx cy w h"),
            ("1.txt:6", "class 0.5 is none of data.yaml's 0 to 1"),
            ("2.txt:1", "a box of 0 by 0.1 has no area"),
            ("2.txt:2", "wanted five numbers: class cx cy w h"),
            ("2.txt:3", "wanted five numbers: class cx cy w h"),
            ("2.txt:4", "7 numbers are an outline, wanted a box: class cx cy w h"),
            ("2.txt:5", "class -1 is none of data.yaml's 0 to 1"),
            ("2.txt:6", "the box reaches outside the picture: numbers are shares of its sides, 0 to 1"))),
        f"{images}/p3.png: left out, it cannot be read as a picture",
        f"{images}/p4.png: left out, it cannot be read as a picture"]
    assert names == ("cup", "fork") and len(known) + len(kept) == 12 - 5


def test_rows_are_in_pixels_and_doubt_is_worth_nothing(tmp_path):
    told = BOX + "\n1 0.5 0.25 1.0 0.5 0.81\n1 0.5 0.5 0.2 0.2 0.3\n"
    pairs(tmp_path / "images", 9, told)
    picture(tmp_path / "images" / "wide.png", 8000, 3)
    (tmp_path / "labels" / "wide.txt").write_text("\ufeff" + BOX, encoding="utf-8")
    (tmp_path / "data.yaml").write_text("train: images\nnames: {0: cup, 1: fork}\n")
    _, known, kept = gather(tmp_path, complaints := [])
    found = {picture.name: picture for picture in known + kept}
    assert not complaints and found["wide"].pixels.shape == (1, 384, 3)
    np.testing.assert_allclose(found["p1"].rows, [[6, 4, 18, 12, 0, 1], [0, 0, 24, 8, 1, 0.9],
                                                  [9.6, 6.4, 14.4, 9.6, 1, 0]], atol=1e-5)


@pytest.mark.parametrize("images, told", [
    ("images", "path: .\ntrain: images\nval:\nnames: [cup]"),
    ("images", "path:\ntrain: images/\nval: images\nnames: [cup]"),
    ("train/images", "train: ../train/images\nnc: 1\nnames: ['cup']"),
    ("images/train", "path: ../datasets/mine\ntrain: images/train\nnames:\n  0: cup"),
    ("images/train", "path: /content/mine\ntrain: [images/train]\nnames: [cup]"),
])
def test_exporters_write_paths_in_many_ways(tmp_path, images, told):
    pairs(tmp_path / "mine" / images, 20)
    (tmp_path / "mine" / "data.yaml").write_text(told, encoding="utf-8-sig")
    names, known, kept = gather(tmp_path / "mine", [])
    assert names == ("cup",)
    assert {picture.name for picture in kept} == {f"p{number}" for number in range(20) if held_out(f"p{number}")}
    assert len(known) + len(kept) == 20 and kept


def test_val_is_held_out_if_there_is_one_and_no_test_is_without_boxes(tmp_path):
    pairs(tmp_path / "images", 30, "")
    pairs(tmp_path / "images", 7, name="boxed")
    pairs(tmp_path / "val" / "images", 3, name="v")
    (tmp_path / "data.yaml").write_text("train: images\nval: val/images\nnames: [cup]\n")
    assert [picture.name for picture in gather(tmp_path, [])[2]] == ["v0", "v1", "v2"]
    (tmp_path / "data.yaml").write_text("train: images\nnames: [cup]\n")
    assert [picture.name for picture in gather(tmp_path, [])[2]] == ["boxed0"]


@pytest.mark.parametrize("told, sentence", [
    (None, "wanted {} with names and train, found none: that is how yolo's layout begins"),
    ("names: [a\ntrain: b", "{}:2: wanted yaml, found something else (ParserError)"),
    ("born: 2001-99-99", "{}: wanted yaml, found something else (ValueError)"),
    ("", "wanted names and train in {}, found neither"),
    ("names: cup\ntrain: images", "wanted names in {} as a list, or numbered from 0, each of them once"),
    ("names: {{1: cup}}\ntrain: images", "wanted names in {} as a list, or numbered from 0, each of them once"),
    ("names: [cup, cup]\ntrain: images", "wanted names in {} as a list, or numbered from 0, each of them once"),
    ("names: [cup]", "wanted train in {}, the folder with the pictures to learn from, found none"),
    ("names: [cup]\ntrain: nowhere", "wanted the folder 'nowhere' that {} names for train, found none"),
    ("names: [cup]\ntrain: .", "wanted 4 pictures with boxes or more to learn from in {folder} and one or more to test "
                               "on, found 0 and 0"),
])
def test_what_is_wrong_with_a_folder_is_one_sentence_on_the_command_line(tmp_path, capsys, told, sentence):
    if told is not None:
        (tmp_path / "data.yaml").write_text(told.format())
    assert main(["train", "detector", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    said = sentence.format(tmp_path / "data.yaml", folder=tmp_path)
    assert capsys.readouterr() == ("", f"neocog: {said}\n") and not (tmp_path / "out").exists()


numbers = st.floats().map(repr) | st.floats(0, 1).map(repr) | st.integers(-2, 3).map(str) | st.text(max_size=4)
lines = st.lists(numbers, max_size=8).map(" ".join) | st.text(max_size=20)


@settings(deadline=None, max_examples=150)
@given(content=st.lists(lines, max_size=6).map("\n".join).map(lambda text: text.encode()) | st.binary(max_size=60))
def test_each_line_of_a_label_is_a_box_in_the_picture_or_a_complaint(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "wild.txt"
    path.write_bytes(content)
    rows, faults = read_rows(path, 3)
    said = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    assert len(rows) + len(faults) == sum(bool(line.strip()) for line in said)
    assert set(rows[:, 0]) <= {0, 1, 2} and (rows[:, 3:5] >= 0).all()
    assert (np.abs(rows[:, 1:3] - 0.5) + rows[:, 3:5] / 2 <= 0.5 + SLACK + 1e-6).all()
    for fault in faults:
        number, sentence = fault.removeprefix(f"{path}:").split(": ", 1)
        assert said[int(number) - 1].strip() and sentence and "\n" not in sentence


words = st.text(st.characters(exclude_characters="/.~", exclude_categories=["Cs"]), max_size=12)  # stay in the folder
values = st.recursive(st.none() | st.booleans() | st.integers(-1, 3) | st.floats() | words,
                      lambda inner: st.lists(inner, max_size=3)
                      | st.dictionaries(st.integers(0, 2) | words, inner, max_size=3))
parts = st.sampled_from(["names", "train", "val", "path"])


@settings(deadline=None, max_examples=150)
@given(content=(st.dictionaries(parts | words, values | st.just(["cup"]), max_size=5) | values).map(
    lambda told: yaml.safe_dump(told, allow_unicode=True).encode()) | words.map(str.encode) | st.binary(max_size=30))
def test_any_data_yaml_is_understood_or_refused_in_one_sentence(tmp_path_factory, content):
    place = tmp_path_factory.getbasetemp() / "wild"
    place.mkdir(exist_ok=True)
    (place / "data.yaml").write_bytes(content)
    with pytest.raises(ValueError) as error:  # there is no picture, whatever it says
        gather(place, [])
    said = str(error.value)
    assert said.startswith(("wanted ", str(place))) and "wanted" in said and "\n" not in said
