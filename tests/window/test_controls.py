import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.parameter import Name
from engine.settings import Settings
from engine.show import table as show_table
from engine.values import Change
from engine.window.controls import BY_NAME, MOVES, NUDGES, NUMBERS, PRESETS, corners, help_lines, offer_rest, press, see
from engine.window.views import NAMES
from tests.percepts import parameters

LAYERS = {"conv1": 32, "conv2": 64, "conv3": 4}


@pytest.fixture
def table():
    return parameters(**LAYERS)


def pressed(table, *keys):
    """What the keys turned, told as a show tells it."""
    for key in keys:
        press(key, table)
        see(table, LAYERS)
    return table.changes(0.0)


def test_left_and_right_go_round_the_layers(table):
    seen = []
    for key in ("right", "right", "right", "left"):
        pressed(table, key)
        seen.append(table["view/layer"])
    assert seen == ["conv2", "conv3", "conv1", "conv3"]


def test_down_goes_to_the_unit_below_and_a_layer_has_no_more_units_than_it_has(table):
    press("down", table, below=12, above=26)
    assert table["view/unit"] == 12
    press("up", table, below=18, above=31)
    assert table["view/unit"] == 31
    pressed(table, "left")
    assert (table["view/layer"], table["view/unit"]) == ("conv3", 3)
    pressed(table, "down")
    assert table["view/unit"] == 0, "without a wall it goes unit by unit, and round"


def test_a_layer_and_one_of_its_units_may_be_chosen_in_one_tick(table):
    for path, value in (("view/layer", "conv2"), ("view/unit", 60), ("view/tiles", 4), ("view/page", 15)):
        table.set(path, value, "osc")
    assert table["view/unit"] == 31, "as many as the layer had"
    table.changes(0.0)
    see(table, LAYERS)
    assert (table["view/unit"], table["view/page"]) == (60, 15)
    assert Change("view/unit", 60.0, "table") in table.changes(0.0), "faders and pages hear of it"


def test_a_choice_that_is_gone_is_told_to_those_who_follow(table):
    see(table, {"other": 4})
    assert Change("view/layer", "other", "table") in table.changes(0.0)


def test_arrows_pull_the_chosen_corner_of_the_projection(table):
    pressed(table, "k", "k", "right", "right", "up")
    assert table["view/corner"] == "right-top" and table["view/layer"] == "conv1"
    assert corners(table) == pytest.approx(np.array([[0, 0], [2 / 500, -1 / 500], [0, 0], [0, 0]]))


def test_v_goes_round_the_views_and_enter_looks_through_a_unit_and_back(table):
    views = []
    for key in ["v"] * len(NAMES) + ["return", "return"]:
        pressed(table, key)
        views.append(table["view/name"])
    assert views == [*NAMES[1:], NAMES[0], "unit", NAMES[0]]


@pytest.mark.parametrize("key", [key for key in BY_NAME.values() if isinstance(parameters()[key.path], bool)])
def test_switches_go_on_and_off(table, key):
    before = table[key.path]
    assert pressed(table, key.name) == (Change(key.path, not before, "keys"),)
    assert pressed(table, key.name) == (Change(key.path, before, "keys"),)


def test_keys_turn_the_chosen_parameter_by_a_fiftieth_of_its_way(table):
    assert pressed(table, "=") == (Change("patch/speed", pytest.approx(0.52), "keys"),)
    assert pressed(table, "-") == (Change("patch/speed", pytest.approx(0.5), "keys"),)
    evenly_by_ear = pytest.approx(10 ** (4 / 50))
    assert pressed(table, "3", "+") == (Change("view/parameter", "decay", "keys"),
                                        Change("patch/decay", evenly_by_ear, "keys"))


