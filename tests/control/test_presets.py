"""Presets: what is turned is kept under a name, and comes back at once, as a glide, with its patch, in a later show."""

import json
from types import SimpleNamespace

import pytest

from engine.control import presets
from engine.control.presets import Presets
from engine.errors import UserError
from engine.osc.input import OscIn
from engine.parameter import Number, Param
from engine.parameters import Parameters
from engine.routing import Routing, declare
from engine.values import Change
from engine.window import controls

PATCHES = {"hello": Param(60, 36, 84), "tide": Param(1, 0.1, 10, curve="log")}


class Show:
    """A table with presets as a show has them; patches are played by putting their parameter into the table."""

    def __init__(self, rig=None):
        self.table, self.now, self.playing = Parameters(), 0.0, ""
        for room in (SimpleNamespace(declare=declare), controls, presets):
            room.declare(self.table)
        self.table.number("tracker/smoothing", 0.5, 0.0, 1.0, "")
        self.table.number("voice/volume", 0.8, 0.0, 1.0, "")
        self.table.number("output/1/rate", 30, 0, 60, "")
        self.table.offer("show/patch", PATCHES)
        self.play_patch("hello")
        rig = SimpleNamespace(
            steering=SimpleNamespace(changes=lambda: self.incoming), now=lambda: self.now, wish=self.wish,
            settings=SimpleNamespace(rig=str(rig or "")), window=SimpleNamespace(poll=lambda: None),
            feedback=SimpleNamespace(follow=lambda changes, now: None))  # fmt: skip
        self.incoming = []
        self.routing = Routing(self.table, rig, SimpleNamespace(choose=lambda name, scene: self.play_patch(name)))
        self.tick()

    def play_patch(self, name):
        if name == self.playing:
            return
        self.playing = name
        self.table.replace("patch", {"speed": Number("patch/speed", "", PATCHES[name])})
        self.table.set("show/patch", name, "patch")

    def wish(self, patch):
        self.table.set("view/gamma", 3.0, "patch")

    def tick(self, *changes, seconds=0.0):
        """Turn these by OSC, and let time pass before."""
        self.now += seconds
        self.incoming = [Change(name, value, "osc") for name, value in changes]
        self.routing.take_in("scene")

    def values(self, *paths):
        return [self.table[path] for path in paths]


@pytest.fixture
def show():
    return Show()


def test_a_preset_brings_back_numbers_switches_and_words(show):
    show.tick(("param/speed", 48), ("view/palette", "ice"),
              ("view/boxes", 0), ("tracker/smoothing", 0.9))
    before = show.values("patch/speed", "view/palette", "view/boxes", "tracker/smoothing")
    show.tick(("preset/keep", "soft"))
    show.tick(("param/speed", 80), ("view/palette", "dusk"), ("view/boxes", 1), ("tracker/smoothing", 0.1))
    assert show.values("patch/speed", "view/palette", "view/boxes", "tracker/smoothing") != before
    show.tick(("preset", "soft"))
    assert show.values("patch/speed", "view/palette", "view/boxes", "tracker/smoothing") == before


def test_the_same_preset_is_played_again(show):
    show.tick(("preset/keep", "soft"))
    for value in (48, 80):
        show.tick(("param/speed", value))
        show.tick(("preset", "soft"))
        assert show.table["patch/speed"] == 60


def test_what_a_performer_does_at_the_moment_and_the_room_stay(show):
    show.tick(("preset/keep", "soft"))
    show.tick(("view/blackout", 1), ("view/freeze", 1), ("voice/volume", 0.2), ("output/1/rate", 10))
    show.tick(("preset", "soft"))
    assert show.values("view/blackout", "view/freeze", "voice/volume", "output/1/rate") == [True, True, 0.2, 10]


