"""Microtuning: Scala files as their specification has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UserError
from engine.voice.tuning import EQUAL, read_scala

JUST = """! just.scl
!
A just scale
 7
!
 9/8
 5/4   a third
 4/3
 701.955 cents
 5/3
 15/8
 2
"""


def scale(path, text):
    path.write_text(text)
    return read_scala(str(path))


@given(st.floats(0, 127))
def test_equal_temperament_leaves_every_note_where_it_is(note):
    assert EQUAL.pitch(note) == pytest.approx(note)


def test_a_just_scale_has_its_seven_degrees_in_every_octave(tmp_path):
    just = scale(tmp_path / "just.scl", JUST)
    assert just.name == "A just scale"
    assert [just.pitch(note) for note in (60, 61, 62, 64, 67, 53)] == pytest.approx(
        [60, 62.0391, 63.8631, 67.01955, 72, 48], abs=1e-4)
    assert just.pitch(60.5) == pytest.approx((60 + 62.0391) / 2, abs=1e-4)


def test_a_scale_need_not_repeat_at_the_octave(tmp_path):
    assert scale(tmp_path / "a.scl", "Bohlen-Pierce\n1\n3/1\n").pitch(62) == pytest.approx(60 + 2 * 19.01955, abs=1e-4)


@pytest.mark.parametrize("text", ["", "a\nb\n", "a\n2\n2/1\n", "a\n1\n0/1\n", "a\n1\n2/0\n", "a\n0\n",
                                  "a\n1\n-100.0\n", "a\n1\nx\n"])
def test_what_is_no_scale_gets_a_sentence(tmp_path, text):
    with pytest.raises(UserError, match="is no scala file|holds"):
        scale(tmp_path / "a.scl", text)
    with pytest.raises(UserError, match="no scala file"):
        read_scala(str(tmp_path / "b.scl"))
