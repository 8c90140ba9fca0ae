"""Putting a show on: networks, tracker, patch and rig from the settings, then the loop."""

import gc
import signal
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
from torch import nn

from engine import routing
from engine.capture import drawing
from engine.capture.simulator import Crowd, SimulatedEyes
from engine.capture.sources import pace
from engine.control import presets
from engine.errors import UserError
from engine.loop import loop
from engine.osc import output
from engine.osc.targets import targets_of
from engine.parameters import Parameters
from engine.patch.hot_reload import Patch
from engine.patch.loader import LoadedPatch, find, load
from engine.rig import Rig
from engine.settings import Settings
from engine.tracking import tracker as tracking
from engine.tracking.tracker import Tracker
from engine.values import Frame, Scene
from engine.vision.best_detector import AUTO, best_detector, speed_here
from engine.vision.inference import LIVE, Eyes
from engine.vision.networks import open_network
from engine.vision.retry import Retrying
from engine.voice import levels
from engine.window import controls

ENDINGS = ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP")  # as far as a system has them; nohup means to outlive the last


def run_show(settings: Settings, tell: Callable[[str], None]) -> None:
    """Perform until the window is closed, the time is over, or somebody interrupts; UserError before that if it cannot.

    tell says what is being prepared until then.
    """
    path = find(settings.patch)
    loaded = load(path)
    targets_of(settings.osc)  # what is wrong with one is told before the networks are loaded
    wishes = loaded.wishes
    names, eyes = eyes_for(settings, loaded, tell)
    network = plain(eyes)
    eyes = Retrying(eyes)
    if "voice" in wishes and not settings.voice.name:
        settings = replace(settings, voice=replace(settings.voice, name=str(path.parent / wishes["voice"])))
    scene = first_scene(eyes)
    patch, tracker = prepare(settings, path, eyes, scene, loaded)
    with Rig(settings, patch.parameters, tuple(eyes.detector.classes), features=names[1],
             network=network, tell=tell) as rig, closing(patch):
        rig.eyes = eyes
        targets = ", ".join(target.to for target in settings.osc.target)
        rig.say(f"{patch.name} on {rig.source.name}, {eyes}, osc to {targets}, listening at {settings.osc.listen}")
        for told in rig.osc_out.told:
            rig.say(told)
        if rig.voice.player.told:
            rig.say(f"voice: {rig.voice.player.told}")
        if rig.control.address:
            rig.say(f"control page at {rig.control.address}")
        for name in ENDINGS:
            number = getattr(signal, name, None)
            if number is not None and (name != "SIGHUP" or signal.getsignal(number) is not signal.SIG_IGN):
                signal.signal(number, rig.stop)
        gc.collect()
        gc.freeze()  # what is loaded stays: to look through all of it for garbage takes 50 ms, in which a frame is late
        loop(rig, eyes, tracker, patch, scene)


def eyes_for(settings: Settings, patch: LoadedPatch, tell: Callable[[str], None] = lambda line: None
             ) -> tuple[list[str], Eyes | SimulatedEyes]:
    """The names of the two networks for a patch, and the eyes that see with them; a simulated crowd needs neither."""
    if settings.source.startswith("crowd:"):
        return ["", ""], SimulatedEyes(Crowd.parse(settings.source))
    tell("loading the networks")
    names, pair = networks(settings, patch, tell)
    eyes = Eyes(*pair, settings.device, settings.runtime, tell)
    eyes.look_twice(LIVE / pace(settings.source, settings.camera))
    return names, eyes


def prepare(settings: Settings, path: Path, eyes, scene: Scene, loaded: LoadedPatch | None = None
            ) -> tuple[Patch, Tracker]:
    """The patch, auditioned on a scene, and the tracker: both with the table of parameters, turned as the rig says.

    UserError for a parameter that nobody has and a value that it cannot have.
    """
    classes = tuple(eyes.detector.classes)
    parameters = table(settings, classes)
    patch = Patch(path, scene, parameters, loaded)
    turn(parameters, settings.parameters)
    return patch, Tracker(classes, parameters)


def turn(parameters: Parameters, said: Mapping[str, float | str | bool]) -> None:
    """Turn the table to what a rig says, by path; UserError for a path that nobody has or a value it cannot have."""
    for path, value in said.items():
        parameters.set(path, value, "rig")
        for wrong in parameters.notices:
            raise UserError(f"[parameters] {wrong}")
        param = getattr(parameters.entries.get(path), "param", None)
        if param and not param.low <= value <= param.high:
            raise UserError(f"[parameters] {path} is {param.low:g} to {param.high:g}, found {value:g}")


def table(settings: Settings, classes: tuple[str, ...]) -> Parameters:
    """The table of parameters of a show, but for its patch's; classes are what the detector finds."""
    parameters = Parameters()
    for room in (routing, controls, levels, presets):
        room.declare(parameters)
    if settings.source == "drawing":
        drawing.declare(parameters)
    tracking.declare(parameters, classes)
    output.declare(parameters, targets_of(settings.osc))
    controls.offer_rest(parameters)
    return parameters


def plain(eyes) -> nn.Module | None:
    """The feature network, where the eyes run, to ask for gradients and to run on other pictures; None where it is no
    torch module."""
    network = getattr(eyes, "features", None)
    return network.to(eyes.device) if isinstance(network, nn.Module) else None


def networks(settings: Settings, patch: LoadedPatch, tell: Callable[[str], None]) -> tuple[list[str], list[nn.Module]]:
    """The names of the detector and the feature network for a patch, and the two; prints why this detector."""
    names = [chosen(settings, kind, patch.wishes) for kind in ("detector", "features")]
    if names[0] == AUTO:
        names[0], why = best_detector(
            patch.classes, lambda name: speed_here(name, settings.device, settings.runtime, tell))
        if why:
            print(why, flush=True)
    folder = patch.path.parent
    return names, [open_network(name, folder, kind) for name, kind in zip(names, ("detector", "features"), strict=True)]


def chosen(settings: Settings, kind: str, wishes: Mapping[str, str]) -> str:
    """A network's name: what the rig or the command line says, else the patch's wish, else the best detector or the
    features that ship."""
    return getattr(settings.networks, kind) or wishes.get(kind, AUTO if kind == "detector" else kind)


def first_scene(eyes: Eyes) -> Scene:
    """A scene of an empty dark room, to audition a patch on before there is a picture."""
    dark = Frame(np.zeros((480, 640, 3), np.uint8), 0, 0.0)
    return Tracker(tuple(eyes.detector.classes))(eyes(dark))
