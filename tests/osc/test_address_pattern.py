"""OSC address patterns: what each wildcard means, and that none takes long."""

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.osc.address_pattern import matching

NAMES = (
    "view/layer",
    "view/unit",
    "view/name",
    "tracker/smoothing",
    "patch/root",
    "patch/room",
    "patch/rot-2",
    "panic",
)


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("view/*", ["view/layer", "view/unit", "view/name"]),
        ("*/*", list(NAMES[:-1])),
        ("*", ["panic"]),  # no wildcard crosses a slash
        ("patch/roo?", ["patch/root", "patch/room"]),
        ("patch/ro[no]t", ["patch/root"]),
        ("patch/roo[a-m]", ["patch/room"]),
        ("patch/roo[!a-m]", ["patch/root"]),
        ("patch/rot[-]2", ["patch/rot-2"]),
        ("patch/rot[2-]2", ["patch/rot-2"]),
        ("{view,patch}/{unit,root,nothing}", ["view/unit", "patch/root"]),
        ("patch/{ro,roo}t", ["patch/root"]),
        ("patch/{ro,roo}[a-z]*", ["patch/root", "patch/room", "patch/rot-2"]),
        ("*r*/s*g", ["tracker/smoothing"]),
        ("patch/**t", ["patch/root"]),
        ("patch/", []),
        ("", []),
        ("Panic", []),
        ("pan[]ic", []),
        ("{,p}anic", ["panic"]),
    ],
)
def test_a_pattern_means_these_names(pattern, meant):
    assert matching(pattern, NAMES) == meant


@pytest.mark.parametrize("pattern", ["view/[a", "view/a]", "{view/unit", "view/unit}", "[a/b]", "*" * 65])
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(ValueError, match="a pattern"):
        assert matching(pattern, NAMES) == ["never"]


@given(st.from_regex(r"[abc?*]{0,12}", fullmatch=True), st.from_regex(r"[abc]{0,12}", fullmatch=True))
def test_stars_and_question_marks_are_those_of_file_names(pattern, name):
    assert bool(matching(pattern, [name])) == bool(re.fullmatch(fnmatch.translate(pattern), name))


def test_no_pattern_takes_long():
    """The classic ones, that make a backtracking matcher try a number of ways with thirty digits."""
    for pattern in ("*a" * 31 + "b", "*?" * 32, "{a,aa}" * 10 + "b", "*[!b]" * 12 + "b"):
        assert matching(pattern, ["a" * 200]) == ([] if pattern.endswith("b") else ["a" * 200])
