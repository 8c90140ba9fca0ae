"""The encoder: the same bytes as python-osc's builder, within the limits of every receiver."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from engine.errors import UserError
from engine.osc.encoding import BUNDLE, HEADS, cut, datagrams, head, message

INTS = st.integers(-(2**31) + 1, 2**31 - 1)  # the builder takes -(2**31) for a 64-bit number
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
ADDRESS = st.from_regex(r"(/[a-z0-9_.-]{1,12}){1,4}", fullmatch=True)


def built(address: str, *arguments) -> bytes:
    """A message by python-osc."""
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)
    return builder.build().dgram


@given(ADDRESS, st.lists(INTS | FLOATS | TEXT, max_size=12))
def test_messages_are_the_builders_byte_for_byte(address, arguments):
    element = message(address, *arguments)
    assert element[4:] == built(address, *arguments)
    assert struct.unpack(">i", element[:4])[0] == len(element) - 4


def test_numpy_scalars_and_bools_are_plain_numbers():
    numbers = np.float32(0.5), np.float64(0.25), np.int64(-3), np.uint8(200), np.bool_(True), np.str_("ja"), False
    assert message("/a", *numbers)[4:] == built("/a", 0.5, 0.25, -3, 200, 1, "ja", 0)


@pytest.mark.parametrize("word", ["", "with text"])
@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (float("nan"), 0.0),
        (float("inf"), 0.0),
        (float("-inf"), 0.0),
        (1e39, 0.0),
        (np.float32("nan"), 0.0),
        (2**31, 2**31 - 1),
        (-(10**400), -(2**31)),
        (np.uint64(2**64 - 1), 2**31 - 1),
    ],
)
def test_numbers_that_do_not_fit_are_mended(value, sent, word):
    rest = (0.5, word) if word else (0.5,)
    element = message("/a", value, *rest)
    assert OscMessage(element[4:]).params == [sent, *rest]
    assert len(element) == len(message("/a", type(sent)(1), *rest))


def test_numbers_whose_bytes_begin_like_those_of_nan_stay_as_they_are():
    numbers = -1, -(2**24), 2**31 - 1, 2e38, -3e38
    assert message("/a", *numbers)[4:] == built("/a", *numbers)


def test_strings_end_at_a_nul_and_lone_surrogates_become_question_marks():
    assert message("/a", "left\0right", "\ud800")[4:] == built("/a", "left", "?")


@pytest.mark.parametrize(
    "address", ["", "/", "drum", "/two words", "/drum/", "//drum", "/dr*m", "/größe", "/a\n", "/{a,b}"]
)
def test_an_address_nobody_would_understand_is_wrong(address):
    with pytest.raises(UserError, match="an osc address is"):
        message(address, 1)


@pytest.mark.parametrize("argument", [None, (1, 2), b"raw", np.zeros(3), 1j, np.complex64(1)])
def test_an_argument_that_osc_has_no_type_for_is_wrong(argument):
    with pytest.raises(UserError, match="an osc argument is"):
        message("/a", argument)


def test_ever_new_addresses_do_not_grow_memory():
    for number in range(3 * HEADS):
        message(f"/new/{number}", 1.0)
    assert head.cache_info().currsize == HEADS


@given(st.lists(st.integers(0, 400), max_size=40), st.integers(0, 150), st.integers(1000, 1432), st.booleans())
def test_a_frame_is_split_without_loss_and_each_part_has_the_header(sizes, ids, limit, bundle):
    header = message("/frame", 7) + message("/alive", *range(ids))
    body = [message(f"/body/{number}", *[0.5] * size) for number, size in enumerate(sizes)]
    parts, lost = datagrams(header, body, limit, bundle)
    assert all(len(part) <= limit for part in parts)
    assert lost == sum(len(element) - 4 > limit for element in body)
    whole = [part for part in parts if part.startswith(BUNDLE)]
    alone = [part for part in parts if not part.startswith(BUNDLE)]
    if bundle:
        assert whole and all(part.startswith(BUNDLE + header) for part in whole)
        said = [element for part in whole for element in cut(part[len(BUNDLE + header) :])]
        assert [element for element in body if element in said] == said
        assert sorted(said + [struct.pack(">i", len(part)) + part for part in alone]) == sorted(
            element for element in body if len(element) - 4 <= limit
        )
    else:
        assert not whole
        elements = [element for piece in (header, *body) for element in cut(piece)]
        assert alone == [element[4:] for element in elements if len(element) - 4 <= limit]


@pytest.mark.parametrize("size", [-4, -1, 3, 8, 2**31 - 1])
def test_a_piece_whose_sizes_make_no_sense_is_refused(size):
    with pytest.raises(ValueError, match="an element of"):
        list(cut(struct.pack(">i", size) + b"/a\0\0"))
