"""Pictures to learn from, composed of photographs, and the same ones in worse light."""

import cv2
import numpy as np
import pytest
import torch

from models.training.lighting import blur, coarse, compress, lamp, motion, noise, relight
from models.training.photographs import PERSON
from models.training.scenes import ROWS, Scenes, place
from models.training.shards import read_shards
from tests.models.shards import shard


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("mosaic", [True, False])
def test_scenes_say_where_their_photographs_lie(tmp_path, mosaic, at_once):
    shard(tmp_path, "person", f"{PERSON} 0.5 0.5 0.5 0.5 1\n")
    torch.manual_seed(1)
    scenes = Scenes(read_shards(tmp_path), np.ones(1), torch.device("cpu"), at_once)
    clean, worse, rows, regions = scenes(np.random.default_rng(0), 10, 96, mosaic)
    assert clean.shape == worse.shape == (10, 3, 96, 96) and regions.shape == (10, 4 if mosaic else 1, 5)
    there = rows[rows[..., 5] >= 0]
    assert rows.shape[1] == (rows[..., 5] >= 0).sum(dim=1).max(), "no column only fills up"
    assert len(there) > 5 and (there[:, :4] >= 0).all() and (there[:, :4] <= 96).all()
    assert set(there[:, 4].tolist()) == {PERSON} and set(regions[..., 4].unique().tolist()) <= {-1, 0}
    assert (worse - clean).abs().mean() > 0.02 and 0 <= worse.min() and worse.max() <= 1 >= clean.max()


@pytest.mark.parametrize("zoom", [0.3, 1.0, 2.0])
def test_a_photographs_boxes_are_where_its_pixels_are(zoom):
    """What is bright in the photograph is bright in the picture, inside the row and not beside it."""
    torch.manual_seed(3)
    pixels = torch.zeros(8, 3, 416, 416, dtype=torch.uint8)
    pixels[:, :, 60:120, 100:180] = 255
    rows = torch.full((8, ROWS, 6), -1.0)
    rows[:, 0] = torch.tensor([100.0, 60, 180, 120, 3, 1])
    canvas = torch.full((8, 3, 128, 160), 0.2)
    placed, lies = place(canvas, (32, 0, 160, 128), [pixels, torch.tensor([[240, 320]] * 8), rows], (zoom, zoom))
    assert (canvas[:, :, :, :32] == 0.2).all() and (placed[:, 1:, 5] == -1).all()
    for picture, (left, top, right, bottom, label, worth), region in zip(canvas, placed[:, 0], lies, strict=True):
        x0, y0, x1, y1 = region.int().tolist()
        assert picture[:, :y0].eq(0.2).all() and picture[:, y1:].eq(0.2).all() and picture[:, :, x1:].eq(0.2).all()
        bright = (picture[0, y0:y1, x0:x1] > 0.5).nonzero()
        if worth > 0:
            found = bright.amin(dim=0).flip(0), bright.amax(dim=0).flip(0) + 1
            box = torch.stack((left - x0, top - y0, right - x0, bottom - y0))
            assert label == 3 and (torch.cat(found) - box).abs().max() <= 1


def test_a_photograph_that_is_made_small_loses_nothing_between_its_pixels():
    """Fine stripes become even grey, as an area tells them, and no pattern of their own."""
    stripes = torch.zeros(1, 3, 416, 416, dtype=torch.uint8)
    stripes[..., ::2] = 255
    canvas = torch.zeros(1, 3, 96, 96)
    place(canvas, (0, 0, 96, 96), [stripes, torch.tensor([[416, 416]]), torch.full((1, ROWS, 6), -1.0)], (1.0, 1.0))
    inner = canvas[:, :, 20:76, 20:76]
    assert inner.mean() == pytest.approx(0.5, abs=0.01) and inner.std() < 0.03


@pytest.mark.parametrize("change", [blur, coarse, compress, lamp, motion, noise])
def test_worse_pictures_stay_pictures(change):
    ramp = torch.linspace(0, 1, 64).expand(4, 3, 64, 64).contiguous()
    for seed in range(5):
        worse = change(np.random.default_rng(seed), ramp)
        assert worse.shape == ramp.shape and 0 <= worse.min() and worse.max() <= 1.0001
        assert 0 < (worse - ramp).abs().mean() < 0.5


def test_compression_is_that_of_jpeg():
    """As far from the picture as what the library that everybody uses makes of it, and near that."""
    from skimage import data
    pixels = cv2.resize(data.astronaut(), (128, 128), interpolation=cv2.INTER_AREA)
    x = torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255
    ours = 255 * compress(type("Fixed", (), {"uniform": lambda *_: 30})(), x)[0].permute(1, 2, 0).numpy()
    coded = cv2.imencode(".jpg", pixels[:, :, ::-1], (cv2.IMWRITE_JPEG_QUALITY, 30))[1]
    theirs = cv2.imdecode(coded, cv2.IMREAD_COLOR)[:, :, ::-1].astype(float)
    lost = np.abs(theirs - pixels).mean()
    assert np.abs(ours - pixels).mean() == pytest.approx(lost, rel=0.15) and np.abs(ours - theirs).mean() < 0.4 * lost


def test_most_pictures_are_in_other_light():
    torch.manual_seed(1)
    x = torch.rand(64, 3, 32, 32)
    worse = relight(np.random.default_rng(1), x.clone())
    assert ((worse - x).abs().mean(dim=(1, 2, 3)) > 0.02).float().mean() > 0.9
    grey = (worse - worse.mean(dim=1, keepdim=True)).abs().amax(dim=(1, 2, 3)) < 1e-3
    assert 2 < grey.sum() < 24
