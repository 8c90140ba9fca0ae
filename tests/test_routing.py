"""Routing: each entry that somebody acts on reaches who does, from wherever it was turned."""

from types import SimpleNamespace

import pytest

from engine.control import presets
from engine.parameter import Number, Param
from engine.parameters import Parameters
from engine.routing import Routing, declare
from engine.values import Change
from engine.window import controls


class Acts:
    """In place of a rig and a patch: what was asked of them, in order."""

    def __init__(self):
        self.parameters = Parameters()
        for declared in (declare, controls.declare, presets.declare):
            declared(self.parameters)
        self.parameters.replace("patch", {"root": Number("patch/root", "", Param(60, 36, 84))})
        self.parameters.offer("show/patch", ("breath", "choir", "tide"))
        self.parameters.changes(0.0)
        self.done, self.incoming, self.polled = [], [], lambda: None
        act = lambda name: lambda *values: self.done.append((name, *values))  # noqa: E731
        self.rig = SimpleNamespace(
            steering=SimpleNamespace(changes=lambda: self.incoming), now=lambda: 7.0, panic=act("panic"),
            stop=act("stop"),
            settings=SimpleNamespace(rig=""), wish=lambda patch: None,
            window=SimpleNamespace(poll=lambda: self.polled(), save=act("save")),
            feedback=SimpleNamespace(follow=lambda changes, now: self.done.append(("followed", changes, now)))
        )  # fmt: skip
        self.patch = SimpleNamespace(step=act("step"), choose=act("choose"))
        self.routing = Routing(self.parameters, self.rig, self.patch)

    def after(self, *changes):
        """What is done after these changes came in."""
        self.done, self.incoming = [], [Change(name, value, "osc") for name, value in changes]
        self.routing.take_in("scene")
        return [done for done in self.done if done[0] != "followed"]


@pytest.fixture
def acts():
    return Acts()


@pytest.mark.parametrize(("path", "done"), [
    ("show/next", ("step", 1, "scene")), ("show/previous", ("step", -1, "scene")), ("panic", ("panic",)),
    ("show/quit", ("stop",)), ("show/picture", ("save",)),
])
def test_a_command_is_done_when_it_is_pressed_and_not_when_it_is_released(acts, path, done):
    assert acts.after((path, 1)) == [done] and acts.after((path, 0)) == [] and acts.after() == []


def test_zones_go_back_to_where_the_patch_has_them(acts, monkeypatch):
    monkeypatch.setattr(acts.parameters, "restore", lambda *words: acts.done.append(words))
    assert acts.after(("zones/reset", 1)) == [("zone", "reset")]


def test_a_patch_is_chosen_over_osc_by_program_and_by_key(acts):
    assert acts.after(("patch", "tide"))[0] == ("choose", "tide", "scene")
    assert acts.after(("program", 0))[0] == ("choose", "breath", "scene")
    assert acts.after(("program", 3)) == [("choose", "breath", "scene")] and acts.parameters.notices == ()
    acts.polled = lambda: acts.parameters.set("show/patch", "choir", "keys")
    assert acts.after() == [("choose", "choir", "scene")]
    acts.polled = lambda: acts.parameters.set("show/patch", "tide", "patch")
    assert acts.after() == [], "the patch itself said so"


def test_of_the_patches_that_are_named_in_one_tick_only_the_last_is_put_on(acts):
    done = acts.after(("patch", "tide"), ("program", 0), ("patch", "choir"), ("patch/root", 70))
    assert {name for _, name, _ in done} == {"choir"}


def test_the_nth_knob_is_the_nth_parameter_and_one_too_many_is_none(acts):
    acts.after(("knob/0", 1.0), ("knob/1", 1.0))
    assert acts.parameters["patch/root"] == 84 and acts.parameters.notices == ()


def test_controllers_hear_what_was_turned(acts):
    acts.after(("view/gamma", 2.0))
    assert acts.done == [("followed", (Change("view/gamma", 2.0, "osc"),), 7.0)]
