"""The show: frames in, percepts, scenes, cues out. Everything that opens or closes lives in the rig."""

from engine.patch.hot_reload import Patch
from engine.rig import Rig
from engine.routing import Routing
from engine.signals.ranges import LayerRanges
from engine.signals.unit_regions import unit_regions
from engine.tracking.tracker import Tracker
from engine.values import Scene
from engine.vision.inference import Eyes

TICK = 0.01  # seconds that the loop waits for a frame before it looks after notes, parameters and the window again


def loop(rig: Rig, eyes: Eyes, tracker: Tracker, patch: Patch, scene: Scene) -> None:
    """Play the patch until the rig is done; scene is what the patch was auditioned on."""
    routing = Routing(rig.parameters, rig, patch)
    eyes, tracker, react, send, show = rig.stopwatch.around(
        eyes=eyes, tracker=tracker, patch=patch.react, send=rig.send, window=rig.show)
    seen, ranges = -1, LayerRanges()
    while not rig.done:
        frame = rig.source.newer(than=seen, timeout=TICK)
        routing.take_in(scene)
        patch.reload_if_saved(scene)
        if frame is not None:
            seen = frame.index
            percept = eyes(frame)
            scene = ranges(tracker(percept))
            scene = patch.see(unit_regions(scene, percept, rig.followed + patch.followed))
            send(scene, react(scene))
            show(percept, scene, patch)
        rig.tick()
