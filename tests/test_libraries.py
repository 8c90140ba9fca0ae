"""A device's library that is missing or broken ends no start: what it is for is off, and a sentence says what to do."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.__main__ import main
from engine.capture import sources
from engine.capture.cameras import plugged_in
from engine.capture.ndi import ndi_sources
from engine.choosing import Missing
from engine.commands import list as listing
from engine.libraries import LIBRARIES, NotLoaded, load
from engine.midi import library
from engine.midi.input import MidiIn
from engine.midi.output import midi_outputs
from engine.parameters import Parameters
from engine.settings import CameraSettings, Settings, VoiceSettings
from engine.voice.devices import find
from engine.voice.port import Voice
from engine.window.displays import open_window
from engine.window.start import Start
from engine.window.terminal import Terminal
from tests.parts import PATIENCE

ROOT = Path(__file__).parents[1]
ALSA = "libasound.so.2: cannot open shared object file"
RAISED = {  # what each raises as it is loaded
    "supriya_midi": ImportError(f"{ALSA}: No such file or directory"), "sounddevice": OSError("PortAudio not found"),
    "pygame": ImportError("libSDL2: file too short"), "cv2_enumerate_cameras": NotImplementedError("no such system"),
    "cyndilib": RuntimeError("no processor for it"), "openvino": AttributeError("half of it is missing"),
    "soundfile": OSError("sndfile library not found"),
}
SHOW = """
import sys
from engine.__main__ import main
for words in (["list"], ["check", "choir", "--source", "crowd:2", "--seconds", "1"],
              ["choir", "--source", "crowd:2", "--seconds", "0.5", "--midi-out", "synth", "--midi-in", "keys",
               "--rig", sys.argv[1]]):
    print(words[0], main(words), flush=True)
