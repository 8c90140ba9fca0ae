"""One parameter: ranges, curves, and what turning it does."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UserError
from engine.parameter import CURVES, Choice, Number, Param, Switch

wild = st.one_of(st.floats(), st.integers(), st.text(), st.none(), st.booleans())


def test_curves():
    assert Param(5, 0, 10).value(0.25) == 2.5
    assert Param(100, 10, 1000, curve="log").value(0.5) == pytest.approx(100)
    assert Param(2, 0, 4, curve="whole").value(0.6) == 2.0


@given(st.sampled_from(CURVES), st.integers(1, 50), st.integers(1, 50), st.floats(0, 1))
def test_a_number_comes_back_to_where_it_was_put(curve, low, span, place):
    number = Number("patch/speed", "", Param(low, low, low + span, curve=curve))
    number.place(place)
    assert low <= number.value <= low + span
    if curve != "whole":
        assert number.normal == pytest.approx(place, abs=1e-9)


@given(wild, wild)
def test_no_value_from_outside_takes_a_number_out_of_its_range(value, place):
    number = Number("patch/speed", "", Param(1, 0, 2))
    for take, sent in ((number.take, value), (number.place, place)):
        with contextlib.suppress(UserError):
            take(sent)
    assert 0 <= number.value <= 2 and math.isfinite(number.value)


@pytest.mark.parametrize("arguments, said", [
    ((5, 0, 1), "low <= default <= high"),
    ((0, 0, 0), "low < high"),
    ((math.nan,), "finite"),
    (("loud",), "finite"),
    ((0, 0, 1, "", "log"), "low above 0"),
    ((1, 0.5, 2, "", "whole"), "whole low and high"),
    ((0, 0, 1, "", "exponential"), "linear, log, whole"),
])
def test_a_wrong_param_says_what_is_wrong(arguments, said):
    with pytest.raises(UserError, match=said):
        Param(*arguments)


def test_a_switch_is_said_as_on_or_off():
    assert [str(Switch("view/boxes", "", value)) for value in (True, False)] == ["on", "off"]


def test_a_choice_stands_where_its_word_stands_among_the_words():
    words = ("wall", "camera", "unit")
    assert [Choice("view/name", "", word, words).normal for word in words] == [0.0, 0.5, 1.0]
    assert Choice("view/layer", "", "conv1", ()).normal == 0.0
