"""neocog check: audition a patch on the demo or on one's own footage, without ports or screen, and print its cues."""

from collections import Counter
from dataclasses import fields

from engine.capture.sources import open_source
from engine.cues import Control, Cue, Osc, Say
from engine.errors import UserError
from engine.patch.loader import find, load
from engine.settings import Settings
from engine.show import eyes_for, first_scene, prepare
from engine.signals.ranges import LayerRanges
from engine.signals.unit_regions import unit_regions

MOST = 20  # lines of the summary


def check(name: str, uri: str = "demo", seconds: float = 10.0) -> None:
    """Print each cue with its time, and how many there were of each kind; UserError with the patch's line if it raises.

    Plays so many seconds of the source, or less if it ends.
    """
    path = find(name)
    loaded, settings = load(path), Settings(source=uri)
    source = open_source(uri, every_frame=True)
    if not source.offline:
        source.close()
        raise UserError(f"check wants what can be played frame by frame, found {source.name}: a file, demo or crowd:N")
    _, eyes = eyes_for(settings, loaded)
    patch, tracker = prepare(settings, path, eyes, first_scene(eyes), loaded)
    kinds, frames, time, ranges = Counter(), 0, 0.0, LayerRanges()
    while (frame := source.newer(than=-1, timeout=0)) is not None and frame.time < seconds:
        percept = eyes(frame)
        scene = patch.see(unit_regions(ranges(tracker(percept)), percept, patch.followed))
        frames, time = frames + 1, scene.time
        for cue in patch.cues(scene):
            kinds[kind(cue)] += 1
            print(f"{scene.time:7.3f} s  {short(cue)}")
        if patch.error:
            raise UserError(patch.error)
    patch.close()
    source.close()
    names = ", ".join(patch.parameters.below("patch")) or "none"
    print(f"{patch.name}: {kinds.total()} cues in {frames} frames, parameters: {names}")
    for word, count in kinds.most_common(MOST):
        print(f"  {word:24} {count:6}  {count / (time + 1 / source.rate):7.3g} a second")


def kind(cue: Cue) -> str:
    """What cues are counted by: an address, a controller, a voice, else what it is."""
    told = {Osc: "address", Control: "number", Say: "voice"}.get(type(cue))
    word = type(cue).__name__
    return f"{word} {getattr(cue, told)}" if told else word


def short(cue: Cue) -> str:
    """A cue in a line, its numbers in four digits, without what it is anyway."""
    def digits(value: object) -> str:
        return f"{value:.4g}" if isinstance(value, float) else repr(value)

    if isinstance(cue, Osc):
        return " ".join([cue.address, *map(digits, cue.arguments)])
    told = [(field.name, getattr(cue, field.name))
            for field in fields(cue) if getattr(cue, field.name) != field.default]
    return " ".join([type(cue).__name__, *(f"{name} {digits(value)}" for name, value in told)])
