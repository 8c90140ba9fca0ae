"""On a graphics card: every training makes its steps there, goes on there, and goes on from there on the processor."""

import cv2
import pytest
import torch
from skimage import data

from models.training import cifar, voice
from models.training.own_detector import own_detector
from models.training.own_features import own_features
from models.training.own_style import own_style
from tests.models.test_own_features import pictures
from tests.models.test_yolo_folder import pairs
from tests.voice.test_recordings import prepared
from tests.voices import network

pytestmark = pytest.mark.gpu


def detector(place, out, minutes):
    if not out.exists():
        pairs(place / "images", 12, "0 0.5 0.5 0.5 0.5\n")
        (place / "data.yaml").write_text("train: images\nnames: [person, marble]\n")
    own_detector(place, out, minutes)


def features(place, out, minutes):
    for name, photograph in (("espresso", data.coffee()), ("tabby", data.chelsea())):
        pictures(place / name, 8, cv2.resize(photograph, (96, 64), interpolation=cv2.INTER_AREA))
    own_features(place, out, minutes)


def style(place, out, minutes):
    cv2.imwrite(str(place / "cup.png"), data.coffee())
    own_style(place / "cup.png", out, minutes)


def names(place, out, minutes):
    some = torch.arange(40 * 3 * 32 * 32).view(40, 3, 32, 32).to(torch.uint8), torch.arange(10).repeat_interleave(4)
    cifar.train("cifar-convnet", some, some, out, minutes)


def sound(place, out, minutes):
    voice.train(prepared({}, {"seed": 3}), network(), out, minutes, every=1e9)


TRAININGS = {"detector": detector, "features": features, "paint": style, "cifar-convnet": names, "voice": sound}


@pytest.mark.parametrize("name", TRAININGS)
def test_a_training_goes_on_and_changes_over_to_the_processor(name, tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    out, steps, minutes = tmp_path / "out", 0, 0.0
    for cuda in (True, True, False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda cuda=cuda: cuda)
        TRAININGS[name](tmp_path / "mine", out, minutes + 0.02)
        state = torch.load(out / f"{name}.pt", weights_only=True)
        kept = [each["step"] for each in state["optimiser"]["state"].values()]
        assert state["steps"] > steps and all(torch.isfinite(torch.tensor(state["losses"])).flatten())
        assert {count.device.type for count in kept} == {"cpu"}, "on a card each is waited for at every step"
        where = {each["exp_avg"].device.type for each in state["optimiser"]["state"].values()}
        assert where == {"cuda" if cuda else "cpu"}
        steps, minutes = state["steps"], state["spent"]
    assert (out / f"{name}.safetensors").is_file()
