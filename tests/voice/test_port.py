"""The voice as a port: what patches, keyboards and OSC ask for sounds, also in a file, the same every time."""

import sys
import wave

import numpy as np
import pytest

from engine.__main__ import main
from engine.commands.voice import in_a_row, pitch_of
from engine.cues import Note, Say
from engine.errors import UserError
from engine.midi.file import Event
from engine.osc.input import voice_change
from engine.parameters import Parameters
from engine.settings import VoiceSettings
from engine.values import Change
from engine.voice import port
from engine.voice.levels import declare
from engine.voice.places import LINE
from engine.voice.port import Voice
from models.generator import ATTACK, GATE, INSTRUMENT, LOUDNESS, PITCH, VIBRATO
from tests.percepts import STATUS
from tests.scenes import scene
from tests.voice.test_output import Controls
from tests.voices import generator


@pytest.fixture
def voice(tmp_path, monkeypatch):
    """A voice that records a show in its own time."""
    def silent():
        made = generator(lanes=2)
        made.targets[:] = 0
        return made

    monkeypatch.setattr(port, "voice_of", lambda settings, trial: (silent(), 2))
    opened = Voice(VoiceSettings(record=str(tmp_path / "show.wav")), offline=True)
    yield opened
    opened.close(0.0)


def samples(path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (48_000, 2, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)[:, 0] / 32768


def test_a_recording_holds_the_show_in_its_own_time(voice, tmp_path):
    for frame in range(60):
        voice.send(scene(), [Say(50)] if 15 <= frame < 30 else [], STATUS, frame / 30)
        voice.tick(frame / 30)
    assert voice.sounds == (0, voice.player.level)
    voice.close(0.0)
    sound = samples(tmp_path / "show.wav")
    assert len(sound) == pytest.approx(48_000 * 59 / 30, abs=256)
    loud = np.abs(sound) > 1e-3
    assert np.flatnonzero(loud)[0] == pytest.approx(24_000, abs=600), "a frame's voice begins with its frame"
    assert loud[25_000:47_000].mean() > 0.5 and not loud[92_000:].any()


def test_osc_voices_and_keys_play_beside_the_patch(voice):
    for address, arguments in (("/voice/3/pitch", [62.5]), ("/voice/3/timbre", [0.9, 0.2]), ("/voice/3/gate", [1])):
        assert voice.take(voice_change(address, arguments))
    targets = voice.allocation.targets
    assert targets[0, PITCH] == 62.5 and targets[0, GATE] == 1 and targets[0, 2] == pytest.approx(0.9)
    voice.take(voice_change("/voice/3/loudness", [0.25]))
    assert targets[0, LOUDNESS] == 0.25
    voice.take(Change("note", (40, 1.0, 1), "midi"))
    voice.take(Change("bend", (0.5, 1), "midi"))
    assert targets[1, PITCH] == 41 and targets[0, PITCH] == 62.5
    voice.take(Change("note", (40, 0.0, 1), "midi"))
    voice.take(voice_change("/voice/3/gate", [0.0]))
    assert not targets[:, GATE].any()
    assert not voice.take(Change("layer", "conv1", "osc")) and not voice.take(Change("voice/volume", 0.5, "osc"))


@pytest.mark.parametrize("address,arguments", [
    ("/voice/1/pitch", ["high"]), ("/voice/1/pitch", []), ("/voice/1/timbre", [0.1] * 4), ("/voice/1/place", [0.1] * 3),
    ("/voice/1/gate", [float("nan")])])
def test_malformed_osc_is_refused(address, arguments):
    with pytest.raises(ValueError, match="finite number"):
        voice_change(address, arguments)


def test_voices_that_do_not_exist_are_unknown():
    assert voice_change("/voice/x/pitch", [1.0]) is None and voice_change("/voice/1/colour", [1.0]) is None
    assert voice_change("/voice/12345/pitch", [1.0]) is None


def test_without_sound_everything_is_taken_and_nothing_loaded(monkeypatch):
    monkeypatch.setattr(port, "voice_of", lambda settings, trial: pytest.fail("nothing to play with"))
    silent = Voice(VoiceSettings(device="none"), offline=False)
    silent.send(scene(), [Say(50)], STATUS, 0.0)
    assert silent.take(Change("note", (60, 1.0, 1), "midi")) and silent.sounds is None
    assert silent.unheard.notice == "1 voice had nowhere to go: no sound"
    silent.panic()
    silent.close(0.0)


def test_a_device_that_was_named_must_be_there_and_the_systems_own_need_not(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "sounddevice", Controls())
    monkeypatch.setattr("engine.voice.devices.devices", lambda: [])
    with pytest.raises(UserError, match="no sound device 'headphones', there is none at all: connect one"):
        Voice(VoiceSettings(device="headphones"), offline=False, strict=True)
    monkeypatch.setattr(port, "voice_of", lambda settings, trial: (generator(lanes=2), 2))
    waiting = Voice(VoiceSettings(device="headphones"), offline=False)
    assert waiting.notices == (
        "no sound device 'headphones', there is none at all: connect one; --record FILE of a show and -o FILE of "
        "neocog voice write the sound to a file; waiting for it",)
    waiting.send(scene(), [Say(50)], STATUS, 0.0)
    waiting.close(0.0)
    Voice(VoiceSettings(), offline=False).close(0.0)
    assert capsys.readouterr().out == (
        "no sound device: connect one; --record FILE of a show and -o FILE of neocog voice write the sound to a file\n")


@pytest.mark.parametrize("record", ["", "show.wav"])
def test_a_device_that_another_program_holds_ends_only_a_show_that_named_it(record, monkeypatch, capsys, tmp_path):
    def taken(*_):
        raise UserError("sound device 'usb' does not open")

    monkeypatch.setitem(sys.modules, "sounddevice", Controls())
    monkeypatch.setattr(port, "find", lambda device: (0, {}))
    monkeypatch.setattr(port, "voice_of", lambda settings, trial: (generator(), 2))
    monkeypatch.setattr("engine.voice.output.DeviceOutput", taken)
    path = record and str(tmp_path / record)
    with pytest.raises(UserError, match="does not open"):
        Voice(VoiceSettings(device="usb", record=path), offline=False)
    voice = Voice(VoiceSettings(record=path), offline=False)
    assert capsys.readouterr().out == "sound device 'usb' does not open\n"
    assert (voice.sounds is not None) == bool(record)
    voice.close(0.0)


def test_a_device_by_number_or_part_of_its_name(monkeypatch):
    from engine.voice.devices import find

    names = ["Built-in Output", "USB Audio 1", "USB Audio 2"]
    monkeypatch.setattr("engine.voice.devices.devices",
                        lambda: [(3 + n, {"name": name}) for n, name in enumerate(names)])
    assert find("built-in")[0] == 3 and find("4")[0] == 4 and find("5: USB Audio 2")[0] == 5
    with pytest.raises(UserError, match="'usb' fits more than one sound device: 4: USB Audio 1, 5: USB"):
        find("usb")
    with pytest.raises(UserError, match="no sound device is called 'moon': give the number or a part of 3: Built-in"):
        find("moon")


def test_names_of_notes():
    names = ("c4", "A4", "eb2", "f#1", "c-1", "60", "127", "45.5", "B♭1", "F♯3", "c##4", "dbb4")
    assert [pitch_of(name) for name in names] == [60, 69, 39, 30, 0, 60, 127, 45.5, 34, 54, 62, 60]
    for wrong in ("h2", "c", "128", "-1", "c10", "", "nan", "c#b4"):
        with pytest.raises(UserError, match="no note"):
            pitch_of(wrong)
    assert in_a_row(["a2", "45.5"], 0.5) == [
        Event(0, "note", (45, 0.8, 1)), Event(0.5, "note", (45, 0, 1)), Event(0.5, "note", (45.5, 0.8, 1)),
        Event(1, "note", (45.5, 0, 1))]


def test_panic_silences_what_sounds(voice):
    voice.send(scene(), [Say(50)], STATUS, 0.0)
    voice.take(Change("note", (40, 1.0, 1), "midi"))
    for now in (0.1, 0.2, 0.3):
        voice.tick(now)
    assert voice.player.level > 0.01
    assert len(voice.meters) == 2 and min(voice.meters) > 0.01, "each lane has a meter"
    voice.panic()
    voice.tick(0.9)
    assert voice.player.level < 1e-4 and voice.allocation.sounding == 0
    voice.take(Change("bend", (0.5, 1), "midi"))
    assert not voice.allocation.targets[:, GATE].any()


@pytest.mark.parametrize("name", ["panic", "show/panic"])
def test_panic_reaches_the_voice_beside_the_frames_and_goes_on_to_the_show(voice, name):
    voice.send(scene(), [Say(50)], STATUS, 0.0)
    assert not voice.take(Change(name, 0, "osc")) and voice.allocation.sounding == 1, "a release is no press"
    assert not voice.take(Change(name, 1, "osc")) and voice.allocation.sounding == 0


def test_volume_is_in_the_recording(tmp_path, monkeypatch):
    monkeypatch.setattr(port, "voice_of", lambda settings, trial: (generator(lanes=2), 2))
    loud = []
    for volume in (1.0, 0.5):
        path = tmp_path / f"{volume}.wav"
        parameters = Parameters()
        declare(parameters)
        parameters.set("voice/volume", volume, "rig")
        voice = Voice(VoiceSettings(record=str(path)), offline=True, parameters=parameters)
        voice.tick(0.0)
        voice.tick(0.5)
        voice.close(0.0)
        loud.append(np.abs(samples(path)).max())
    assert loud[1] == pytest.approx(loud[0] / 2, rel=0.01) and loud[0] > 0.1


def test_notes_sound_where_no_midi_port_plays_them_and_end_in_time(tmp_path, monkeypatch):
    monkeypatch.setattr(port, "voice_of", lambda settings, trial: (generator(lanes=2), 2))
    voice = Voice(VoiceSettings(record=str(tmp_path / "show.wav")), offline=True, notes=True)
    voice.allocation.panic()
    voice.send(scene(), [Note(40, 0.5, 0.25)], STATUS, 1.0)
    lane = voice.allocation.keys.index(("note", 1, 40))
    assert voice.allocation.targets[lane, PITCH] == 40
    assert voice.allocation.targets[lane, LOUDNESS] == pytest.approx(0.7), "the velocity curve, and not the velocity"
    voice.tick(1.2)
    assert voice.allocation.sounding == 1
    voice.tick(1.25)
    assert voice.allocation.sounding == 0
    voice.close(0.0)


def test_the_table_turns_volume_and_room(tmp_path, monkeypatch):
    monkeypatch.setattr(port, "voice_of", lambda settings, trial: (generator(lanes=2), 2))
    parameters = Parameters()
    declare(parameters)
    voice = Voice(VoiceSettings(record=str(tmp_path / "show.wav")), offline=True, parameters=parameters)
    parameters.set("voice/volume", 0.25, "osc")
    parameters.set("voice/reverb/normal", 0.5, "midi")
    voice.tick(0.0)
    assert voice.console.levels.tolist() == [0.25, 0.5, 1.5]
    voice.close(0.0)


def test_what_nobody_hears_is_told_once():
    silent = Voice(VoiceSettings(device="none"), offline=False, notes=True)
    silent.send(scene(), [Note(40), Note(41), Say(50)], STATUS, 0.0)
    assert silent.unheard.notice == "2 notes and 1 voice had nowhere to go: no MIDI out and no sound"
    silent.send(scene(), [Note(40)], STATUS, 10.0)
    assert "3 notes" in silent.unheard.notice
    silent.send(scene(), [Note(40)], STATUS, 10.1)
    assert silent.unheard.notice == ""


def test_the_place_of_a_voice_reaches_its_lane(voice):
    voice.send(scene(), [Say(50, pan=0.25), Say(60, voice=1, pan=7.0)], STATUS, 0.0)
    assert voice.console.places.tolist() == [[0.25, LINE], [1.0, LINE]]
    voice.send(scene(), [Say(50, x=0.75, y=0.25), Say(60, voice=1)], STATUS, 0.1)
    assert voice.console.places.tolist() == [[0.75, 0.25], [0.5, LINE]]


def test_osc_turns_everything_that_a_voice_has(voice):
    for what, arguments in (("gate", [1]), ("attack", [0.5]), ("vibrato", [0.25]), ("instrument", [0.75]),
                            ("place", [0.5, 0.125])):
        voice.take(voice_change(f"/voice/1/{what}", arguments))
    assert voice.allocation.targets[0, [ATTACK, VIBRATO, INSTRUMENT]].tolist() == [0.5, 0.25, 0.75]
    assert voice.console.places[0].tolist() == [0.5, 0.125]
    voice.take(voice_change("/voice/1/pan", [0.25]))
    voice.take(voice_change("/voice/1/gate", [0]))
    voice.take(voice_change("/voice/1/gate", [1]))
    assert [0.25, LINE] in voice.console.places.tolist(), "it is on the line again, and stays there"


@pytest.mark.parametrize("ring,channels,told", [
    ((0.0, 90.0, 180.0), 4, "has 3 angles for 4 channels"), ((0.0, 180.0), 0, "wants three loudspeakers or more"),
    ((0.0, 20.0, 40.0), 0, "none more than 170 degrees"), ((0.0, 120.0, 120.0, 240.0), 0, "no two alike")])
def test_what_is_no_ring_is_told_before_anything_opens(ring, channels, told):
    with pytest.raises(UserError, match=told):
        Voice(VoiceSettings(device="none", ring=ring, channels=channels), offline=False)


def test_the_command_sings_notes_into_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.commands.voice.voice_of",
                        lambda settings, trial: (generator(lanes=settings.lanes), settings.lanes))
    for name in ("one.wav", "two.wav"):
        assert main(["voice", "a2", "e3", "-o", str(tmp_path / name), "--seconds", "0.2"]) == 0
    one, two = samples(tmp_path / "one.wav"), samples(tmp_path / "two.wav")
    np.testing.assert_array_equal(one, two)
    assert len(one) == pytest.approx(1.4 * 48_000, abs=300) and 0.05 < np.abs(one).max() <= 1


