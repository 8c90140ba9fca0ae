"""The table of parameters: who may turn what, and who hears of it."""

import pytest

from engine.parameter import Number, Param
from engine.parameters import ANSWERED, Parameters
from engine.values import Change


@pytest.fixture
def table():
    made = Parameters()
    made.number("tracker/smoothing", 0.5, 0.0, 1.0, "how calm")
    made.choice("view/name", "wall", ("wall", "camera", "unit"), "what fills the picture")
    made.switch("view/freeze", False, "hold")
    made.command("show/panic", "silence")
    made.replace("patch", {"root": Number("patch/root", "", Param(60, 36, 84, curve="whole"))})
    return made


def test_what_is_set_is_told_once_a_tick_with_its_newest_value_and_origin(table):
    table.set("patch/root", 40, "osc")
    table.set("view/name", "camera", "keys")
    table.set("patch/root", 72, "midi")
    assert table.changes(0.0) == (Change("patch/root", 72.0, "midi"), Change("view/name", "camera", "keys"))
    assert table.changes(0.0) == () and table["patch/root"] == 72


def test_what_stays_as_it_is_is_not_told(table):
    table.set("patch/root", 60, "osc")
    table.set("view/freeze", 0, "osc")
    assert table.changes(0.0) == ()


@pytest.mark.parametrize("path, value, becomes", [
    ("patch/root", 1000, 84), ("patch/root", 60.4, 60), ("patch/root/normal", 0.5, 60), ("patch/root/normal", -3, 36),
    ("view/freeze", 1.0, True), ("view/freeze", True, True), ("view/freeze/normal", 0.6, True),
    ("view/name/normal", 0.5, "camera"), ("view/name/normal", 7.0, "unit"), ("tracker/smoothing", 1, 1.0),
])
def test_values_are_taken_in_their_own_unit_or_as_a_position(table, path, value, becomes):
    table.set(path, value, "osc")
    assert table[path.removesuffix("/normal")] == becomes and table.notices == ()


@pytest.mark.parametrize("value, told", [(1, True), (0, False), (0.0, False), (1.0, True), (False, False),
                                         ("now", True), (None, True)])
def test_a_release_is_no_press(table, value, told):
    table.set("show/panic", value, "osc")
    assert [change.name for change in table.changes(0.0)] == ["show/panic"] * told


@pytest.mark.parametrize("path, value, said", [
    ("patch/rot", 1, "no parameter 'rot' in patch: there is root"),
    ("patch/rot/normal", 1, "no parameter 'rot' in patch: there is root"),
    ("view/nam", "wall", "no parameter 'nam' in view: there is name, freeze"),
    ("sped", 1, "no parameter 'sped': there is tracker, view, show, patch"),
    ("no/where", 1, "no parameter 'no/where': there is tracker, view, show, patch"),
    ("view/name", "walls", "no name 'walls': choose one of wall, camera, unit"),
    ("view/name", 3, "no name 3: choose one of wall, camera, unit"),
    ("view/freeze", "yes", "view/freeze wants 0 or 1, found 'yes'"),
    ("view/freeze", (1, 0), "view/freeze wants 0 or 1, found (1, 0)"),
    ("patch/root", "c4", "patch/root wants a finite number, found 'c4'"),
    ("patch/root", float("nan"), "patch/root wants a finite number, found nan"),
    ("patch/root/normal", float("inf"), "patch/root wants a finite number, found inf"),
    ("show/panic", float("nan"), "show/panic wants a press, found nan"),
])
def test_what_cannot_be_had_is_answered_with_the_choices_for_ten_seconds(table, path, value, said):
    before = {path: entry.value for path, entry in table.entries.items()}
    table.changes(5.0)
    table.set(path, value, "osc")
    assert table.notices == (said,) and {path: entry.value for path, entry in table.entries.items()} == before
    assert table.changes(5.0 + ANSWERED - 0.1) == () and table.notices == (said,)
    table.changes(5.0 + ANSWERED)
    assert table.notices == ()


def test_an_answer_goes_when_it_no_longer_holds(table):
    table.set("view/name", "walls", "osc")
    table.set("view/name", "wall", "osc")
    assert table.notices == ()


def test_a_flood_of_mistakes_tells_of_the_newest(table):
    for number in range(100):
        table.set(f"nothing{number}", 1, "osc")
    assert [notice[:24] for notice in table.notices] == ["no parameter 'nothing97'", "no parameter 'nothing98'",
                                                         "no parameter 'nothing99'"]


def test_a_patchs_parameters_come_and_go_with_their_values(table):
    first = table.below("patch")
    table.set("patch/root", 40, "osc")
    table.replace("patch", {"speed": Number("patch/speed", "", Param(0.5))})
    assert list(table.below("patch")) == ["speed"] and "patch/root" not in table and "patch/speed/normal" in table
    table.replace("patch", first)
    assert table["patch/root"] == 40


def test_steps_of_each_kind(table):
    for path, steps, becomes in (("view/name", (1, 1, 1, 1), "camera"), ("view/name", (-1, -1), "unit"),
                                 ("view/freeze", (1, 1, 1), True),
                                 ("tracker/smoothing", (-1, -1), pytest.approx(0.46))):
        for way in steps:
            table.step(path, way, "keys")
        assert table[path] == becomes


def test_what_gives_way_to_other_choices_and_limits_is_told_as_the_tables_own(table):
    table.changes(0.0)
    table.offer("view/name", ("camera", "unit"))
    table.limit("patch/root", 48)
    assert table.changes(0.0) == (Change("view/name", "camera", "table"), Change("patch/root", 48, "table"))
    assert table.notices == ("no name 'wall': choose one of camera, unit",)
    table.offer("view/name", ("unit",), tell=False)
    table.limit("patch/root", 84)
    assert table.changes(0.0) == (Change("view/name", "unit", "table"), Change("patch/root", 60, "table"))
    assert len(table.notices) == 1
    table.limit("patch/root", 80)
    assert table.changes(0.0) == ()