"""


@pytest.fixture
def broken(monkeypatch):
    """Have a module raise as it is loaded, by name; nothing that was loaded before is found."""
    def breaks(name: str) -> None:
        class Finder:
            def find_spec(self, wanted, path=None, target=None):
                if wanted == name:
                    raise RAISED[name]

        for loaded in [each for each in sys.modules if each.partition(".")[0] == name]:
            monkeypatch.delitem(sys.modules, loaded)
        monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
        library.library.cache_clear()

    yield breaks
    library.library.cache_clear()


@pytest.mark.parametrize("name", RAISED)
def test_whatever_a_library_raises_is_said_in_one_sentence(broken, name):
    broken(name)
    with pytest.raises(NotLoaded) as told:
        load(name)
    what, mended = LIBRARIES[name]
    assert str(told.value).startswith(f"{what} does not load (") and str(told.value).endswith(f"): {mended}")


def test_a_show_a_check_and_the_list_run_where_no_devices_library_loads(tmp_path, room):
    for name, error in RAISED.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"raise {type(error).__name__}({str(error)!r})\n")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run([sys.executable, "-c", SHOW, room], cwd=ROOT, env=environment, capture_output=True, text=True,
                          timeout=PATIENCE)
    said = done.stdout
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0)
    assert [f"{word} 0\n" in said for word in ("list", "check", "choir")] == [True] * 3
    assert said.count(f"none: midi does not load ({ALSA}): on debian apt install libportaudio2, which brings it") == 2
    for line in ("none: NDI does not load (no processor", "none: sound does not load (PortAudio not found)",
                 "none: the window does not load (libSDL2", "none: the list of cameras does not load (no such system)",
                 "\nsound does not load (PortAudio not found)", "no screen (the window does not load (libSDL2",
                 "\nno midi output 'synth': midi does not load", "\nno midi input 'keys': midi does not load"):
        assert line in said


def test_midi_is_waited_for_and_taken_up_when_its_library_has_come(broken, monkeypatch):
    broken("supriya_midi")
    keys = MidiIn("keys", (), lambda: 0.0)
    assert keys.poll() == [] and keys.notices == (
        f"no midi input 'keys': midi does not load ({ALSA}): on debian apt install libportaudio2, which brings it; "
        "waiting for it",)
    with pytest.raises(Missing, match="midi does not load"):
        MidiIn("keys", (), strict=True)
    with pytest.raises(NotLoaded):
        midi_outputs()
    with monkeypatch.context() as there:
        there.setitem(sys.modules, "supriya_midi", SimpleNamespace(get_compiled_apis=lambda: [], RtMidiError=OSError))
        keys.port.look(2.0)
        assert keys.notices == ("no midi input 'keys': no midi system runs; waiting for it",)
    keys.close()


def test_a_named_sound_device_without_portaudio_ends_only_a_strict_show(broken, capsys):
    broken("sounddevice")
    for device in ("", "headphones"):
        silent = Voice(VoiceSettings(device=device), offline=False)
        assert silent.allocation is None and silent.notices == ()
        assert capsys.readouterr().out.startswith("sound does not load (PortAudio not found): on debian apt install")
        silent.close(0.0)
    with pytest.raises(NotLoaded, match="sound does not load"):
        Voice(VoiceSettings(device="headphones"), offline=False, strict=True)
    assert main(["voice", "c2"]) == 2 and "-o FILE of neocog voice write the sound" in capsys.readouterr().err


def test_flac_without_its_library_is_refused_and_wav_is_not(broken, tmp_path, capsys):
    broken("soundfile")
    assert main(["voice", "c2", "--seconds", "0.1", "-o", str(tmp_path / "c.flac")]) == 2
    assert "neocog: flac does not load (sndfile library not found): on debian apt" in capsys.readouterr().err
    assert main(["voice", "c2", "--seconds", "0.1", "-o", str(tmp_path / "c.wav")]) == 0


def test_portaudio_that_lists_nothing_is_no_crash(monkeypatch):
    class Refuses(Exception):
        pass

    def query():
        raise Refuses("Internal PortAudio error")

    private = ("_StreamBase", "_ffi", "_initialize", "_initialized", "_lib", "_terminate")
    monkeypatch.setitem(sys.modules, "sounddevice", SimpleNamespace(
        query_devices=query, PortAudioError=Refuses, **dict.fromkeys(private)))
    with pytest.raises(Missing, match="portaudio cannot tell which devices there are .Internal PortAudio error.; "):
        find("")


def test_without_pygame_the_terminal_takes_the_place_of_the_window(broken, capsys):
    broken("pygame")
    with Start(Settings()) as tell:
        tell("loading")
    assert isinstance(open_window(Parameters()), Terminal)
    assert capsys.readouterr().out == (
        f"no screen (the window does not load (libSDL2: file too short): {LIBRARIES['pygame'][1]}): running headless\n")


def test_where_cameras_cannot_be_listed_the_demo_plays_and_says_why(broken, monkeypatch):
    with monkeypatch.context() as driver:
        driver.setitem(sys.modules, "cv2_enumerate_cameras", SimpleNamespace())
        with pytest.raises(NotLoaded, match="the cameras cannot be listed .AttributeError"):
            plugged_in()
    broken("cv2_enumerate_cameras")
    name, reader, live_only = sources.plan(None, CameraSettings())
    assert name.startswith("demo (the list of cameras does not load (no such system): ") and not live_only
    with pytest.raises(NotLoaded):
        sources.plan("0", CameraSettings())


def test_a_broken_ndi_is_said_before_a_source_is_opened(broken, monkeypatch):
    monkeypatch.setattr(sources, "installed", lambda: True)
    monkeypatch.setattr("engine.capture.ndi.installed", lambda: True)
    broken("cyndilib")
    for ask in (ndi_sources, lambda: sources.plan("ndi://Desk", CameraSettings())):
        with pytest.raises(NotLoaded, match="NDI does not load .no processor for it."):
            ask()


def test_a_kind_whose_devices_cannot_be_listed_hides_no_other(monkeypatch):
    def fails():
        raise OSError("the bus hangs")

    monkeypatch.setattr(listing, "SECTIONS", {"cameras": ("--source", fails), "patches": ("PATCH", lambda: ["hello"])})
    assert list(listing.lines()) == ["cameras (--source)", "  none: the bus hangs", "patches (PATCH)", "  hello"]
