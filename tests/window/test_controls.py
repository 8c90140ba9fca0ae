import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.values import Change
from engine.window.controls import HELP, NUMBERS, SHOWN, STEPS, SWITCHES, VIEWS, Controls, sentences
from tests.percepts import patch

LAYERS = {"conv1": 32, "conv2": 64, "conv3": 4}


@pytest.fixture
def controls():
    made = Controls()
    made.see(0.0, LAYERS)
    return made


def press(controls, *keys):
    return [controls.press(key, patch().params) for key in keys]


def test_left_and_right_go_round_the_layers(controls):
    seen = []
    for key in ("right", "right", "right", "left"):
        press(controls, key)
        seen.append(controls.layer)
    assert seen == ["conv2", "conv3", "conv1", "conv3"]


def test_up_and_down_go_round_the_units_and_a_layer_has_no_more_than_it_has(controls):
    press(controls, "up")
    assert controls.unit == 31
    press(controls, "down", "down")
    assert controls.unit == 1
    controls.unit = 31
    press(controls, "left")
    assert (controls.layer, controls.unit) == ("conv3", 3)


def test_v_goes_round_the_views_and_enter_looks_through_a_unit_and_back(controls):
    views = []
    for key in ("v", "v", "v", "return", "return"):
        press(controls, key)
        views.append(controls.view)
    assert views == ["camera", "unit", "wall", "unit", "wall"]


@pytest.mark.parametrize("key", SWITCHES)
def test_switches_go_on_and_off(controls, key):
    before = getattr(controls, SWITCHES[key])
    press(controls, key)
    assert getattr(controls, SWITCHES[key]) is not before
    press(controls, key)
    assert getattr(controls, SWITCHES[key]) is before


def test_escape_leaves_the_full_screen_first(controls):
    press(controls, "f", "escape")
    assert not controls.fullscreen and not controls.closed
    press(controls, "escape")
    assert controls.closed


def test_q_leaves_at_once(controls):
    press(controls, "f", "q")
    assert controls.closed


def test_keys_turn_the_chosen_knob_by_a_fiftieth_of_its_way(controls):
    assert press(controls, "=") == [Change("param/speed", pytest.approx(0.52), "keys")]
    assert press(controls, "-") == [Change("param/speed", pytest.approx(0.48), "keys")]
    evenly_by_ear = pytest.approx(10 ** (4 / 50))
    assert press(controls, "3", "+") == [None, Change("param/decay", evenly_by_ear, "keys")]


def test_a_knob_of_few_steps_goes_one_step(controls):
    assert press(controls, "2", "=", "-") == [None, Change("param/root", 2.0, "keys"), Change("param/root", 0.0, "keys")]


def test_numbers_without_a_knob_choose_nothing(controls):
    press(controls, "2", "4")
    assert controls.knob == 1


def test_p_asks_for_the_next_patch(controls):
    assert press(controls, "p") == [Change("patch", 1, "keys")]


def test_no_key_needs_a_patch_or_a_layer():
    controls = Controls()
    keys = (*SWITCHES, *STEPS, *NUMBERS, "-", "=", "p", "x", "")
    assert [controls.press(key, {}) for key in keys if key != "p"] == [None] * (len(keys) - 1)


def test_the_help_names_every_key():
    told = " ".join(key for key, _ in HELP).replace("1 … 9", " ".join(NUMBERS))
    told = told.replace("←", "left").replace("→", "right").replace("↑", "up").replace("↓", "down").split()
    aliases = {"return", "escape"}
    assert set(told) | aliases == {*SWITCHES, *STEPS, *NUMBERS, "-", "=", "p", "s", "h"}


def test_osc_turns_what_the_keys_turn(controls):
    for name, value in (("layer", "conv2"), ("unit", 63), ("view", "unit"), ("freeze", 1), ("blackout", 1.0)):
        assert controls.turn(Change(name, value, "osc"))
    assert (controls.layer, controls.unit, controls.view, controls.freeze, controls.blackout) == ("conv2", 63, "unit", True, True)
    assert controls.turn(Change("freeze", 0, "osc")) and not controls.freeze
    assert controls.notices == ()
    assert not controls.turn(Change("param/speed", 0.3, "osc"))


@pytest.mark.parametrize("name, value, notice", [
    ("layer", "conv9", "no layer 'conv9': choose one of conv1, conv2, conv3"),
    ("view", "walls", "no view 'walls': choose one of wall, camera, unit"),
    ("view", 1, "no view 1: choose one of wall, camera, unit"),
    ("unit", 32, "no unit 32: conv1 has 0 to 31"),
    ("unit", -1, "no unit -1: conv1 has 0 to 31"),
    ("unit", 1.5, "no unit 1.5: conv1 has 0 to 31"),
    ("unit", float("nan"), "no unit nan: conv1 has 0 to 31"),
    ("freeze", "yes", "freeze wants 0 or 1, found 'yes'"),
    ("blackout", (1, 0), "blackout wants 0 or 1, found (1, 0)"),
])
def test_what_cannot_be_taken_is_told_for_a_while(controls, name, value, notice):
    before = dict(vars(controls), said=None)
    assert controls.turn(Change(name, value, "osc"))
    assert controls.notices == (notice,) and dict(vars(controls), said=None) == before
    controls.see(SHOWN - 0.1, LAYERS)
    assert controls.notices == (notice,)
    controls.see(SHOWN, LAYERS)
    assert controls.notices == ()


def test_a_flood_of_mistakes_tells_of_the_newest():
    controls = Controls()
    for number in range(100):
        controls.turn(Change("view", number, "osc"))
    assert [notice.split(":")[0] for notice in controls.notices] == ["no view 97", "no view 98", "no view 99"]


def test_a_layer_wished_for_before_the_first_frame():
    for wish, layer, notices in (("conv2", "conv2", 0), ("conv9", "conv1", 1)):
        controls = Controls()
        controls.turn(Change("layer", wish, "patch"))
        controls.turn(Change("unit", 50, "patch"))
        controls.see(0.0, LAYERS)
        assert (controls.layer, controls.unit, len(controls.notices)) == (layer, min(50, LAYERS[layer] - 1), notices)


def test_other_networks_bring_other_layers(controls):
    controls.see(1.0, {"stem": 8})
    assert (controls.layer, controls.notices) == ("stem", ("no layer 'conv1': choose one of stem",))
    controls.see(2.0, {})
    assert controls.layer == "" and controls.unit == 0


names = st.sampled_from(("layer", "unit", "view", "freeze", "blackout"))
values = st.integers(-2**63, 2**63) | st.floats() | st.text(max_size=5) | st.booleans() | st.none() | st.binary()


@given(st.lists(st.tuples(names, values | st.tuples(values)), max_size=8))
def test_strangers_values_leave_choices_that_exist(turns):
    controls = Controls()
    for name, value in turns:
        assert controls.turn(Change(name, value, "osc"))
    controls.see(0.0, LAYERS)
    assert controls.layer in LAYERS and 0 <= controls.unit < LAYERS[controls.layer] and controls.view in VIEWS
    assert isinstance(controls.freeze, bool) and isinstance(controls.blackout, bool)


def test_sentences_come_once_and_the_patchs_error_first():
    assert sentences(patch("line 3: no"), ("lost", "lost", "late")) == ("line 3: no", "lost", "late")
    assert sentences(patch("line 3: no"), ("patch: line 3: no",)) == ("patch: line 3: no",)
    assert sentences(patch(), ()) == ()
