"""What may be turned while a show runs acts on it: turned over OSC or by a controller, told by what receivers hear."""

from dataclasses import replace
from pathlib import Path

import pytest
from pythonosc.udp_client import SimpleUDPClient

from engine.__main__ import main
from engine.errors import UserError
from engine.midi.output import NOTE_OFF, NOTE_ON
from engine.patch.loader import find
from engine.settings import ControlSettings, OscSettings, Settings, TargetSettings, VoiceSettings, WindowSettings
from engine.show import prepare
from engine.voice import port
from engine.window.controls import press
from models.nms import FLOOR
from tests.midi.test_midi import Recorder
from tests.scenes import scene
from tests.virtual_show import Directed, Listener, Scripted, opened, settings_for
from tests.voices import generator

PERSON, CAT, PLANT = (0.3, 0.5, 0.2, 0.4, 0.9, 0), (0.7, 0.3, 0.1, 0.1, 0.3, 1), (0.7, 0.8, 0.1, 0.1, 0.5, 2)
RATE = 60  # frames a second of the test card
ENTER = 4  # frames from first sight to entering, 50 ms
DOUBTED, UNSURE = 10, 8  # frames for one that is hardly over the threshold, and for one that is a little over it
WAYS = pytest.mark.parametrize("way", ["osc", "midi"])


def play_and_turn(rows, settings, listener, turns, way="osc", patch="constellation"):
    """Play a show of what is found, and turn (path, value) before the frames of these numbers; the rig after it."""
    with opened(Scripted(("person", "cat", "potted plant"), rows), find(patch), settings) as (rig, _, play):
        rig.midi_in.port = Recorder()
        client = SimpleUDPClient("127.0.0.1", rig.osc_in.inlet.getsockname()[1])

        def turn(path, value):
            if way == "osc":
                client.send_message(f"/{path}", value)
            else:
                entry = rig.parameters.entries[path]
                place = entry.param.normal(value) if hasattr(entry, "param") else value
                rig.midi_in.learn.turns = {(1, 20): path}
                rig.midi_in.port.waiting.append((0xB0, 20, round(127 * place)))

        rig.source = Directed(rig.source, listener,
                              {frame: lambda what=what: turn(*what) for frame, what in turns.items()})
        play()
    listener.drain()
    return rig


def labels(listener) -> dict[int, list[int]]:
    """The classes of the objects in each frame."""
    heard = {dict(datagram)["/frame"][0]: sorted(arguments[2] for address, arguments in datagram
                                                 if address == "/object/update")
             for datagram in listener.datagrams if "/frame" in dict(datagram)}
    heard.pop(max(heard))  # the goodbye says the last frame again
    return heard


def frames_of(seen: dict[int, list[int]], label: int) -> list[int]:
    return [frame for frame, found in seen.items() if label in found]


@WAYS
def test_the_detectors_threshold(listener, way):
    play_and_turn(lambda index: (PERSON, CAT), settings_for(listener, frames=150), listener,
            {30: ("detector/threshold", 0.25), 60: ("detector/threshold", 0.8)}, way)
    seen = labels(listener)
    assert frames_of(seen, 0) == list(range(ENTER, 149)), "kept by half the threshold, as every known object is"
    # 0.3 is over 0.25 from frame 30 on, and under half of 0.8 from 60 on
    assert frames_of(seen, 1) == list(range(30 + DOUBTED, 60 + round(0.6 * RATE)))


@WAYS
def test_a_class_that_counts_no_more_leaves_at_once_for_everybody(listener, way):
    play_and_turn(lambda index: (PERSON, PLANT), settings_for(listener, frames=60), listener,
            {20: ("detector/classes/potted_plant", 0), 40: ("detector/classes/potted_plant", 1)}, way)
    seen = labels(listener)
    assert frames_of(seen, 0) == list(range(ENTER, 59))
    assert frames_of(seen, 2) == [*range(UNSURE, 20), *range(40 + UNSURE, 59)]
    assert [arguments[2] for _, arguments in listener.messages("/object/leave")].count(2) == 2


def test_a_pattern_lets_one_class_alone_count(listener):
    play_and_turn(lambda index: (PERSON, PLANT), settings_for(listener, frames=40), listener,
            {20: ("detector/classes/{cat,person}", 0)})
    assert labels(listener)[38] == [2]


@WAYS
def test_the_trackers_memory(listener, way):
    play_and_turn(lambda index: (PERSON,) if index < 20 else (), settings_for(listener, frames=200), listener,
            {10: ("tracker/memory", 2.0)}, way)
    left = max(frames_of(labels(listener), 0)) - 19
    assert left / RATE == pytest.approx(2.0, abs=0.05)


