"""Zones stay where they were moved to, and no file of any kind ends a show."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import Line, Zone
from engine.tracking.zone_file import ZoneFile

DECLARED = [[0, 0.4], [0.2, 0.4], [0.2, 1], [0, 1]]


def zones():
    return {"door": Zone(0, 0.4, 0.2, 1), "line": Line(0, 0, 1, 1), "cut": Zone((0, 0), (0.5, 0), (0, 0.5))}


def move(zone, **sides):
    for side, value in sides.items():
        zone.places[side].take(value)


def opened(folder):
    """The zones of a patch in this folder, and their file."""
    made = zones()
    return made, ZoneFile(folder / "mine.py", made)


def test_moved_zones_are_kept_beside_the_patch_once_they_rest(tmp_path):
    moved, file = opened(tmp_path)
    file.follow(0.0)
    move(moved["door"], top=0.5)
    move(moved["line"], x1=0.25)
    for now in (0.1, 0.5, 1.0):
        file.follow(now)
    assert list(tmp_path.iterdir()) == []
    move(moved["cut"], y3=0.75)
    file.follow(1.125)
    file.follow(2.0)
    assert list(tmp_path.iterdir()) == []
    file.follow(2.125)
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine.zones.json"] and file.trouble == ""
    again, _ = opened(tmp_path)
    assert again["door"].points == ((0, 0.5), (0.2, 0.5), (0.2, 1), (0, 1))
    assert again["line"].points == ((0.25, 0), (1, 1)) and again["cut"].points == ((0, 0), (0.5, 0), (0, 0.75))


def test_zones_back_where_they_were_declared_leave_no_file(tmp_path):
    moved, file = opened(tmp_path)
    move(moved["door"], left=0.1)
    file.follow(0.0)
    file.write()
    assert (tmp_path / "mine.zones.json").exists()
    again, file = opened(tmp_path)
    assert again["door"].points[0] == (0.1, 0.4)
    move(again["door"], left=0)
    file.follow(5.0)
    file.follow(6.0)
    assert list(tmp_path.iterdir()) == []


def test_what_has_not_moved_is_not_written_again(tmp_path):
    moved, file = opened(tmp_path)
    move(moved["door"], left=0.1)
    file.follow(0.0)
    file.follow(1.0)
    file.path.unlink()
    file.follow(2.0)
    file.write()
    assert list(tmp_path.iterdir()) == []


def test_a_new_declaration_wins_over_an_old_place(tmp_path):
    moved, file = opened(tmp_path)
    move(moved["door"], left=0.1)
    file.follow(0.0)
    file.write()
    edited = {"door": Zone(0.5, 0.4, 0.7, 1), "gone": Line(0, 0, 1, 0)}
    assert ZoneFile(tmp_path / "mine.py", edited).trouble == ""
    assert edited["door"].points[0] == (0.5, 0.4)


def test_a_place_outside_the_picture_is_held_at_its_edge(tmp_path):
    entry = {"declared": DECLARED, "left": -5, "top": 0, "right": 1e9, "bottom": 1}
    (tmp_path / "mine.zones.json").write_text(json.dumps({"door": entry}))
    assert opened(tmp_path)[0]["door"].points[::2] == ((0, 0), (1, 1))


@pytest.mark.parametrize("text", [
    "", "[]", "5", '{"door": 5}', json.dumps({"door": {"declared": DECLARED}}), "[" * 5000,
    json.dumps({"door": {"declared": DECLARED, "left": float("nan"), "top": 0, "right": 0, "bottom": 0}}),
    json.dumps({"door": {"declared": DECLARED, "left": [], "top": 0, "right": 0, "bottom": 0}}),
    "\xff", " " * 1_000_001,
])  # fmt: skip
def test_what_is_no_such_file_is_told_in_a_line(tmp_path, text):
    (tmp_path / "mine.zones.json").write_text(text, "latin-1")
    made, file = opened(tmp_path)
    assert "tells no zones" in file.trouble and "\n" not in file.trouble and len(file.trouble) < 300
    assert made["door"].points == made["door"].declared
    move(made["door"], top=0.5)
    file.follow(0.0)
    file.write()
    assert file.trouble == "" and opened(tmp_path)[0]["door"].points[0] == (0, 0.5)


anything = st.recursive(st.none() | st.floats() | st.text() | st.integers(),
                        lambda inner: st.lists(inner) | st.dictionaries(
    st.sampled_from(["door", "declared", "left", "x"]), inner), max_leaves=12)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(anything)
def test_any_json_places_zones_or_is_told(tmp_path, data):
    (tmp_path / "mine.zones.json").write_text(json.dumps(data))
    made, _ = opened(tmp_path)
    assert all(0 <= number <= 1 for zone in made.values() for point in zone.points for number in point)


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    moved, file = opened(tmp_path / "none")
    move(moved["door"], left=0.1)
    file.follow(0.0)
    file.follow(2.0)
    assert "cannot be written (no such file or directory)" in file.trouble and moved["door"].points[0] == (0.1, 0.4)


def test_two_shows_that_move_zones_of_one_patch_are_told_and_the_last_one_counts(tmp_path):
    left, file = opened(tmp_path)
    right, other = opened(tmp_path)
    move(left["door"], top=0.5)
    file.follow(0.0)
    file.write()
    move(right["door"], top=0.75)
    other.follow(0.0)
    other.write()
    assert file.trouble == "" and other.trouble.startswith("mine.zones.json was written by another show too")
    assert opened(tmp_path)[0]["door"].points[0] == (0, 0.75)
    move(right["door"], top=0.625)
    other.follow(5.0)
    other.write()
    assert other.trouble == "", "nobody else has written since"
