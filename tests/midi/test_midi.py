"""MIDI: every note ends, bad cues are refused, devices come and go."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cues import Control, Note, Osc
from engine.midi.input import MidiIn
from engine.midi.output import MidiOut
from engine.values import Change
from tests.parts import PATIENCE
from tests.percepts import STATUS
from tests.scenes import scene

NOTHING = scene()


class Recorder:
    """A port that remembers what it was sent, and can be unplugged."""

    def __init__(self):
        self.sent, self.waiting, self.here, self.back, self.notice = [], [], True, False, ""

    def send(self, *message):
        if self.here:
            self.sent.append(message)

    def receive(self):
        return self.waiting.pop(0) if self.waiting else None

    def look(self, now):
        back, self.back = self.back, False
        self.here = self.here or back
        return back

    def close(self):
        self.here = False

    def heard(self):
        sent, self.sent = self.sent, []
        return sent


def playing() -> tuple[MidiOut, Recorder]:
    port = Recorder()
    return MidiOut("", port), port


def test_a_note_ends_when_its_time_is_over():
    midi, port = playing()
    midi.send(NOTHING, [Note(60, 1.0, 0.5), Note(64, 0.5, 0.25, channel=16)], STATUS, 10.0)
    assert port.heard() == [(0x90, 60, 127), (0x9F, 64, 64)]
    midi.tick(10.2499)
    assert port.heard() == []
    midi.tick(10.25)
    assert port.heard() == [(0x8F, 64, 64)]
    midi.tick(99.0)
    assert port.heard() == [(0x80, 60, 64)]
    midi.close(99.0)
    assert port.heard() == []


def test_ends_that_are_due_together_come_in_the_order_of_their_times():
    midi, port = playing()
    midi.send(NOTHING, [Note(60, seconds=0.3), Note(61, seconds=0.1), Note(62, seconds=0.2)], STATUS, 0.0)
    port.heard()
    midi.tick(1.0)
    assert [pitch for _, pitch, _ in port.heard()] == [61, 62, 60]


def test_the_same_pitch_again_ends_the_older_note_first_and_only_once():
    midi, port = playing()
    midi.send(NOTHING, [Note(60, 1.0, 1.0)], STATUS, 0.0)
    midi.send(NOTHING, [Note(60, 1.0, 1.0), Note(60, 1.0, 1.0, channel=2)], STATUS, 0.5)
    assert port.heard() == [(0x90, 60, 127), (0x80, 60, 64), (0x90, 60, 127), (0x91, 60, 127)]
    midi.tick(1.0)
    assert port.heard() == []
    midi.tick(1.5)
    assert port.heard() == [(0x80, 60, 64), (0x81, 60, 64)]


def test_a_note_without_velocity_only_ends_the_one_that_sounds():
    midi, port = playing()
    midi.send(NOTHING, [Note(60, 0.0), Note(60, 1.0), Note(60, 0.0)], STATUS, 0.0)
    assert port.heard() == [(0x90, 60, 127), (0x80, 60, 64)]


def test_controls_are_sent_and_other_cues_are_not():
    midi, port = playing()
    midi.send(NOTHING, [Control(7, 0.5), Osc("/a", 1), Control(127, 1.0, 3), Control(0, np.float32(-2)),
                        Control(1, 9)], STATUS, 0.0)
    assert port.heard() == [(0xB0, 7, 64), (0xB2, 127, 127), (0xB0, 0, 0), (0xB0, 1, 127)]


def test_a_control_is_sent_when_it_changes_and_again_after_the_port_was_gone():
    midi, port = playing()
    for now, value in enumerate((0.5, 0.501, 0.6, 0.6, 0.5)):
        midi.send(NOTHING, [Control(7, value)], STATUS, now)
    assert port.heard() == [(0xB0, 7, 64), (0xB0, 7, 76), (0xB0, 7, 64)]
    port.back = True
    midi.tick(6)
    midi.send(NOTHING, [Control(7, 0.5)], STATUS, 6)
    assert port.heard() == [(0xB0, 7, 64)]


def test_panic_silences_the_channels_that_played():
    midi, port = playing()
    midi.send(NOTHING, [Note(60, 1.0, channel=3), Note(61, 1.0), Control(7, 1.0, 9)], STATUS, 0.0)
    port.heard()
    midi.panic(0.1)
    assert port.heard() == [
        (0x82, 60, 64), (0x80, 61, 64), (0xB0, 123, 0), (0xB2, 123, 0), (0xB0, 120, 0), (0xB2, 120, 0)
    ]  # fmt: skip
    midi.tick(9.0)
    assert port.heard() == []


def test_bad_cues_are_refused_with_a_notice_and_amounts_are_clamped():
    midi, port = playing()
    nan = float("nan")
    bad = [Note(128), Note(-1), Note(nan), Note(60, nan), Note(60, seconds=nan)]
    bad += [Note(60, channel=0), Note(60, channel=17), Control(128, 0.5), Control(1, nan), Control(1, 0.5, 99)]
    midi.send(NOTHING, bad, STATUS, 0.0)
    assert port.heard() == [] and midi.refused == len(bad)
    assert midi.notices == ("10 midi cues refused, the last one because channel 99 is not in 1..16",)
    midi.tick(10.0)
    assert midi.notices != ()
    midi.tick(10.1)
    assert midi.notices == ()
    midi.send(NOTHING, [Note(60.4, 7.0, -1.0), Note(np.int64(61), 0.5, float("inf"))], STATUS, 20.0)
    midi.tick(20.0)
    assert port.heard() == [(0x90, 60, 127), (0x90, 61, 64), (0x80, 60, 64)]
    midi.tick(20.0 + 3600)
    assert port.heard() == [(0x80, 61, 64)]


def test_a_device_that_comes_back_is_hushed_and_old_notes_are_forgotten():
    midi, port = playing()
    midi.send(NOTHING, [Note(60, 1.0, 5.0, channel=2)], STATUS, 0.0)
    port.here = False
    midi.tick(1.0)
    midi.send(NOTHING, [Note(62, 1.0, 1.0)], STATUS, 1.5)
    port.heard()
    port.back = True
    midi.tick(2.0)
    assert port.heard() == [(0xB1, 123, 0)]
    midi.tick(9.0)
    assert port.heard() == []


def test_no_name_is_no_port_and_no_complaint():
    midi, knobs = MidiOut(""), MidiIn("", (1,))
    midi.send(NOTHING, [Note(60), Note(999)], STATUS, 0.0)
    midi.tick(1.0)
    midi.panic(1.0)
    midi.close(1.0)
    assert knobs.poll() == [] and midi.notices == knobs.notices == ()
    knobs.close()


def test_knobs_by_their_order_the_newest_position_of_each():
    port = Recorder()
    knobs = MidiIn("", (20, 7), port=port)
    port.waiting = [[0xB0, 7, 127], [0xB5, 20, 10], [0x90, 20, 99], [0xB0, 99, 5], [0xF8], [0xC0, 20], [0xB0, 20, 0]]
    assert knobs.poll() == [
        Change("knob/1", 1.0, "midi"), Change("knob/0", 0.0, "midi"), Change("program", 20, "midi"),
        Change("control", (7, 1.0, 1), "midi"), Change("note", (20, 99 / 127, 1), "midi"),
        Change("control", (99, 5 / 127, 1), "midi")], "volume is a knob and plays"
    assert knobs.poll() == []


@given(st.lists(st.lists(st.integers(0, 255), max_size=5), max_size=30))
def test_whatever_comes_in_is_a_knob_a_key_or_the_wheel(messages):
    port = Recorder()
    port.waiting = messages
    for change in MidiIn("", (1, 2), port=port).poll():
        if change.name in ("note", "control"):
            number, value, channel = change.value
            assert 0 <= number < 128 and 0 <= value <= 1 and 1 <= channel <= 16
        elif change.name in ("bend", "pressure"):
            value, channel = change.value
            assert -1 <= value <= 1 and 1 <= channel <= 16
        elif change.name == "program":
            assert 0 <= change.value < 128
        else:
            assert change.name in ("knob/0", "knob/1") and 0 <= change.value <= 1


def test_keys_in_their_order_and_the_wheel():
    port = Recorder()
    keys = MidiIn("", (), port=port)
    port.waiting = [[0x92, 60, 127], [0xE2, 0, 64], [0x92, 60, 0], [0x82, 62, 64], [0xE2, 127, 127]]
    assert keys.poll() == [
        Change("note", (60, 1.0, 3), "midi"), Change("bend", (0.0, 3), "midi"), Change("note", (60, 0.0, 3), "midi"),
        Change("note", (62, 0.0, 3), "midi"), Change("bend", (8191 / 8192, 3), "midi")]


def test_a_pair_of_controllers_is_one_knob_of_14_bits():
    port = Recorder()
    knobs = MidiIn("", (20,), port=port)
    port.waiting = [[0xB0, 52, 5], [0xB0, 20, 127]]
    assert knobs.poll()[0] == Change("knob/0", 1.0, "midi"), "a coarse half alone goes all the way"
    port.waiting = [[0xB0, 20, 64], [0xB0, 52, 1]]
    assert knobs.poll() == [Change("knob/0", (64 * 128 + 1) / 16383, "midi")]
    port.waiting = [[0xB0, 20, 127], [0xB0, 52, 127], [0xB1, 20, 127]]
    assert knobs.poll() == [Change("knob/0", 1.0, "midi")]
    port.waiting = [[0xB0, 52, 0]]
    assert knobs.poll() == [Change("knob/0", 127 * 128 / 16383, "midi")]


def test_controllers_that_nothing_plays_are_told_once():
    midi = MidiOut("")
    midi.send(NOTHING, [Control(7, 0.5), Control(8, 0.5), Note(60)], STATUS, 0.0)
    assert midi.unheard.notice == "2 controllers had nowhere to go: no MIDI out"
    midi.send(NOTHING, [Control(7, 0.5)], STATUS, 10.1)
    assert midi.unheard.notice == ""


def test_the_keys_of_a_keyboard_that_goes_away_go_up():
    port = Recorder()
    keys = MidiIn("", (), port=port)
    port.waiting = [[0x90, 60, 127], [0x91, 64, 127], [0x90, 62, 127], [0x80, 62, 0]]
    assert len(keys.poll()) == 4 and keys.poll() == []
    port.here = False
    assert [change.value for change in keys.poll()] == [(60, 0.0, 1), (64, 0.0, 2)]
    assert keys.poll() == []


anything = st.one_of(
    st.integers(-5, 140), st.floats(), st.floats(0, 1), st.integers()
)
pitches, channels = st.one_of(st.integers(58, 62), anything), st.one_of(st.integers(1, 3), anything)
amounts, lengths = st.one_of(st.floats(0, 1), anything), st.one_of(st.floats(0, 2), anything)
notes = st.builds(Note, pitches, amounts, lengths, channels)
steps = st.one_of(
    st.lists(st.one_of(notes, notes, st.builds(Control, anything, anything, channels)), max_size=8),
    st.floats(0, 1),
    st.sampled_from(["panic", "gone", "back"]),
)


@settings(deadline=None)
@given(st.lists(steps, max_size=30))
def test_every_note_has_its_end_whatever_the_cues_and_the_cable_do(acts):
    midi, port = playing()
    now, sounding = 0.0, set()

    def hear():
        for status, number, amount in port.heard():
            assert 0 <= number < 128 and 0 <= amount < 128
            kind, key = status & 0xF0, (status & 0x0F, number)
            if kind == 0x90:
                assert key not in sounding and amount > 0
                sounding.add(key)
            elif kind == 0x80:
                sounding.remove(key)
            else:
                assert kind == 0xB0

    for act in acts:
        if isinstance(act, list):
            midi.send(NOTHING, act, STATUS, now)
        elif isinstance(act, float):
            now += act
            midi.tick(now)
        elif act == "panic":
            midi.panic(now)
        elif act == "back" and not port.here:
            port.back = True
        elif act == "gone":
            hear()
            port.here = False
            sounding.clear()
        hear()
    midi.tick(now + 3600)
    hear()
    assert not sounding
    midi.send(NOTHING, [Note(60, 1.0, 2.0)], STATUS, now)
    midi.close(now)
    hear()
    assert not sounding


def test_without_a_midi_system_the_lists_are_quiet():
    pytest.importorskip("supriya_midi", exc_type=ImportError)
    code = ("from engine.midi.input import midi_inputs; from engine.midi.output import midi_outputs; "
            "print(midi_outputs(), midi_inputs(), file=open(1, 'w'))")
    absent = os.environ | {"JACK_DEFAULT_SERVER": "neocog-absent"}
    done = subprocess.run([sys.executable, "-c", code], env=absent, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("[")
