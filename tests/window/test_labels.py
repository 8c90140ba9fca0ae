"""Words that stand in a picture: all of each in it, and none over another while there is room."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from engine.window.views.labels import Labels

SIDE = st.floats(-500, 2500)
WIDE, HIGH = st.floats(1, 400), st.floats(1, 60)


@given(st.lists(st.tuples(SIDE, SIDE, WIDE, HIGH), max_size=9))
def test_all_words_are_in_the_picture_and_none_is_over_another(words):
    labels = Labels((1920, 1080))
    placed = [(*labels(*word), *word[2:]) for word in words]
    for left, top, width, height in placed:
        assert 0 <= left <= 1920 - width and 0 <= top <= 1080 - height
    for (left, top, width, height), (x, y, wide, high) in combinations(placed, 2):
        beside = left >= x + wide or x >= left + width
        assert beside or top + height <= y or y + high <= top


def test_words_stay_where_they_are_meant_to_be_and_go_the_shortest_way():
    labels = Labels((400, 300))
    assert labels(50, 100, 80, 20) == (50, 100)
    assert labels(60, 90, 80, 20) == (60, 80), "ten up, not thirty down"
    assert labels(200, 95, 80, 20) == (200, 95), "there is nobody"


def test_a_picture_that_is_full_has_words_over_words():
    labels = Labels((100, 30))
    assert labels(0, 0, 100, 30) == labels(0, 0, 100, 30) == (0, 0)
