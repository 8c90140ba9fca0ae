"""What the voice does is told over OSC with every frame of a show."""

from engine.cues import Say
from engine.rig import Rig
from engine.settings import ControlSettings, OscSettings, Settings, TargetSettings, VoiceSettings, WindowSettings
from engine.show import table
from engine.voice import port
from tests.ears import sent
from tests.scenes import scene
from tests.voices import generator


def test_what_sounds_is_told_to_every_target_in_every_frame(tmp_path, monkeypatch, receiver, other):
    monkeypatch.setattr(port, "voice_of", lambda settings, trial: (generator(lanes=2), 2))
    targets = TargetSettings(f"neocog@127.0.0.1:{receiver.port}"), TargetSettings(f"split@127.0.0.1:{other.port}")
    settings = Settings(
        source="demo", frames=3, window=WindowSettings(headless=True), osc=OscSettings("127.0.0.1:0", targets),
        control=ControlSettings("none"),
        voice=VoiceSettings(record=str(tmp_path / "show.wav")),
    )  # fmt: skip
    with Rig(settings, table(settings, ("person",)), ("person",)) as rig:
        for index in range(3):
            rig.send(scene(index=index, time=index / 30), (Say(60), Say(67, voice=1)) if index else ())
            rig.tick()
    for ear in (receiver, other):
        told = sent(ear.waiting(), "/voice/state")
        assert [(ran_dry, singing) for _, ran_dry, singing, level in told[:3]] == [
            (0, 0),
            (0, 0),
            (0, 2),
        ]  # of the frame before
