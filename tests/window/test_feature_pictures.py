"""What units respond to: the unit_pictures that ship, and how they come to the screen."""

import numpy as np
import pygame
import pytest
import torch

from engine.window.feature_pictures import FeaturePictures
from models import load
from models.disk import WEIGHTS
from models.feature_pictures import COLUMNS, unit_pictures, write
from models.training.feature_visualization import climb, filters, path_to
from tests.percepts import parameters

MOST = 1_500_000  # bytes a sheet


@pytest.fixture(scope="module")
def shipped():
    return unit_pictures("features")


def test_every_unit_of_every_tap_has_its_picture(shipped):
    taps, _ = load("features").fold()(torch.zeros(1, 3, 64, 64))
    assert {tap: len(tiles) for tap, tiles in shipped.items()} == {tap: maps.shape[1] for tap, maps in taps.items()}
    assert all(path.stat().st_size <= MOST for path in WEIGHTS.glob("*.webp"))


def test_the_first_layer_shows_its_filters_exactly(shipped):
    assert np.array_equal(shipped["conv1"], filters(load("features")))


@pytest.mark.parametrize("tap", ("conv2", "conv3", "conv4", "conv5"))
def test_a_unit_likes_its_own_picture_better_than_nearly_all_others(shipped, tap):
    pictures = torch.from_numpy(shipped[tap]).permute(0, 3, 1, 2)
    with torch.inference_mode():
        maps = load("features").fold()(pictures / 255)[0][tap]
    answers = maps[..., maps.shape[2] // 2, maps.shape[3] // 2]  # (picture, unit), in the middle
    better = (answers > answers.diagonal()).float().mean(dim=0)
    assert better.median() <= 0.02 and (better <= 0.1).float().mean() >= 0.8


def test_climbing_raises_what_the_unit_answers():
    stages, units = path_to(load("features"), "conv3"), torch.arange(4)
    answer = []
    for steps in (1, 24):
        pictures = torch.from_numpy(climb(stages, units, 32, steps)).permute(0, 3, 1, 2) / 255
        with torch.no_grad():
            maps = stages(pictures.bfloat16())
        answer.append(maps[units, units, maps.shape[2] // 2, maps.shape[3] // 2])
    assert (answer[1] > answer[0]).all()


def test_sheets_are_read_as_written_and_damaged_ones_left_out(tmp_path):
    tiles = np.random.default_rng(0).integers(0, 256, (2 * COLUMNS, 5, 5, 3), np.uint8)
    assert write(tiles, tmp_path / "mine-conv1.webp", 101) == (tmp_path / "mine-conv1.webp").stat().st_size
    (tmp_path / "mine-conv2.webp").write_bytes(b"RIFF")
    (tmp_path / "mine-conv3.webp").touch()
    write(tiles, tmp_path / "yours-conv1.webp", 101)
    found = unit_pictures("mine", tmp_path)
    assert list(found) == ["conv1"] and np.array_equal(found["conv1"], tiles)
    assert unit_pictures("my.py:net", tmp_path) == {}


def test_a_lens_is_the_units_picture_in_a_soft_circle_and_turns_with_the_camera(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pygame.display.init()
    pygame.display.set_mode((64, 64))
    try:
        tiles = np.zeros((32, 8, 8, 3), np.uint8)
        tiles[5, :, :4] = 255, 0, 0
        feature_pictures, table = FeaturePictures({"conv1": tiles}), parameters(conv1=32, conv2=64)
        table.set("view/unit", 5, "keys")
        lens = feature_pictures(table, 32, 40)
        assert lens.get_at((8, 20)) == (255, 0, 0, 255) and lens.get_at((32, 20))[:3] == (0, 0, 0)
        assert lens.get_at((0, 0)).a == 0
        table.set("view/mirror", 1, "keys")
        assert feature_pictures(table, 32, 40).get_at((32, 20))[:3] == (255, 0, 0)
        table.set("view/layer", "conv2", "keys")
        assert feature_pictures(table, 64, 40) is None
    finally:
        pygame.display.quit()
