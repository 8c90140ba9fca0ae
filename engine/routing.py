"""Routing: who takes what came in from outside, and who acts on what was turned."""

from pathlib import Path

from engine.control.presets import Presets
from engine.parameters import Parameters, path_of
from engine.patch.hot_reload import Patch
from engine.rig import Rig
from engine.values import Change, Scene

NAMES_A_PATCH = ("patch", "show/patch", "show/patch/normal", "program")


def declare(parameters: Parameters) -> None:
    """What can be done to the show as a whole."""
    parameters.choice("show/patch", "", (), "the patch that plays")
    parameters.command("show/next", "next patch")
    parameters.command("show/previous", "previous patch")
    parameters.command("show/panic", "silence at once")
    parameters.command("show/quit", "leave")
    parameters.command("zones/reset", "zones back to where the patch has them")


class Routing:
    """What came in and did not play the voice goes into the table of parameters; what the table tells once a tick goes
    to whoever acts on it."""

    def __init__(self, parameters: Parameters, rig: Rig, patch: Patch):
        self.parameters, self.rig, self.patch = parameters, rig, patch
        self.presets = Presets(parameters, Path(rig.settings.rig) if rig.settings.rig else None)
        self.actions = {
            "show/next": lambda change, scene: patch.step(1, scene),
            "show/previous": lambda change, scene: patch.step(-1, scene),
            "show/patch": self.choose,
            "show/panic": lambda change, scene: rig.panic(),
            "show/quit": lambda change, scene: rig.stop(),
            "zones/reset": lambda change, scene: parameters.restore("zone", "reset"),
            "show/picture": lambda change, scene: rig.window.save(),
            "preset/play": self.play,
            "preset/keep": lambda change, scene: self.presets.keep(change.value),
            "preset/forget": lambda change, scene: self.presets.forget(change.value),
        }

    def take_in(self, scene: Scene) -> None:
        """Take in everything that was played and turned since the last call, and act on it."""
        changes = self.rig.steering.changes()
        last = max((place for place, change in enumerate(changes) if change.name in NAMES_A_PATCH), default=-1)
        for place, change in enumerate(changes):
            self.enter(change)
            if place == last:  # what comes after it is meant for the patch that it names
                self.bring_on(self.parameters["show/patch"], scene)
        self.rig.window.poll()
        changes = self.parameters.changes(self.rig.now())
        self.rig.feedback.follow(changes, self.rig.now())
        self.presets.follow(changes, self.rig.now())  # before a new one is played: it takes what was turned with it
        for change in changes:
            if change.name in self.actions:
                self.actions[change.name](change, scene)
    def bring_on(self, name: str, scene: Scene) -> None:
        """Play a patch, and have its wishes at once, for what is turned after it is meant for it."""
        self.patch.choose(name, scene)
        self.rig.wish(self.patch)

    def play(self, change: Change, scene: Scene) -> None:
        """Play a preset."""
        self.presets.play(change.value, self.rig.now(), lambda name: self.bring_on(name, scene))

    def choose(self, change: Change, scene: Scene) -> None:
        """Play the patch that was chosen; which one plays is no news to the patch that said so itself."""
        if change.origin != "patch":
            self.bring_on(change.value, scene)

    def enter(self, change: Change) -> None:
        """Put a change into the table; the n-th knob of a controller is the n-th parameter of the patch, and program n
        the n-th of the patches."""
        kind, _, rest = change.name.partition("/")
        path, value = path_of(change.name), change.value
        if kind == "knob":
            names = list(self.parameters.below("patch"))
            if int(rest) >= len(names):
                return
            path = f"patch/{names[int(rest)]}/normal"
        elif kind == "program":
            choices = self.parameters.entries["show/patch"].choices
            if value >= len(choices):
                return
            path, value = "show/patch", choices[value]
        self.parameters.set(path, value, change.origin)