@WAYS
def test_the_trackers_smoothing(listener, way):
    walk = [(0.3 + 0.005 * index, *PERSON[1:]) for index in range(60)]
    play_and_turn(lambda index: (walk[index],), settings_for(listener, frames=60), listener,
                  {20: ("tracker/smoothing", 0.0)}, way)
    told = {dict(datagram)["/frame"][0]: dict(datagram)["/object/update"][4]
            for datagram in listener.datagrams if "/object/update" in dict(datagram)}
    assert told[40] == pytest.approx(walk[40][0], abs=1e-4) and abs(told[19] - walk[19][0]) > 1e-3


@WAYS
def test_a_targets_rate(listener, way):
    rig = play_and_turn(lambda index: (), settings_for(listener, frames=120), listener,
                        {60: ("output/1/rate", 31.496)}, way)
    frames = [arguments[0] for _, arguments in listener.messages("/frame")][:-1]
    assert frames[:60] == list(range(60)) and 28 <= len(frames[60:]) <= 33, "62 frames a second, then 31"
    assert "127.0.0.1" in rig.parameters.entries["output/1/rate"].about


def test_a_targets_sides_change_places_for_it_alone(listener):
    other = Listener()
    settings = Settings(source="test-card", frames=40, window=WindowSettings(headless=True), osc=OscSettings(
        "127.0.0.1:0", (TargetSettings(f"127.0.0.1:{other.port}"), TargetSettings(f"127.0.0.1:{listener.port}"))),
        control=ControlSettings("none"))
    play_and_turn(lambda index: (PERSON,), settings, listener, {20: ("output/2/flip_x", 1), 30: ("output/2/flip_y", 1)})
    other.drain()
    for ear, turned in ((other, 0.3), (listener, 0.7)):
        told = {dict(datagram)["/frame"][0]: dict(datagram)["/object/update"][4:6]
                for datagram in ear.datagrams if "/object/update" in dict(datagram)}
        assert [told[frame][0] for frame in (19, 20, 35)] == pytest.approx([0.3, turned, turned], abs=1e-3)
    other.socket.close()


def test_what_the_rig_says_is_so_from_the_first_frame_on(listener):
    said = {"detector/threshold": 0.25, "detector/classes/person": False, "output/1/flip_x": True, "patch/rise": 1.0}
    rig = play_and_turn(lambda index: (PERSON, CAT), settings_for(listener, frames=30, parameters=said), listener, {})
    assert labels(listener)[20] == [1] and rig.parameters["patch/rise"] == 1.0


@pytest.mark.parametrize(("said", "wrong"), [
    ({"tracker/smooth": 1}, "no parameter 'smooth' in tracker: there is smoothing, memory"),
    ({"voice/reverb": 7}, "voice/reverb is 0 to 1, found 7"),
    ({"output/1/rate": -1.0}, "output/1/rate is 0 to 1000, found -1"),
    ({"output/2/rate": 30}, "no parameter '2/rate' in output: there is 1/rate, 1/flip_x"),
    ({"patch/none": 1}, "no parameter 'none' in patch"),
    ({"view/name": "walls"}, "no name 'walls': choose one of network"),
])
def test_what_the_rig_says_wrong_ends_the_start_in_a_sentence(listener, said, wrong):
    with pytest.raises(UserError) as told:
        prepare(settings_for(listener, parameters=said), find("hello"), Scripted(("person",), None), scene())
    assert wrong in str(told.value)


def test_a_threshold_that_the_eyes_keep_back_cannot_be_had(listener):
    patch, _ = prepare(settings_for(listener), find("hello"), Scripted(("person",), None), scene())
    patch.parameters.set("detector/threshold", 0.0, "osc")
    assert patch.parameters["detector/threshold"] == FLOOR


def test_what_a_target_was_turned_to_is_so_again_in_a_replay(listener, tmp_path):
    settings = settings_for(listener, frames=60, record=str(tmp_path / "night"), parameters={"output/1/flip_x": True})
    play_and_turn(lambda index: (PERSON,), replace(settings, voice=VoiceSettings(device="none")), listener,
            {20: ("output/1/rate", 15.0), 40: ("output/1/flip_x", 0)})
    heard, listener.packets = listener.packets, []
    assert main(["replay", str(tmp_path / "night"), "--speed", "20"]) == 0
    listener.drain()
    assert len(heard) < 40 and listener.packets == heard


def test_the_classes_that_a_patch_wants_go_and_come_with_it(listener, tmp_path):
    text = "from engine import Osc\n{}def react(scene, p): yield Osc('/seen', *(track.name for track in scene.tracks))"
    (tmp_path / "one.py").write_text(text.format("classes = 'person'\n"))
    (tmp_path / "two.py").write_text(text.format(""))
    play_and_turn(lambda index: (PERSON, PLANT), settings_for(listener, frames=60), listener,
            {20: ("patch", "two"), 40: ("patch", "one")}, patch=str(tmp_path / "one.py"))
    seen = {dict(datagram)["/frame"][0]: list(dict(datagram)["/seen"]) for datagram in listener.datagrams
            if "/seen" in dict(datagram)}
    assert [seen[frame] for frame in (19, 20, 40)] == [["person"], ["person", "potted plant"], ["person"]]
    assert labels(listener)[19] == [0, 2], "receivers get all"


