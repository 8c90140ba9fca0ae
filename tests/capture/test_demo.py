"""The demo and the test card: what they show when, evenly, and always the same."""

import re

import cv2
import numpy as np
import pytest
from skimage import data

from engine.capture.demo import HEIGHT, PERIOD, PRINTS, WALL_HEIGHT, WALL_WIDTH, WIDTH, Demo
from engine.capture.test_card import Card

FRAME = 1 / 30


@pytest.fixture(scope="module")
def demo() -> Demo:
    return Demo()


def seconds(start: float, end: float) -> np.ndarray:
    return np.arange(start, end + 1e-9, 0.1)


def promised(name: str) -> list[tuple[float, float]]:
    """When the docstring says that a print is close, wholly in view and out of view, as (start, end) in seconds."""
    line = re.search(rf"^ *{name} .*$", Demo.__doc__, re.MULTILINE)[0]
    return [(float(start), float(end)) for start, end in re.findall(r"([\d.]+) to ([\d.]+) s", line)]


def outline(demo: Demo, name: str) -> Demo:
    """The same camera before a black wall where only the one print is, in white."""
    x, y, width, height, *_ = PRINTS[name]
    bare = Demo.__new__(Demo)
    bare.times, bare.views, bare.slopes = demo.times, demo.views, demo.slopes
    bare.wall = np.zeros((WALL_HEIGHT, WALL_WIDTH, 3), np.uint8)
    bare.wall[y - height // 2 : y + height // 2, x - width // 2 : x + width // 2] = 255
    return bare


@pytest.mark.parametrize("name", PRINTS)
def test_each_photograph_enters_and_leaves_as_the_schedule_says(demo, name):
    only = outline(demo, name)
    close, whole, out = promised(name)
    assert close[1] - close[0] >= 5
    for t in seconds(*close):
        rows = only.picture(t).any(axis=(1, 2)).sum()
        assert 0.5 * HEIGHT < rows < 0.8 * HEIGHT, t
    for t in seconds(*whole):
        seen = only.picture(t)
        assert seen.any() and not (seen[0].any() or seen[-1].any() or seen[:, 0].any() or seen[:, -1].any()), t
    for t in seconds(*out):
        assert not only.picture(t).any(), t


def test_half_way_two_are_in_view(demo):
    for t in (7.5, 17.5, 27.5, 37.5):
        in_view = [name for name in PRINTS if outline(demo, name).picture(t).mean() > 15]
        assert len(in_view) == 2, t


def test_it_moves_evenly_and_is_never_still_for_long(demo):
    corners = np.array([(x, y) for x in (-0.5, 0.5) for y in (-0.375, 0.375)])

    def motion(t: float) -> np.ndarray:
        """How far what is in the corners of the picture moves until the next frame, in pixels of the picture."""
        before, after = demo.view(t), demo.view(t + FRAME)
        on_wall = before[:2] + corners * before[2]
        return ((on_wall - after[:2]) / after[2] - corners) * WIDTH

    steps = np.array([motion(k * FRAME) for k in range(int(PERIOD * 30))])
    assert np.abs(steps).max() < 8
    assert np.abs(np.diff(steps, axis=0)).max() < 0.6
    quiet = np.abs(steps).max(axis=(1, 2)) < 0.02
    assert max(map(len, re.findall("1+", "".join("01"[int(q)] for q in quiet))), default=0) < 30


def test_the_camera_never_looks_past_the_wall(demo):
    for t in seconds(0, PERIOD):
        x, y, width = demo.view(t)
        assert width / 2 < x < WALL_WIDTH - width / 2
        assert width * 0.375 < y < WALL_HEIGHT - width * 0.375


def test_the_photographs_are_shown_upright_in_their_own_colours(demo):
    for name, (x, y, width, height, *_) in PRINTS.items():
        t = promised(name)[0][1]
        scale = WIDTH / demo.view(t)[2]
        centre = np.array([WIDTH / 2, HEIGHT / 2]) + (np.array([x, y]) - demo.view(t)[:2]) * scale
        size = round(width * scale / 2), round(height * scale / 2)
        inner = cv2.getRectSubPix(demo.picture(t), size, tuple(centre - 0.5))
        photograph = cv2.resize(getattr(data, name)(), (2 * size[0], 2 * size[1]), interpolation=cv2.INTER_AREA)
        photograph = photograph.reshape(2 * size[1], 2 * size[0], -1)
        wanted = photograph[size[1] // 2 :, size[0] // 2 :][: size[1], : size[0]]
        assert np.abs(inner.astype(int) - wanted).mean() < 8, name


@pytest.mark.parametrize("drawing", [Demo, Card])
def test_a_picture_is_a_function_of_time(drawing):
    one, two = drawing(), drawing()
    later = [one.picture(t) for t in (3.0, 17.5, 39.9)]
    assert all(np.array_equal(two.picture(t), seen) for t, seen in reversed(list(zip((3.0, 17.5, 39.9), later))))
    assert later[0].shape == (480, 640, 3) and later[0].dtype == np.uint8 and later[0].flags.c_contiguous
    assert not np.array_equal(later[0], later[1])


def test_the_demo_comes_round(demo):
    assert np.array_equal(demo.picture(5.0), demo.picture(5.0 + 1000 * PERIOD))


def test_the_test_card_marks_every_edge():
    picture = Card().picture(0.5)
    edges = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    assert (edges == 255).all()


def test_the_test_cards_hand_turns_once_in_four_seconds():
    card = Card()
    orange = (255, 96, 48)
    for t, (x, y) in {0.0: (320, 48), 1.0: (512, 240), 2.0: (320, 432), 3.0: (128, 240), 4.0: (320, 48)}.items():
        rows, columns = np.nonzero((card.picture(t) == orange).all(axis=2))
        assert abs(columns.mean() - x) < 3 and abs(rows.mean() - y) < 3, t
