import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygame import Rect

from engine.window.layout import arrange, within

sizes = st.tuples(st.integers(320, 4000), st.integers(240, 4000))
shapes = st.floats(0.4, 2.5)


def test_the_page_it_was_drawn_for():
    layout = arrange((1280, 720), True, 4 / 3)
    assert layout.main == Rect(0, 0, 960, 720) and layout.panel == Rect(976, 16, 288, 688)
    assert layout.inset == Rect(976, 16, 288, 216) and not arrange((1280, 720), True, 4 / 3, inset=False).inset
    assert layout.scale == 1 and layout.pixels(15) == 15 and layout.pixels(0.1, 11) == 11


def test_without_text_the_picture_has_the_window():
    layout = arrange((1280, 720), False, 4 / 3)
    assert layout.main == Rect(0, 0, 1280, 720) and not layout.panel and not layout.inset


def test_a_portrait_window_is_mostly_picture():
    layout = arrange((1080, 1920), True, 4 / 3)
    assert layout.main.width == 1080 and layout.main.height >= 0.7 * 1920 and layout.panel.top >= layout.main.bottom
    assert arrange((1080, 1920), False, 4 / 3).main == Rect(0, 0, 1080, 1920)


def test_big_words_are_big():
    usual, big = arrange((1280, 720), True, 4 / 3), arrange((1280, 720), True, 4 / 3, big=True)
    assert big.pixels(14) * 0.7 >= 720 * 14.5 / 300, "capitals of 14.5 mm where the screen is 30 cm high"
    assert big.panel.width > 2 * usual.panel.width and not big.inset


@given(sizes, st.booleans(), shapes, st.booleans(), st.booleans())
def test_everything_is_inside_and_nothing_lies_over_another(size, text, aspect, inset, big):
    layout = arrange(size, text, aspect, inset, big)
    there = [rect for rect in (layout.main, layout.panel) if rect]
    for rect in there + [layout.inset]:
        assert Rect(0, 0, *size).contains(rect)
    for one in there:
        assert not any(one.colliderect(other) for other in there if other is not one)
    if layout.inset:
        assert layout.panel.contains(layout.inset)


@given(sizes, shapes)
def test_pictures_keep_their_shape(size, aspect):
    area = Rect(7, 9, *size)
    rect = within(area, aspect)
    assert area.contains(rect) and rect.width / rect.height == pytest.approx(aspect, rel=0.02)
    assert rect.width == area.width or rect.height == area.height