def test_numbers_glide_evenly_by_their_curve_and_words_come_at_once(show):
    show.tick(("patch", "tide"), ("param/speed", 0.1), ("tracker/smoothing", 0.0), ("view/boxes", 0))
    show.tick(("preset/keep", "slow"))
    show.tick(("param/speed", 10), ("tracker/smoothing", 1.0), ("view/boxes", 1), ("preset/seconds", 4))
    show.tick(("preset", "slow"))
    assert show.values("tracker/smoothing", "view/boxes") == [1.0, False]
    show.tick(seconds=2)
    assert show.values("patch/speed", "tracker/smoothing") == pytest.approx([1.0, 0.5])
    show.tick(seconds=2)
    assert show.values("patch/speed", "tracker/smoothing") == [0.1, 0.0]
    show.tick(("tracker/smoothing", 0.7), seconds=1)
    show.tick(seconds=1)
    assert show.table["tracker/smoothing"] == 0.7  # it is there, and holds on to nothing


def test_what_came_with_a_preset_in_one_tick_is_where_its_glide_begins(show):
    show.tick(("tracker/smoothing", 0.0), ("preset/keep", "low"))
    show.tick(("tracker/smoothing", 1.0), ("preset/seconds", 2), ("preset", "low"))
    show.tick(seconds=1)
    assert show.table["tracker/smoothing"] == 0.5


def test_what_is_turned_on_the_way_is_whose_hand_it_is(show):
    show.tick(("tracker/smoothing", 0.0), ("param/speed", 40))
    show.tick(("preset/keep", "low"))
    show.tick(("tracker/smoothing", 1.0), ("param/speed", 80), ("preset/seconds", 2))
    show.tick(("preset", "low"))
    show.tick(("tracker/smoothing", 0.8), seconds=1)
    show.tick(seconds=1)
    assert show.values("tracker/smoothing", "patch/speed") == [0.8, 40]


def test_a_preset_plays_its_patch_and_has_the_last_word_over_that_patchs_wishes(show):
    show.tick(("param/speed", 48), ("view/gamma", 0.5))
    show.tick(("preset/keep", "soft"))
    show.tick(("patch", "tide"), ("preset/seconds", 10))
    assert show.values("show/patch", "patch/speed", "view/gamma") == ["tide", 1, 3.0]
    show.tick(("preset", "soft"))
    assert show.values("show/patch", "patch/speed") == ["hello", 48]  # a patch that comes on does not glide
    show.tick(seconds=10)
    assert show.table["view/gamma"] == 0.5


def test_without_its_patch_a_presets_knobs_are_not_turned_on_another(show):
    show.tick(("patch", "tide"), ("param/speed", 5), ("tracker/smoothing", 0.9))
    show.tick(("preset/keep", "deep"))
    show.tick(("patch", "hello"), ("param/speed", 70), ("tracker/smoothing", 0.1))
    show.routing.patch.choose = lambda name, scene: None  # its file is broken: what plays plays on
    show.tick(("preset", "deep"))
    assert show.values("show/patch", "patch/speed", "tracker/smoothing") == ["hello", 70, 0.9]


def test_a_key_keeps_under_the_lowest_free_number_and_function_keys_play(show):
    for value in (40, 50, 60):
        show.tick(("param/speed", value))
        controls.press("w", show.table)
        show.tick()
    assert list(show.routing.presets.kept) == ["1", "2", "3"]
    show.tick(("preset/forget", "2"))
    show.tick(("param/speed", 70), ("preset/keep", 1))
    assert list(show.routing.presets.kept) == ["1", "3", "2"]
    controls.press("f2", show.table)
    show.tick()
    assert show.table["patch/speed"] == 60
    controls.press("f12", show.table)
    show.tick()
    assert show.table["patch/speed"] == 60  # there are not so many


def test_a_fader_goes_through_the_presets(show):
    for value in (40, 50, 60):
        show.tick(("param/speed", value), ("preset/keep", 1))
    for position, value in ((0.0, 40), (0.5, 50), (1.0, 60)):
        show.tick(("preset/play/normal", position))
        assert show.table["patch/speed"] == value


