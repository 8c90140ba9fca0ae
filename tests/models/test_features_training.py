"""How the shipped features are trained: parts of pictures and what a teacher says of them, filters of their own."""

import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import torch
from torch import nn

from models import load, save
from models.features import Features
from models.training import evaluate_features, fine_tune_features
from models.training.classifier import Classifier, part
from models.training.features import OWN, SIDE, TRUE, Lessons, alike, augment, crops, cut_and_mix, main, new_photographs

LEFT = torch.tensor([[[0.5, 0, -0.5], [0, 1, 0]]])
RIGHT_MIRRORED = torch.tensor([[[-0.5, 0, 0.5], [0, 1, 0]]])


def test_parts_lie_inside_and_half_of_them_are_mirrored():
    matrix = crops(1000)
    assert (matrix[:, :, :2].sum(dim=2).abs() + matrix[:, :, 2].abs() <= 1 + 1e-6).all()
    assert 400 < (matrix[:, 0, 0] < 0).sum() < 600
    assert 0.24 < (matrix[:, 0, 0] * matrix[:, 1, 1]).abs().min() < 0.35


def test_a_teacher_is_heard_on_the_part_that_is_shown():
    maps, pictures = torch.zeros(1, 2, 4, 4), torch.zeros(1, 3, 64, 64, dtype=torch.uint8)
    maps[:, 0, :, :2], maps[:, 1, :, 2:] = 8, 4
    pictures[..., 32:] = 200
    torch.testing.assert_close(part(maps, torch.eye(2, 3)[None]), torch.tensor([[4.0, 2]]))
    for matrix, said in ((LEFT, (8, 0)), (RIGHT_MIRRORED, (0, 4))):
        heard, shown = part(maps, matrix)[0], augment(pictures, matrix, 32)
        assert heard.argmax() == np.argmax(said) and heard.max() >= 0.8 * max(said)
        assert shown.shape == (1, 3, 32, 32) and (shown.mean() > 0.2) == (said[1] > 0)


def test_lessons_come_once_before_any_comes_again_and_tell_the_true_class():
    pictures = torch.arange(6, dtype=torch.uint8).mul(40)[:, None, None, None].expand(6, 3, 16, 16)
    lessons = Lessons(pictures, torch.zeros(6, 2, 3, 3), torch.tensor([1, 3]), torch.tensor([0, 1] * 3))
    _, target = lessons.draw(6, 8, 5)
    assert target.sum(dim=0).tolist() == [0, 3, 0, 3, 0]
    assert target.amax(dim=1).tolist() == [TRUE + (1 - TRUE) / 2] * 6
    lessons = lessons.add(pictures[:1], torch.zeros(1, 2, 3, 3))
    assert len(lessons.pictures) == 7 and lessons.truth is None and lessons.draw(7, 8, 5)[1].sum() == 7


def test_pictures_are_mixed_by_the_share_that_stays():
    x = torch.arange(4.0)[:, None, None, None].expand(4, 3, 32, 32).contiguous()
    mixed, other, share = cut_and_mix(x)
    torch.testing.assert_close(mixed.mean(dim=(1, 2, 3)), share * torch.arange(4.0) + (1 - share) * other)


def test_maps_that_go_together_cost_and_opposite_ones_do_not():
    maps = torch.randn(3, 4, 50, 50, generator=torch.Generator().manual_seed(1))
    assert alike(maps) == 0
    maps[:, 1] = 1 - maps[:, 0]
    assert alike(maps) == 0
    maps[:, 2] = 2 * maps[:, 0] + 1
    torch.testing.assert_close(alike(maps), torch.tensor((1 - OWN) ** 2))


def shard(path: Path, count: int) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            pixels = cv2.imencode(".png", np.full((30, 40, 3), (0, 0, 50 * number), np.uint8))[1]
            archive.writestr(f"images/{path.stem}-{number}.jpg", pixels.tobytes())
            archive.writestr(f"labels/{path.stem}-{number}.txt", "")


def test_photographs_may_come_later_and_those_to_judge_by_never_do(tmp_path):
    seen = set()
    assert list(new_photographs(tmp_path, seen)) == []
    shard(tmp_path / "indoor-0.zip", 2)
    shard(tmp_path / "imagenet-0.zip", 2)
    found, = new_photographs(tmp_path, seen)
    assert found.shape == (2, 3, SIDE, SIDE) and found[1].amax(dim=(1, 2)).tolist() == [50, 0, 0]
    shard(tmp_path / "indoor-1.zip", 3)
    assert [len(more) for more in new_photographs(tmp_path, seen)] == [3]


class EfficientNet(nn.Module):
    """As the package's, but small."""

    def __init__(self):
        super().__init__()
        self.look, self._fc = nn.Conv2d(3, 4, 32, 32), nn.Linear(4, 3)

    @staticmethod
    def from_name(name: str, image_size: int | None) -> nn.Module:
        return EfficientNet()

    def extract_features(self, x: torch.Tensor) -> torch.Tensor:
        return self.look(x)


