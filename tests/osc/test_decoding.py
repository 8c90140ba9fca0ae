"""OSC as it arrives: what python-osc writes is read alike, and every type of the specification."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage

from engine.osc.decoding import decode
from tests.osc.test_encoding import ADDRESS, FLOATS, INTS, TEXT, built


@given(ADDRESS, st.lists(INTS | FLOATS | TEXT | st.binary(min_size=1, max_size=9) | st.booleans(), max_size=12))
def test_messages_are_read_as_they_were_written(address, arguments):
    data = built(address, *arguments)
    assert decode(data) == [(address, arguments)] == [(address, OscMessage(data).params)]


def test_every_type_is_read_and_none_moves_the_ones_behind_it():
    types = b",hdtrmcSTFNI[ii]f\0"
    data = b"/all\0\0\0\0" + types + bytes(-len(types) % 4)
    data += (
        struct.pack(">qdQIII", -5, 0.25, 7, 0x01020304, 0x00903C7F, ord("x"))
        + b"sym\0"
        + struct.pack(">iif", 1, 2, 0.5)
    )
    assert decode(data) == [
        ("/all", [-5, 0.25, 7, 0x01020304, b"\0\x90<\x7f", 120, "sym", True, False, None, True, 1, 2, 0.5])
    ]


@pytest.mark.parametrize("data", [b"/panic\0\0", b"/panic\0\0,\0\0\0"])
def test_a_message_without_arguments_may_lack_its_type_tags(data):
    assert decode(data) == [("/panic", [])]
