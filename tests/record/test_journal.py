"""The journal: all comes back exactly, whatever happens to the file's end, and damage is left out."""

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import UserError
from engine.record.journal import NAME, Journal, line
from tests.record.shows import recorded, show

HEADER = {"neocog": 1, "began": "now", "patch": "tide", "source": "demo", "classes": ("person",), "targets": ()}


@lru_cache
def told() -> list[tuple]:
    """The entries of a short show."""
    return [("turn", 7.0, 1, 30.0, False, True), *recorded(show(0.5)), ("close", 8.25)]


@lru_cache
def content() -> bytes:
    """The journal that says them."""
    return "".join(map(line, [HEADER, *told()])).encode()


def journal(folder, content: bytes) -> Journal:
    (folder / NAME).write_bytes(content)
    return Journal(folder)


def test_all_comes_back_exactly(tmp_path):
    read = journal(tmp_path, content())
    found = list(read)
    assert read.header == HEADER and read.damaged == 0
    assert list(map(repr, found)) == list(map(repr, told()))
    scene, was = found[-3][2], told()[-3][2]
    assert np.array_equal(scene.tracks.numbers, was.tracks.numbers) and len(was.tracks)
    assert scene.embedding.dtype == was.embedding.dtype and np.array_equal(scene.embedding, was.embedding)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_cut_off_anywhere_it_plays_up_to_there(tmp_path, data):
    whole = content()
    left = whole[:data.draw(st.integers(whole.index(b"\n") + 1, len(whole)))]
    read = journal(tmp_path, left)
    assert len(list(read)) == left.count(b"\n") - 1 and read.damaged == 0


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_byte_costs_a_line_and_is_counted(tmp_path, data):
    whole = content()
    place = data.draw(st.integers(whole.index(b"\n") + 1, len(whole) - 2))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[place]))
    read = journal(tmp_path, whole[:place] + bytes([other]) + whole[place + 1:])
    found, lines = list(map(repr, read)), list(map(repr, told()))
    assert set(found) <= set(lines) and len(lines) - 2 <= len(found) < len(lines) and 1 <= read.damaged <= 2


@pytest.mark.parametrize("content", [b"", b"\n", b"dear diary\n", b"{}\n", line({"neocog": 1})[:-5].encode(),
                                     line([1]).encode(), b"\xff\xfe\0\0"])
def test_what_is_no_journal_is_said(tmp_path, content):
    with pytest.raises(UserError, match="is no recording that can be read"):
        journal(tmp_path, content)


def test_another_version_and_no_folder_are_said(tmp_path):
    with pytest.raises(UserError, match="version 2: this neocog plays version 1"):
        journal(tmp_path, line({**HEADER, "neocog": 2}).encode())
    with pytest.raises(UserError, match="no recording"):
        Journal(tmp_path / "nothing")


def test_what_no_scene_holds_is_not_written():
    with pytest.raises(TypeError, match="holds no set"):
        line(("tick", {1.0}))
