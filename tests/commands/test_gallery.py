"""neocog gallery, with shots of a moment each."""

import cv2
import numpy as np
import pytest

from engine.commands import gallery
from engine.errors import UserError
from engine.window.views import NAMES


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(
        gallery, "SHOTS", {name: (turned, start, 0.15) for name, (turned, start, _) in gallery.SHOTS.items()}
    )


def test_every_view_is_on_the_sheet(short, tmp_path):
    file = str(tmp_path / "views.png")
    told = gallery.gallery(file)
    picture = cv2.imread(file)
    assert told.startswith(f"{len(NAMES)} views in {file}") and f"({picture.shape[1]}x{picture.shape[0]})" in told
    wide, high = gallery.SIZE[0] + gallery.GAP, gallery.SIZE[1] + gallery.FOOT
    for place, name in enumerate(NAMES):
        row, column = divmod(place, gallery.COLUMNS)
        top, left = gallery.GAP + row * high, gallery.GAP + column * wide
        tile = picture[top : top + gallery.SIZE[1], left : left + gallery.SIZE[0]]
        assert tile.max() > 60 and tile.std() > 3, name
        assert picture[top + gallery.SIZE[1] : top + high - gallery.GAP, left : left + 200].max() > 100, (
            f"the name of {name}"
        )


def test_a_file_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    for file in (str(tmp_path / "none" / "views.png"), str(tmp_path / "views.txt")):
        with pytest.raises(UserError, match="could not write"):
            gallery.gallery(file)


def test_a_sheet_has_room_for_an_odd_count():
    pictures = {str(number): np.full((9, 16, 3), 255, np.uint8) for number in range(3)}
    assert gallery.sheet(pictures).shape[0] == 2 * (gallery.SIZE[1] + gallery.FOOT) + gallery.GAP
