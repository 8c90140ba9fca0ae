"""Params: ranges, curves, and what turning them does."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UserError
from engine.parameters import CURVES, Knob, Param

wild = st.one_of(st.floats(), st.integers(), st.text(), st.none(), st.booleans())


def test_curves():
    assert Param(5, 0, 10).value(0.25) == 2.5
    assert Param(100, 10, 1000, curve="log").value(0.5) == pytest.approx(100)
    assert Param(2, 0, 4, curve="whole").value(0.6) == 2.0


@given(st.sampled_from(CURVES), st.integers(1, 50), st.integers(1, 50), st.floats(0, 1))
def test_a_knob_comes_back_to_where_it_was_put(curve, low, span, place):
    knob = Knob("speed", Param(low, low, low + span, curve=curve))
    knob.place(place)
    assert low <= knob.value <= low + span
    if curve != "whole":
        assert knob.normal == pytest.approx(place, abs=1e-9)


@given(wild, wild)
def test_no_value_from_outside_takes_a_knob_out_of_its_range(value, place):
    knob = Knob("speed", Param(1, 0, 2))
    knob.turn(value)
    knob.place(place)
    assert 0 <= knob.value <= 2 and math.isfinite(knob.value)


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
