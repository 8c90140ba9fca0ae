"""Devices are meant by number, by line, by name or by a part of it."""

import pytest

from engine.choosing import Missing, choose, matching
from engine.errors import UserError

THERE = {0: "Synth:Synth MIDI 1 24:0", 1: "Synth:Synth MIDI 10 24:1", 3: "2", 7: "Through", 8: "Twin", 9: "Twin"}


@pytest.mark.parametrize("wanted,number", [
    ("0", 0), ("2", 3), ("7: Through", 7), ("synth midi 10", 1), ("Synth:Synth MIDI 1", 0), ("midi 1", 0), ("THROU", 7),
    ("9", 9), ("8: Twin", 8)])
def test_a_number_a_name_a_line_or_a_part(wanted, number):
    assert choose(wanted, THERE, "midi output") == number


def test_who_is_meant_by_none_or_by_many_gets_the_choices():
    told = "'synth' fits more than one midi output: 0: Synth:Synth MIDI 1 24:0, 1: Synth:"
    with pytest.raises(UserError, match=told):
        choose("synth", THERE, "midi output")
    with pytest.raises(UserError, match="'Twin' fits more than one midi output: 8: Twin, 9: Twin; give a number"):
        choose("Twin", THERE, "midi output")
    with pytest.raises(Missing, match="no midi input is called 'x': give the number or a part of 0: Synth"):
        choose("x", THERE, "midi input")
    with pytest.raises(Missing, match="no midi input is called '0', there is none at all: connect one, or name none"):
        choose("0", {}, "midi input")
    assert matching("", THERE) == []


def test_a_number_that_is_not_there_is_not_found_in_a_larger_one():
    """Of one display, 1280x720, none is called 1: the audience would have looked at the operator's page."""
    displays = {0: "1280x720"}
    for wanted in ("1", "2", "72", "128"):
        with pytest.raises(Missing, match=f"no display is called '{wanted}': give the number or a part of 0: 1280x720"):
            choose(wanted, displays, "display")
    assert choose("0", displays, "display") == choose("1280", displays, "display") == choose("x7", displays, "x") == 0