def test_what_has_no_key_of_its_own_is_turned_by_keys_as_well():
    """Every entry of a show's table but for what is named: choose it, and a step turns it."""
    table = show_table(Settings(), ("person",))
    turned = {key.path for key in BY_NAME.values()} | {"view/unit", "view/parameter", "show/quit"}
    there = []
    while pressed(table, "d") and table["view/turned"]:
        there.append(table["view/turned"])
    named = {path for path, entry in table.entries.items() if isinstance(entry, Name)}
    assert set(there) == set(table.entries) - turned - named and there == sorted(there)
    assert pressed(table, "d", "e") and not table["view/turned"]
    table.set("view/turned", "view/gamma", "keys")
    table.changes(0.0)
    assert pressed(table, "=") == (Change("view/gamma", pytest.approx(1.3 * 7.5 ** 0.02), "keys"),)
    table.set("view/turned", "view/fit", "keys")
    assert pressed(table, "-")[-1] == Change("view/fit", "contain", "keys")


def test_a_number_leads_back_to_the_patchs_own_parameters(table):
    offer_rest(table)
    pressed(table, "d", "1")
    assert pressed(table, "=") == (Change("patch/speed", pytest.approx(0.52), "keys"),)


def test_a_parameter_of_few_steps_goes_one_step(table):
    assert pressed(table, "2", "=")[1:] == (Change("patch/root", 2.0, "keys"),)
    assert pressed(table, "-", "-") == (Change("patch/root", 0.0, "keys"),)


def test_numbers_without_a_parameter_choose_nothing(table):
    pressed(table, "2", "4")
    assert table["view/parameter"] == "root"


@pytest.mark.parametrize("key, path", [("p", "show/next"), ("o", "show/previous"), ("s", "show/picture"),
                                       (".", "show/panic")])
def test_commands_are_told_once(table, key, path):
    assert pressed(table, key) == (Change(path, None, "keys"),)
    assert table.changes(0.0) == ()


def test_no_key_needs_a_patch_or_a_layer():
    table = parameters()
    table.replace("patch", {})
    table.offer("view/parameter", ())
    table.offer("view/layer", ())
    for key in (*BY_NAME, *MOVES, *NUDGES, *NUMBERS, *PRESETS, "x", ""):
        press(key, table)
    assert table["view/layer"] == "" and table["view/unit"] == 0


def test_the_help_names_every_key_with_the_tables_own_words(table):
    lines = help_lines(table)
    told = " ".join(label for label, _ in lines)
    told = told.replace("1 … 9", " ".join(NUMBERS)).replace("F1 … F12", " ".join(PRESETS))
    told = told.replace("←", "left").replace("→", "right").replace("↑", "up").replace("↓", "down").split()
    aliases = {"return", "+"}
    assert set(told) | aliases == {*BY_NAME, *MOVES, *NUDGES, *NUMBERS, *PRESETS, "q"}
    assert ("b", table.entries["view/blackout"].about) in lines


def test_a_layer_wished_for_before_the_first_frame():
    for wish, layer, notices in (("conv2", "conv2", ()),
                                 ("conv9", "conv1", ("no layer 'conv9': choose one of conv1, conv2, conv3",))):
        table = parameters()
        table.offer("view/layer", ())
        table.set("view/layer", wish, "patch")
        see(table, LAYERS)
        assert (table["view/layer"], table.notices) == (layer, notices)


def test_other_networks_bring_other_layers(table):
    see(table, {"stem": 8})
    assert (table["view/layer"], table.notices) == ("stem", ("no layer 'conv1': choose one of stem",))


names = st.sampled_from(("view/layer", "view/unit", "view/name", "view/freeze", "view/blackout"))
values = st.integers(-2**63, 2**63) | st.floats() | st.text(max_size=5) | st.booleans() | st.none() | st.binary()


@given(st.lists(st.tuples(names, values | st.tuples(values)), max_size=8))
def test_strangers_values_leave_choices_that_exist(turns):
    table = parameters(**LAYERS)
    for name, value in turns:
        table.set(name, value, "osc")
    see(table, LAYERS)
    assert table["view/layer"] in LAYERS and 0 <= table["view/unit"] < LAYERS[table["view/layer"]]
    assert table["view/name"] in NAMES
    assert isinstance(table["view/freeze"], bool) and isinstance(table["view/blackout"], bool)
