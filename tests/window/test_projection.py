"""A picture as a projector needs it."""

import numpy as np
import pytest

from engine.window.projection import project, soft_edges, test_card, turned_size

test_card.__test__ = False
STILL = np.zeros((4, 2))


def picture(size=(160, 90)) -> np.ndarray:
    """Four quarters in four colours."""
    width, height = size
    made = np.zeros((height, width, 3), np.uint8)
    made[: height // 2, : width // 2, 0] = 255
    made[: height // 2, width // 2 :, 1] = 255
    made[height // 2 :, width // 2 :, 2] = 255
    return made


def test_nothing_to_do_leaves_the_picture_as_it_is():
    assert np.array_equal(project(picture(), (160, 90), "0", STILL, 0.0), picture())


@pytest.mark.parametrize("turn, corner", [("90", (0, -1)), ("180", (-1, -1)), ("270", (-1, 0))])
def test_a_turn_brings_the_red_corner_round(turn, corner):
    size = (90, 160) if turn != "180" else (160, 90)
    made = picture(turned_size(size, turn))
    turned = project(made, size, turn, STILL, 0.0)
    assert turned.shape[1::-1] == size and (turned[corner] == (255, 0, 0)).all()


def test_corners_are_pulled_where_they_are_wanted():
    corners = np.array([[0.25, 0.25], [-0.25, 0.25], [-0.25, -0.25], [0.25, -0.25]])
    pulled = project(picture(), (160, 90), "0", corners, 0.0)
    assert not pulled[:20].any() and not pulled[:, :38].any() and (pulled[30, 60] == (255, 0, 0)).all()
    assert (pulled[60, 100] == (0, 0, 255)).all()
    one = project(picture(), (160, 90), "0", np.array([[0.3, 0.3], [0, 0], [0, 0], [0, 0]]), 0.0)
    assert not one[2, 2].any() and one[-2, -2].any() and one[2, -4].any()


def test_a_soft_mask_is_dark_at_the_edge_and_full_within():
    white = np.full((90, 160, 3), 255, np.uint8)
    masked = project(white, (160, 90), "0", STILL, 0.2)[..., 0].astype(int)
    assert masked[45, 0] == 0 and masked[0, 80] == 0 and masked[45, 80] == 255 and masked[45, 18:142].min() >= 250
    assert (np.diff(masked[45, :18]) >= 0).all() and 100 < masked[45, 9] < 155
    assert soft_edges((90, 160), 0.5)[45, 80, 0] >= 250


@pytest.mark.parametrize("size", [(1, 1), (320, 240), (1080, 1920), (3840, 2160)])
def test_a_card_shows_the_display_its_edges_and_its_corners(size):
    card = test_card(size, "display 1: 1920x1080")
    assert card.shape == (*size[::-1], 3)
    if min(size) > 100:
        assert (card[1, size[0] // 2] == (236, 232, 226)).all() and (card[5, 5] == (255, 60, 60)).all()
        assert (card[-5, -5] == (80, 120, 255)).all() and card[size[1] // 2 - 10 : size[1] // 2 + 10].max() > 200


def test_a_display_of_a_long_name_is_named_within_the_circle():
    short, long = (test_card((1280, 720), f"display 1: {name} 1280x720")
                   for name in ("HDMI", "A projector by somebody"))
    for card in (short, long):
        changed = np.argwhere((card != test_card((1280, 720), "i")).any(2))[:, 1]
        assert 640 - 320 < changed.min() < 640 < changed.max() < 640 + 320
