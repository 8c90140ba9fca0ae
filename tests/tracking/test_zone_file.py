"""Zones stay where they were moved to, and no file of any kind ends a show."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import Line, Zone
from engine.errors import UserError
from engine.tracking.zone_file import keep_zones, place_zones, zone_file

MOVED = ((0.0, 0.5), (0.2, 0.5), (0.2, 1.0), (0.0, 1.0))


def zones():
    return {"door": Zone(0, 0.4, 0.2, 1), "line": Line(0, 0, 1, 1)}


def test_a_moved_zone_is_kept_beside_the_patch(tmp_path):
    file = zone_file(tmp_path / "mine.py")
    assert file.name == "mine.zones.json"
    place_zones(file, zones())
    moved = zones()
    moved["door"].place(MOVED)
    keep_zones(file, moved)
    again = zones()
    place_zones(file, again)
    assert again["door"].points == MOVED and again["line"].points == ((0, 0), (1, 1))
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine.zones.json"]


def test_a_new_declaration_wins_over_an_old_place(tmp_path):
    file, moved = tmp_path / "mine.zones.json", zones()
    moved["door"].place(MOVED)
    keep_zones(file, moved)
    edited = {"door": Zone(0.5, 0.4, 0.7, 1)}
    place_zones(file, edited)
    assert edited["door"].points[0] == (0.5, 0.4)


@pytest.mark.parametrize("text", [
    "", "[]", "5", '{"door": 5}', '{"door": {"declared": [[0, 0.4], [0.2, 0.4], [0.2, 1], [0, 1]]}}', "[" * 5000,
    '{"door": {"declared": [[0, 0.4], [0.2, 0.4], [0.2, 1], [0, 1]], "placed": [[0, 0]]}}', "\\xff", " " * 1_000_001,
])  # fmt: skip
def test_what_is_no_such_file_is_refused_in_a_line(tmp_path, text):
    file = tmp_path / "mine.zones.json"
    file.write_text(text, "latin-1")
    with pytest.raises(UserError, match="tells no zones") as wrong:
        place_zones(file, zones())
    assert "\n" not in str(wrong.value) and len(str(wrong.value)) < 300


anything = st.recursive(st.none() | st.floats() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(
    st.sampled_from(["door", "declared", "placed", "x"]), inner), max_leaves=12)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(anything)
def test_any_json_places_zones_or_is_refused(tmp_path, data):
    file = tmp_path / "mine.zones.json"
    file.write_text(json.dumps(data))
    try:
        place_zones(file, zones())
    except UserError:
        pass


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(UserError, match="cannot be written"):
        keep_zones(tmp_path / "none" / "mine.zones.json", zones())