def tiny_imagenet(folder: Path) -> None:
    """Two classes of three pictures, to learn from and to be asked about, of the teacher's three."""
    (folder / "classes.tsv").write_text("n1\ttench\nn3\tcup\n")
    (folder / "imagenet.tsv").write_text("n1\ttench\nn2\tcrane\nn3\tcup\n")
    for place in ("train/n1", "train/n3", "val/n1", "val/n3"):
        (folder / place).mkdir(parents=True)
        for number in range(3):
            cv2.imwrite(str(folder / place / f"{number}.png"), np.full((64, 64, 3), 80 * number, np.uint8))


def test_training_from_end_to_end(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "efficientnet_lite_pytorch", SimpleNamespace(EfficientNet=EfficientNet))
    torch.save(EfficientNet().state_dict(), tmp_path / "teacher.pth")
    teacher = Classifier(tmp_path / "teacher.pth")
    x = torch.full((1, 3, 64, 64), 127 / 255)
    bias = teacher.network._fc(teacher.network.look.bias)
    torch.testing.assert_close(teacher(x), bias[None, :, None, None].expand(1, 3, 2, 2))
    tiny_imagenet(tmp_path)
    (tmp_path / "more").mkdir()
    shard(tmp_path / "more" / "indoor-0.zip", 4)
    main(["--data", str(tmp_path), "--photographs", str(tmp_path / "more"), "--teacher", str(tmp_path / "teacher.pth"),
          "--out", str(tmp_path / "out"), "--minutes", "0.02", "--batch", "6"])
    assert "of the test's pictures named rightly at 192 px" in capsys.readouterr().out
    assert load("features", tmp_path / "out").classes == ("tench", "crane", "cup")


def test_trained_on_at_the_size_of_playing_all_of_it_learns(tmp_path, capsys):
    tiny_imagenet(tmp_path)
    shipped = Features(("cup", "tench"), (4, 6, 8, 10, 12), (1, 1, 1, 1, 1))
    save(shipped, tmp_path / "features.safetensors", {})
    words = ["--data", str(tmp_path), "--weights", str(tmp_path), "--out", str(tmp_path / "out"), "--batch", "4"]
    fine_tune_features.main([*words, "--minutes", "0.02"])
    told = capsys.readouterr().out
    assert "of the pictures held out named rightly at 192 px" in told and "a classifier that learned anew" in told
    before, after = load("features", tmp_path), load("features", tmp_path / "out")
    changed = [name for name, old in before.state_dict().items() if not torch.equal(after.state_dict()[name], old)]
    assert after.classes == before.classes
    assert {name.removeprefix("stages.").partition(".")[0] for name in changed} == {
        "conv1", "conv2", "conv3", "conv4", "conv5", "head"}


def test_who_interrupts_it_does_not_wait_for_the_classifier(tmp_path, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    tiny_imagenet(tmp_path)
    save(Features(("cup", "tench"), (4, 6, 8, 10, 12), (1, 1, 1, 1, 1)), tmp_path / "features.safetensors", {})
    monkeypatch.setattr(fine_tune_features.Trainer, "step", interrupted)
    fine_tune_features.main(["--data", str(tmp_path), "--weights", str(tmp_path), "--out", str(tmp_path / "out"),
                             "--batch", "4"])
    told = capsys.readouterr().out
    assert "the same command goes on from here" in told and "learned anew" not in told
    assert load("features", tmp_path / "out").classes == ("cup", "tench")


def test_a_classifier_learns_anew_and_nothing_else_does(monkeypatch):
    monkeypatch.setattr(fine_tune_features, "MANY", 8)
    monkeypatch.setattr(fine_tune_features, "ANEW", 0.05)
    torch.manual_seed(0)
    network = Features(("dark", "bright"), (4, 6, 8, 10, 12), (1, 1, 1, 1, 1), size=32).fold()
    before = {name: each.clone() for name, each in network.stages.state_dict().items()}
    truth = torch.arange(400) % 2
    pictures = (torch.rand(400, 3, 16, 16) * 100 + 100 * truth[:, None, None, None]).byte()
    fine_tune_features.learn_anew(network, pictures, truth)
    assert (fine_tune_features.guesses(network, pictures, 32).argmax(dim=1) == truth).float().mean() > 0.95
    assert all(torch.equal(each, before[name]) for name, each in network.stages.state_dict().items())


def test_every_size_is_asked_about_once(tmp_path, capsys):
    tiny_imagenet(tmp_path)
    network = Features(("cup", "crane", "tench"), (4, 6, 8, 10, 12), (1, 1, 1, 1, 1))
    torch.nn.init.zeros_(network.head.weight)
    network.head.bias.data = torch.tensor([1.0, 2, 0])
    save(network, tmp_path / "features.safetensors", {})
    evaluate_features.main(["--data", str(tmp_path), "--weights", str(tmp_path)])
    rows = capsys.readouterr().out.splitlines()[2:]
    assert rows == [f"| {size} | 0.500 | 1.000 |" for size in evaluate_features.SIZES], "it says cup, of tench and cup"
