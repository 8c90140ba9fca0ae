import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.desk import HELP, NUMBERS, SHOWN, STEPS, SWITCHES, VIEWS, Desk, sentences
from engine.values import Change
from tests.percepts import patch

LAYERS = {"conv1": 32, "conv2": 64, "conv3": 4}


@pytest.fixture
def desk():
    made = Desk()
    made.see(0.0, LAYERS)
    return made


def press(desk, *keys):
    return [desk.press(key, patch().params) for key in keys]


def test_left_and_right_go_round_the_layers(desk):
    seen = []
    for key in ("right", "right", "right", "left"):
        press(desk, key)
        seen.append(desk.layer)
    assert seen == ["conv2", "conv3", "conv1", "conv3"]


def test_up_and_down_go_round_the_units_and_a_layer_has_no_more_than_it_has(desk):
    press(desk, "up")
    assert desk.unit == 31
    press(desk, "down", "down")
    assert desk.unit == 1
    desk.unit = 31
    press(desk, "left")
    assert (desk.layer, desk.unit) == ("conv3", 3)


def test_v_goes_round_the_views_and_enter_looks_through_a_unit_and_back(desk):
    views = []
    for key in ("v", "v", "v", "return", "return"):
        press(desk, key)
        views.append(desk.view)
    assert views == ["camera", "unit", "wall", "unit", "wall"]


@pytest.mark.parametrize("key", SWITCHES)
def test_switches_go_on_and_off(desk, key):
    before = getattr(desk, SWITCHES[key])
    press(desk, key)
    assert getattr(desk, SWITCHES[key]) is not before
    press(desk, key)
    assert getattr(desk, SWITCHES[key]) is before


def test_escape_leaves_the_full_screen_first(desk):
    press(desk, "f", "escape")
    assert not desk.fullscreen and not desk.closed
    press(desk, "escape")
    assert desk.closed


def test_q_leaves_at_once(desk):
    press(desk, "f", "q")
    assert desk.closed


def test_keys_turn_the_chosen_knob_by_a_fiftieth_of_its_way(desk):
    assert press(desk, "=") == [Change("param/speed", pytest.approx(0.52), "keys")]
    assert press(desk, "-") == [Change("param/speed", pytest.approx(0.48), "keys")]
    evenly_by_ear = pytest.approx(10 ** (4 / 50))
    assert press(desk, "3", "+") == [None, Change("param/decay", evenly_by_ear, "keys")]


def test_a_knob_of_few_steps_goes_one_step(desk):
    assert press(desk, "2", "=", "-") == [None, Change("param/root", 2.0, "keys"), Change("param/root", 0.0, "keys")]


def test_numbers_without_a_knob_choose_nothing(desk):
    press(desk, "2", "4")
    assert desk.knob == 1


def test_p_asks_for_the_next_patch(desk):
    assert press(desk, "p") == [Change("patch", 1, "keys")]


def test_no_key_needs_a_patch_or_a_layer():
    desk = Desk()
    keys = (*SWITCHES, *STEPS, *NUMBERS, "-", "=", "p", "x", "")
    assert [desk.press(key, {}) for key in keys if key != "p"] == [None] * (len(keys) - 1)


def test_the_help_names_every_key():
    told = " ".join(key for key, _ in HELP).replace("1 … 9", " ".join(NUMBERS))
    told = told.replace("←", "left").replace("→", "right").replace("↑", "up").replace("↓", "down").split()
    aliases = {"return", "escape"}
    assert set(told) | aliases == {*SWITCHES, *STEPS, *NUMBERS, "-", "=", "p", "s", "h"}


def test_osc_turns_what_the_keys_turn(desk):
    for name, value in (("layer", "conv2"), ("unit", 63), ("view", "unit"), ("freeze", 1), ("blackout", 1.0)):
        assert desk.turn(Change(name, value, "osc"))
    assert (desk.layer, desk.unit, desk.view, desk.freeze, desk.blackout) == ("conv2", 63, "unit", True, True)
    assert desk.turn(Change("freeze", 0, "osc")) and not desk.freeze
    assert desk.notices == ()
    assert not desk.turn(Change("param/speed", 0.3, "osc"))


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
def test_what_cannot_be_taken_is_told_for_a_while(desk, name, value, notice):
    before = dict(vars(desk), said=None)
    assert desk.turn(Change(name, value, "osc"))
    assert desk.notices == (notice,) and dict(vars(desk), said=None) == before
    desk.see(SHOWN - 0.1, LAYERS)
    assert desk.notices == (notice,)
    desk.see(SHOWN, LAYERS)
    assert desk.notices == ()


def test_a_flood_of_mistakes_tells_of_the_newest():
    desk = Desk()
    for number in range(100):
        desk.turn(Change("view", number, "osc"))
    assert [notice.split(":")[0] for notice in desk.notices] == ["no view 97", "no view 98", "no view 99"]


def test_a_layer_wished_for_before_the_first_frame():
    for wish, layer, notices in (("conv2", "conv2", 0), ("conv9", "conv1", 1)):
        desk = Desk()
        desk.turn(Change("layer", wish, "patch"))
        desk.turn(Change("unit", 50, "patch"))
        desk.see(0.0, LAYERS)
        assert (desk.layer, desk.unit, len(desk.notices)) == (layer, min(50, LAYERS[layer] - 1), notices)


def test_other_networks_bring_other_layers(desk):
    desk.see(1.0, {"stem": 8})
    assert (desk.layer, desk.notices) == ("stem", ("no layer 'conv1': choose one of stem",))
    desk.see(2.0, {})
    assert desk.layer == "" and desk.unit == 0


names = st.sampled_from(("layer", "unit", "view", "freeze", "blackout"))
values = st.integers(-2**63, 2**63) | st.floats() | st.text(max_size=5) | st.booleans() | st.none() | st.binary()


@given(st.lists(st.tuples(names, values | st.tuples(values)), max_size=8))
def test_strangers_values_leave_choices_that_exist(turns):
    desk = Desk()
    for name, value in turns:
        assert desk.turn(Change(name, value, "osc"))
    desk.see(0.0, LAYERS)
    assert desk.layer in LAYERS and 0 <= desk.unit < LAYERS[desk.layer] and desk.view in VIEWS
    assert isinstance(desk.freeze, bool) and isinstance(desk.blackout, bool)


def test_sentences_come_once_and_the_patchs_error_first():
    assert sentences(patch("line 3: no"), ("lost", "lost", "late")) == ("line 3: no", "lost", "late")
    assert sentences(patch("line 3: no"), ("patch: line 3: no",)) == ("patch: line 3: no",)
    assert sentences(patch(), ()) == ()
