"""MIDI learn: the next controller moved turns what was asked for, and is kept in the rig."""

from engine.midi.input import MidiIn
from engine.midi.learn import SHOWN, Learn
from engine.rig_file import read_rig
from engine.settings import ControllerSettings
from engine.values import Change
from tests.midi.test_midi import Recorder


def moved(keys: MidiIn, *messages) -> list[Change]:
    keys.port.waiting = list(messages)
    return keys.poll()


def test_the_next_controller_moved_turns_the_parameter_from_then_on():
    now = [0.0]
    keys = MidiIn("", (20,), clock=lambda: now[0], port=Recorder())
    assert keys.take(Change("midi/learn", "patch/root", "osc")) and "move the controller" in keys.notices[0]
    assert moved(keys, [0xB2, 20, 127]) == [Change("patch/root/normal", 1.0, "midi")]
    assert keys.notices == ("controller 20 on channel 3 turns 'patch/root'",)
    assert moved(keys, [0xB2, 20, 0], [0xB0, 20, 0]) == [
        Change("patch/root/normal", 0.0, "midi"), Change("knob/0", 0.0, "midi")], "on its channel alone"
    now[0] = SHOWN + 1
    moved(keys, [0xB2, 20, 5])
    assert keys.notices == ()
    assert not keys.take(Change("layer", "conv1", "osc"))


def test_what_is_learned_anew_moves_to_the_other_controller():
    learn = Learn([ControllerSettings(7, "view/gamma")])
    assert learn.take(7, 0.5, 1, 0.0) == Change("view/gamma/normal", 0.5, "midi")
    learn.begin("view/gamma")
    learn.take(8, 0.1, 1, 0.0)
    assert learn.take(7, 0.5, 1, 0.0) is None and learn.take(8, 1.0, 1, 0.0).name == "view/gamma/normal"
    learn.begin("view/gamma")
    learn.begin("")
    assert learn.take(9, 0.5, 1, 99.0) is None and learn.notice == ""


def test_what_is_learned_is_in_the_rig_of_the_next_show(tmp_path):
    rig = tmp_path / "rig.toml"
    rig.write_text('[midi]\ninput = "knobs"  # the small box\n')
    for number, path in ((20, "patch/root"), (21, 'patch/"odd\\'), (20, "view/gamma")):
        learn = Learn(read_rig(str(rig)).midi.controller, rig)
        learn.begin(path)
        learn.take(number, 0.0, 1, 0.0)
    assert "# the small box" in rig.read_text()
    assert Learn(read_rig(str(rig)).midi.controller).turns == {(1, 20): "view/gamma", (1, 21): 'patch/"odd\\'}


def test_a_rig_that_cannot_be_written_is_told(tmp_path):
    learn = Learn(rig=tmp_path / "nowhere" / "rig.toml")
    learn.begin("patch/root")
    learn.take(1, 0.5, 1, 0.0)
    assert learn.notice.endswith("rig.toml cannot be written: no such file or directory")
