"""Feedback: faders follow what others turn, and hear no echo of themselves."""

from engine.midi.feedback import Feedback
from engine.midi.learn import Learn
from engine.settings import ControllerSettings
from engine.values import Change
from tests.midi.test_midi import Recorder

NORMALS = {"patch/root": 0.5, "view/gamma": 1.0}


def test_what_others_turn_goes_to_its_controller_and_no_echo_to_its_origin():
    port = Recorder()
    learn = Learn([ControllerSettings(20, "patch/root", 3), ControllerSettings(7, "view/gamma"),
                   ControllerSettings(8, "patch/none")])
    feedback = Feedback("", learn, NORMALS.get, port=port)
    feedback.follow([], 0.0)
    assert port.heard() == [(0xB2, 20, 64), (0xB0, 7, 127)], "at the start all of them"
    feedback.follow([Change("patch/root", 40.0, "osc"), Change("view/name", "wall", "keys")], 0.1)
    assert port.heard() == [(0xB2, 20, 64)]
    feedback.follow([Change("patch/root", 40.0, "midi")], 0.2)
    assert port.heard() == []


def test_a_controller_that_comes_back_is_told_everything():
    port = Recorder()
    feedback = Feedback("", Learn([ControllerSettings(20, "patch/root")]), NORMALS.get, port=port)
    port.here = False
    feedback.follow([Change("patch/root", 1.0, "osc")], 0.0)
    assert port.heard() == []
    port.back = True
    feedback.follow([], 1.0)
    assert port.heard() == [(0xB0, 20, 64)]
