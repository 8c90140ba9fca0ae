"""Folders: natural order, videos in turn, what cannot be played told once, and changes while it plays."""

from functools import partial

import pytest

from engine.capture.live import Live
from engine.capture.slideshow import SECONDS, Slideshow, natural
from engine.errors import UserError
from tests.footage import VirtualTime, level, write_film, write_picture

RATE = 30


def turns(show: Slideshow, count: int) -> list[tuple[float, int]]:
    """(moment, brightness) of the next pictures that differ from the one before."""
    seen = []
    while len(seen) < count:
        picture = show.read()
        told = int(round(picture.pixels.mean(), -1))
        if not seen or seen[-1][1] != told:
            seen.append((picture.moment, told))
    return seen


def test_numbers_in_names_count():
    names = ["img10.png", "img2.png", "Img1.png", "a.png", "img2b.png"]
    assert sorted(names, key=natural) == ["a.png", "Img1.png", "img2.png", "img2b.png", "img10.png"]


def test_pictures_and_videos_take_turns(tmp_path):
    for number, brightness in ((2, 50), (10, 150)):
        write_picture(tmp_path / f"img{number}.png", (brightness,) * 3)
    write_film(tmp_path / "img3.avi", [90, 100, 110], rate=10)
    (tmp_path / "notes.txt").write_text("not for you")
    seen = turns(Slideshow(str(tmp_path)), 7)
    assert [brightness for _, brightness in seen] == [50, 90, 100, 110, 150, 50, 90]
    assert [moment for moment, _ in seen] == pytest.approx([0, 5, 5.1, 5.2, 5.3, 10.3, 15.3])


def test_what_cannot_be_played_is_told_once_and_left_out(tmp_path):
    write_picture(tmp_path / "a.png", (50,) * 3)
    (tmp_path / "b.png").write_bytes(b"broken")
    show = Slideshow(str(tmp_path))
    assert show.notice == ""
    while show.moment < SECONDS + 1:
        show.read()
    assert show.notice == f"{tmp_path}/b.png is not a picture that can be read, or it is damaged"
    while show.moment < 40:
        show.read()
    assert show.notice == ""


def test_a_source_hands_on_what_its_reader_has_to_say(tmp_path):
    """A notice of a source that is fresh is shown too."""
    write_picture(tmp_path / "b.png", (50,) * 3)
    (tmp_path / "a.png").write_bytes(b"broken")
    clock = VirtualTime()
    live = Live("folder", partial(Slideshow, str(tmp_path)), clock, clock.wait)
    frame = next(live.frames())
    assert level(frame) == 50 and not live.stale and "a.png is not a picture" in live.notice


def test_the_folder_may_change_while_it_plays(tmp_path):
    for name, brightness in (("a", 50), ("c", 150)):
        write_picture(tmp_path / f"{name}.png", (brightness,) * 3)
    show = Slideshow(str(tmp_path))
    assert turns(show, 1) == [(0.0, 50)]
    write_picture(tmp_path / "b.png", (100,) * 3)
    assert [brightness for _, brightness in turns(show, 3)] == [50, 100, 150]
    (tmp_path / "a.png").unlink()
    assert [brightness for _, brightness in turns(show, 3)] == [150, 100, 150]
    for path in tmp_path.iterdir():
        path.unlink()
    with pytest.raises(UserError, match="has no pictures in it and no videos"):
        turns(show, 3)