@pytest.mark.parametrize(("change", "answer"), [
    (("preset", "loud"), "no preset 'loud': choose one of soft"),
    (("preset/forget", "loud"), "no preset 'loud': choose one of soft"),
    (("preset/keep", "x" * 41), "preset/keep wants a name of 40 letters at most, found"),
    (("preset/keep", "a\x1b[2J"), "preset/keep wants a name of 40 letters at most, found"),
])
def test_what_cannot_be_is_answered_and_changes_nothing(show, change, answer):
    show.tick(("preset/keep", "soft"))
    before = json.dumps(show.routing.presets.kept)
    show.tick(change)
    assert any(answer in notice for notice in show.table.notices)
    assert json.dumps(show.routing.presets.kept) == before


def test_there_is_a_bound(show):
    for _ in range(presets.MOST + 1):
        show.tick(("preset/keep", 1))
    assert len(show.routing.presets.kept) == presets.MOST
    assert any("forget one" in notice for notice in show.table.notices)


def test_a_release_keeps_nothing_and_a_wildcard_presses_nothing(show):
    show.tick(("preset/keep", 0))
    assert not show.routing.presets.kept
    heard = OscIn("127.0.0.1:0", show.table)
    assert not set(heard.meant("preset/{play,keep,forget}"))
    heard.close()


def test_with_a_rig_presets_are_there_in_a_later_show(tmp_path):
    rig = tmp_path / "room.toml"
    show = Show(rig)
    show.tick(("param/speed", 48), ("preset/keep", "soft"))
    assert any("'soft' is kept" in notice for notice in show.table.notices)
    later = Show(rig)
    later.tick(("preset", "soft"))
    assert later.table["patch/speed"] == 48
    later.tick(("preset/forget", "soft"))
    assert json.loads((tmp_path / "room.presets.json").read_text()) == {}


def test_without_a_rig_it_is_said_that_they_end_with_the_show(show):
    show.tick(("preset/keep", "soft"))
    assert any("until the show ends: start with --rig FILE" in notice for notice in show.table.notices)


def test_a_disk_that_refuses_is_told_and_the_preset_is_there(tmp_path):
    show = Show(tmp_path / "gone" / "room.toml")
    show.tick(("param/speed", 48), ("preset/keep", "soft"))
    assert any("cannot be written (no such file or directory)" in notice for notice in show.table.notices)
    show.tick(("param/speed", 60))
    show.tick(("preset", "soft"))
    assert show.table["patch/speed"] == 48


@pytest.mark.parametrize("text", ["[1, 2]", '{"soft": 3}', "{",
                                  "\ud800".encode("utf-16", "surrogatepass").decode("latin1")])
def test_a_file_that_is_none_of_presets_stops_the_start_and_is_left_alone(tmp_path, text):
    file = tmp_path / "room.presets.json"
    file.write_text(text, "latin1")
    with pytest.raises(UserError, match="holds no presets"):
        Presets(Show().table, tmp_path / "room.toml")
    assert file.read_text("latin1") == text


@pytest.mark.parametrize("seconds", [0, 2])
def test_values_that_nobody_can_have_are_answered_and_the_rest_is_played(tmp_path, seconds):
    odd = {"tracker/smoothing": [1], "view/gamma": float("nan"), "patch/speed": "x", "view/nothing": 1,
           "view/boxes": False,
           "view/strength": 10**400, "view/labels": 10**400}
    (tmp_path / "room.presets.json").write_text(json.dumps({"odd": odd}))
    show = Show(tmp_path / "room.toml")
    show.tick(("preset/seconds", seconds))
    show.tick(("preset", "odd"))
    show.tick(seconds=3)
    assert show.values("tracker/smoothing", "patch/speed", "view/boxes") == [0.5, 60, False]
    assert any("wants a finite number" in notice for notice in show.table.notices)