@pytest.mark.parametrize("words,told", [
    (["voice"], "voice wants one of: notes"), (["voice", "h9", "-o", "x.wav"], "no note 'h9'"),
    (["voice", "--midi", "no.mid", "-o", "x.wav"], "no MIDI file 'no.mid'"),
    (["voice", "a2", "--voice", "nowhere", "-o", "x.wav"], "found no file"),
    (["voice", "a2", "--lanes", "99", "-o", "x.wav"], "lanes is 1 to 64"),
    (["train", "voice", "nowhere"], "no folder 'nowhere'"), (["train", "face", "x"], "choose from")])
def test_wrong_words_get_a_sentence(words, told, capsys):
    assert main(words) == 2
    assert told in capsys.readouterr().err


def test_a_patch_names_its_voice_and_the_rig_overrules_it(tmp_path, capsys, room):
    (tmp_path / "piece.py").write_text('voice = "mine"\n\n\ndef react(scene, p):\n    return []\n')
    words = [str(tmp_path / "piece.py"), "--source", "crowd:2", "--headless", "--frames", "2", "--record",
             str(tmp_path / "show.wav")]
    assert main([*words, "--rig", room]) == 2
    assert f"no file {tmp_path / 'mine' / 'voice.safetensors'}" in capsys.readouterr().err
    with open(room, "a") as file:
        file.write('[voice]\nname = "theirs"\n')
    assert main([*words, "--rig", room]) == 2
    assert "no file theirs/voice.safetensors" in capsys.readouterr().err


def test_a_file_that_cannot_be_written(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("engine.commands.voice.voice_of", lambda settings, trial: (generator(), 2))
    assert main(["voice", "a2", "-o", str(tmp_path / "no" / "x.wav")]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_voices_that_were_refused_are_told_of_for_ten_seconds(voice):
    voice.send(scene(), [Say(float("nan")), Say(float("inf"), voice=1)], STATUS, 1.0)
    voice.tick(1.0)
    assert any(notice.startswith("2 voices refused") for notice in voice.notices)
    voice.tick(11.1)
    assert not any("refused" in notice for notice in voice.notices)
