"""Frames compiled: the same bytes as python-osc's builder, whatever the numbers are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cues import Osc
from engine.osc.encoding import BUNDLE, datagrams, message
from engine.osc.frame_template import FrameTemplate, piece
from engine.osc.profiles.profile import Profile
from engine.values import EngineStatus
from tests.osc.test_encoding import ADDRESS, FLOATS, INTS, TEXT, built
from tests.scenes import scene

NAN, INF = float("nan"), float("inf")
COLUMNS = 11
NOBODY = np.zeros((0, COLUMNS))
pieces = st.lists(
    st.lists(st.tuples(ADDRESS, st.text("ifs", max_size=4)), min_size=1, max_size=3), min_size=1, max_size=4
)


@given(pieces, st.booleans(), st.integers(0, 2), st.integers(1200, 1432), st.data())
def test_a_frame_is_the_builders_messages_byte_for_byte(pieces, trailed, rows, limit, data):
    """Every message says strings, and numbers drawn from the row and from the table, in any order and number."""
    whole = [data.draw(INTS) for _ in range(3)], data.draw(st.lists(INTS, min_size=11 * rows, max_size=11 * rows))
    row, table = [*whole[0], data.draw(FLOATS)], np.array(whole[1], float).reshape(rows, COLUMNS)
    known = row + whole[1]
    choices = {
        "i": st.sampled_from([n for n in range(len(known)) if n != 3]),
        "f": st.sampled_from(range(len(known))),
        "s": TEXT,
    }
    frame, said = [], []
    for messages in pieces:
        frame.append([])
        said.append([])
        for address, types in messages:
            arguments = [data.draw(choices[kind] | st.none() if kind != "s" else TEXT) for kind in types]
            values = [
                value if kind == "s" else {"i": int, "f": float}[kind](0 if value is None else known[value])
                for kind, value in zip(types, arguments, strict=True)
            ]
            frame[-1].append((address, types, arguments))
            said[-1].append(built(address, *values))
    pieces = [b"".join([len(message).to_bytes(4) + message for message in each]) for each in said]
    trailer, end = (frame.pop(), pieces.pop()) if trailed and len(frame) > 1 else ((), b"")
    compiled = [piece(*told) for told in frame]
    shape = FrameTemplate(limit, len(row), *compiled, trailer=piece(*trailer))
    parts = shape(row, table)
    assert (parts, 0) == datagrams(pieces[0], pieces[1:], limit, True, end)
    assert all(len(part) <= limit for part in parts)
    assert shape.pieces(parts) == (pieces[0], pieces[1:], end)


@pytest.mark.parametrize(("kind", "value", "sent"), [
    ("f", NAN, 0.0), ("f", INF, 0.0), ("f", -INF, 0.0), ("f", 1e39, 0.0), ("f", -3e38, -3e38), ("f", 5e-324, 0.0),
    ("i", NAN, 0), ("i", INF, 2**31 - 1), ("i", -INF, -(2**31)), ("i", 2**40, 2**31 - 1), ("i", -(2**70), -(2**31)),
    ("i", -1, -1), ("i", -(2**31), -(2**31)), ("i", 2**31 - 1, 2**31 - 1), ("i", True, 1), ("i", 2.75, 2),
])  # fmt: skip
def test_a_number_that_does_not_fit_is_mended_and_its_neighbours_are_left_alone(kind, value, sent):
    shape = FrameTemplate(1000, 3, piece(("/a", "f" + kind + "i", (0, 1, 2))), piece(("/b", kind, [2]))._replace(at=3))
    parts = shape([0.5, value, 7], np.array([[1, 2, value, *range(8)]], float))
    assert shape.pieces(parts) == (message("/a", 0.5, sent, 7), [message("/b", sent)], b"")


def test_a_piece_that_fits_into_no_datagram_is_left_out_and_counted():
    big = piece(("/big", "s" * 30, ["x" * 40] * 30))
    shape = FrameTemplate(1000, 1, piece(("/frame", "f", [0])), piece(("/a", "i", [0])), big, piece(("/b", "i", [0])))
    parts = shape([5], NOBODY)
    assert shape.pieces(parts) == (message("/frame", 5.0), [message("/a", 5), message("/b", 5)], b"")
    assert shape.lost == 1 and FrameTemplate(1432, 0, piece()).lost == 0

    class Talkative(Profile):
        def frames(self, scene, status):
            return [(shape, [5], NOBODY)]

    for cues in (), (Osc("/cue", 1),):
        profile = Talkative(limit=1000)
        assert b"".join(profile(scene(), EngineStatus(), cues)).count(b"/b\0\0,i") == 1
        assert profile.lost == 1 and "1 messages not sent" in profile.notice


def test_a_frame_stays_as_it_was_when_the_next_is_filled():
    shape = FrameTemplate(1000, 1, piece(("/a", "f", [0])))
    first = shape([0.25], NOBODY)
    assert (shape([0.5], NOBODY), first) == ([BUNDLE + message("/a", 0.5)], [BUNDLE + message("/a", 0.25)])
