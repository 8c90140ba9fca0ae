"""MIDI files: what they play, in seconds; whatever else they hold is left out or said."""

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UserError
from engine.midi.file import Event, read_midi


def saved(path, *messages, division=100) -> str:
    file, track = mido.MidiFile(ticks_per_beat=division), mido.MidiTrack()
    file.tracks.append(track)
    track.extend(messages)
    file.save(path)
    return str(path)


def on(note, velocity=127, time=0, channel=0):
    return mido.Message("note_on", note=note, velocity=velocity, time=time, channel=channel)


def last(now, channel=1) -> Event:
    return Event(now, "control", (123, 0.0, channel))


def test_seconds_follow_every_tempo(tmp_path):
    path = saved(tmp_path / "a.mid", mido.MetaMessage("set_tempo", tempo=1_000_000), on(60, time=100),
                 mido.MetaMessage("set_tempo", tempo=500_000), on(60, 0, time=100),
                 mido.Message("note_off", note=62, channel=2, time=50))
    assert read_midi(path) == [Event(1.0, "note", (60, 1.0, 1)), Event(1.5, "note", (60, 0.0, 1)),
                               Event(1.75, "note", (62, 0.0, 3)), last(1.75), last(1.75, 3)]


def test_wheels_pedals_and_pressure_are_kept_and_drums_left_out(tmp_path):
    path = saved(tmp_path / "a.mid", on(60), on(36, channel=9), mido.Message("pitchwheel", pitch=-8192),
                 mido.Message("control_change", control=64, value=127),
                 mido.Message("control_change", control=11, value=0),
                 mido.Message("aftertouch", value=127), mido.Message("program_change", program=3))
    assert [(event.name, event.value) for event in read_midi(path)] == [
        ("note", (60, 1.0, 1)), ("bend", (-1.0, 1)), ("control", (64, 1.0, 1)), ("control", (11, 0.0, 1)),
        ("pressure", (1.0, 1)), ("control", (123, 0.0, 1))]


@pytest.mark.parametrize("frames,rate", [(24, 24.0), (25, 25.0), (29, 30 / 1.001), (30, 30.0)])
def test_smpte_time(tmp_path, frames, rate):
    path = tmp_path / "a.mid"
    saved(path, on(60), mido.MetaMessage("set_tempo", tempo=1), on(60, 0, time=8000))
    content = bytearray(path.read_bytes())
    content[12:14] = bytes((256 - frames, 80))
    path.write_bytes(content)
    assert read_midi(str(path))[1].time == pytest.approx(100 / rate)


def test_running_status(tmp_path):
    track = bytes.fromhex("00 90 3c 7f 60 3c 00 00 3e 7f 60 3e 00 00 ff 2f 00")
    path = tmp_path / "a.mid"
    path.write_bytes(b"MThd\0\0\0\6\0\0\0\1\0\x60" + b"MTrk" + len(track).to_bytes(4, "big") + track)
    assert [(event.time, event.value[:2]) for event in read_midi(str(path))[:-1]] == [
        (0, (60, 1.0)), (0.5, (60, 0)), (0.5, (62, 1.0)), (1.0, (62, 0))]


@given(st.binary(max_size=60))
def test_bytes_that_are_no_midi_file_get_a_sentence(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("midi") / "tune.mid"
    path.write_bytes(content)
    with pytest.raises(UserError, match="no MIDI file|no notes"):
        read_midi(str(path))


def test_a_file_of_drums_alone_holds_no_notes(tmp_path):
    with pytest.raises(UserError, match="holds no notes"):
        read_midi(saved(tmp_path / "a.mid", on(36, channel=9)))