SPEED = "from engine import Osc, Param\nspeed = Param(1, 0, 10)\ndef react(scene, p): yield Osc('/{name}', p.speed)"


def two_patches(folder) -> str:
    for name in ("one", "two"):
        (folder / f"{name}.py").write_text(SPEED.format(name=name))
    return str(folder / "one.py")


def test_what_comes_after_a_patch_in_one_tick_is_meant_for_it_and_what_comes_before_is_not(listener, tmp_path):
    with opened(Scripted(("person",), lambda index: ()), Path(two_patches(tmp_path)),
                settings_for(listener, frames=40)) as (rig, _, play):
        client = SimpleUDPClient("127.0.0.1", rig.osc_in.inlet.getsockname()[1])

        def act(*messages):
            for address, value in messages:
                client.send_message(address, value)

        rig.source = Directed(rig.source, listener, {
            10: lambda: act(("/param/speed", 3.0), ("/patch", "two")),
            20: lambda: act(("/patch", "one"), ("/patch/speed", 4.0)),
            30: lambda: act(("/view/parameter", "speed"), ("/patch", "two"), ("/param/speed/normal", 0.5))})
        play()
        assert rig.status().notices == rig.status().answers == ()
    listener.drain()
    assert [arguments[0] for _, arguments in listener.messages("/one")] == [1.0] * 10 + [4.0] * 10
    assert [arguments[0] for _, arguments in listener.messages("/two")] == [1.0] * 10 + [5.0] * 10


def test_program_n_is_the_nth_patch(listener, tmp_path):
    path = Path(two_patches(tmp_path))
    with opened(Scripted(("person",), lambda index: ()), path, settings_for(listener, frames=40)) as (rig, patch, play):
        rig.midi_in.port = Recorder()
        place = rig.parameters.entries["show/patch"].choices.index("two")
        send = rig.midi_in.port.waiting.append
        rig.source = Directed(rig.source, listener, {10: lambda: send((0xC0, place)), 20: lambda: send((0xC5, 127))})
        play()
        assert patch.name == "two" and rig.status().notices == rig.status().answers == ()
    listener.drain()
    assert len(listener.messages("/one")) == 10 and len(listener.messages("/two")) == 30


def test_next_goes_on_from_a_patch_that_was_refused(listener, tmp_path):
    path = Path(two_patches(tmp_path))
    (tmp_path / "one_broken.py").write_text("def react(scene, p): yield 1 / 0")
    with opened(Scripted(("person",), lambda index: ()), path, settings_for(listener, frames=40)) as (rig, patch, play):
        order = rig.parameters.entries["show/patch"].choices
        assert order[order.index("one"):][:2] == ("one", "one_broken")
        step = lambda: rig.parameters.step("show/next", 1, "keys")  # noqa: E731
        rig.source = Directed(rig.source, listener, {10: step, 20: step})
        play()
        assert patch.name == order[order.index("one") + 2]


RINGS = "from engine import Note\ndef react(scene, p):\n    if scene.index == 5: yield Note(60, 0.5, 100.0)"


def test_panic_by_a_key_silences_the_voice_and_the_synthesizer(listener, tmp_path, monkeypatch):
    monkeypatch.setattr(port, "voice_of", lambda settings, trial: (generator(lanes=2), 2))
    (tmp_path / "rings.py").write_text(RINGS)
    settings = settings_for(listener, frames=30, voice=VoiceSettings(record=str(tmp_path / "show.wav")))
    with opened(Scripted(("person",), lambda index: ()), tmp_path / "rings.py", settings) as (rig, _, play):
        rig.midi_out.port, sounding = Recorder(), []

        def note():
            sounding.append((rig.voice.allocation.sounding, [message[0] for message in rig.midi_out.port.heard()]))

        rig.source = Directed(rig.source, listener, {
            10: note, 11: lambda: press(".", rig.parameters), 12: note})
        play()
    assert sounding[0] == (1, [NOTE_ON]) and sounding[1][0] == 0 and NOTE_OFF in sounding[1][1]


def test_a_show_that_is_recorded_keeps_its_sound_beside_its_picture(listener, tmp_path, monkeypatch):
    monkeypatch.setattr(port, "voice_of", lambda settings, trial: (generator(lanes=2), 2))
    folder = tmp_path / "night"
    play_and_turn(lambda index: (PERSON,), settings_for(listener, frames=5, record=str(folder)), listener, {})
    assert {"scenes.jsonl", "camera.mkv", "sound.wav"} <= {file.name for file in folder.iterdir()}
