import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygame import Rect

from engine.window.layout import arrange, within

sizes = st.tuples(st.integers(320, 4000), st.integers(240, 4000))
shapes = st.floats(0.4, 2.5)


def test_the_page_it_was_drawn_for():
    layout = arrange((1280, 720), "wall", True, 4 / 3)
    assert layout.main == Rect(16, 16, 944, 688) and layout.panel == Rect(976, 16, 288, 688)
    assert layout.inset == Rect(976, 16, 288, 216) and not layout.strip
    assert layout.scale == 1 and layout.pixels(15) == 15 and layout.pixels(0.1, 11) == 11


def test_without_text_the_picture_has_the_window():
    layout = arrange((1280, 720), "wall", False, 4 / 3)
    assert layout.main == Rect(0, 0, 1280, 720) and not layout.panel
    assert layout.inset.right == 1264 and layout.inset.bottom == 704


@given(sizes, st.sampled_from(("wall", "camera", "unit")), st.booleans(), shapes)
def test_everything_is_inside_and_only_an_inset_without_text_lies_over_something(size, view, text, aspect):
    layout = arrange(size, view, text, aspect)
    there = [rect for rect in (layout.main, layout.strip, layout.panel) if rect]
    for rect in there + [layout.inset]:
        assert Rect(0, 0, *size).contains(rect)
    for one in there:
        assert not any(one.colliderect(other) for other in there if other is not one)
    if text and layout.inset:
        assert layout.panel.contains(layout.inset)
    assert bool(layout.strip) == (view == "camera")


@given(sizes, shapes)
def test_pictures_keep_their_shape(size, aspect):
    area = Rect(7, 9, *size)
    rect = within(area, aspect)
    assert area.contains(rect) and rect.width / rect.height == pytest.approx(aspect, rel=0.02)
    assert rect.width == area.width or rect.height == area.height
