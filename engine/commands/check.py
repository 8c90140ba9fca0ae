"""neocog check: audition a patch on ten seconds of the demo, without ports or screen, and print its cues."""

from engine.capture.sources import open_source
from engine.errors import UserError
from engine.patch.hot_reload import Patch
from engine.patch.loader import find, load
from engine.settings import Settings
from engine.show import first_scene, networks
from engine.tracking.tracker import Tracker
from engine.vision.inference import Eyes

FRAMES = 600


def check(name: str) -> None:
    """Print each cue with its time; UserError with the patch's own line if it raises."""
    path = find(name)
    eyes = Eyes(*networks(Settings(), path, load(path).wishes)[1])
    tracker = Tracker(tuple(eyes.detector.classes))
    patch = Patch(path, first_scene(eyes))
    source = open_source("demo", every_frame=True)
    cues = 0
    for _ in range(FRAMES):
        scene = tracker(eyes(source.newer(than=-1, timeout=0)))
        for cue in patch.react(scene):
            cues += 1
            print(f"{scene.time:7.3f} s  {cue}")
        if patch.error:
            raise UserError(patch.error)
    params = ", ".join(patch.params) or "none"
    print(f"{patch.name}: {cues} cues in {FRAMES} frames, {len(patch.params)} params: {params}")
