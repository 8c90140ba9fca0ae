"""Routing: who takes what came in from outside, and who acts on what was turned."""

from engine.parameters import Parameters, path_of
from engine.patch.hot_reload import Patch
from engine.rig import Rig
from engine.values import Change, Scene


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
        self.parameters, self.rig = parameters, rig
        self.actions = {
            "show/next": lambda value, scene: patch.step(1, scene),
            "show/previous": lambda value, scene: patch.step(-1, scene),
            "show/patch": patch.choose,
            "show/panic": lambda value, scene: rig.panic(),
            "show/quit": lambda value, scene: rig.stop(),
            "zones/reset": lambda value, scene: parameters.restore("zone", "reset"),
            "show/picture": lambda value, scene: rig.window.save(),
        }

    def turn(self, scene: Scene) -> None:
        """Take in everything that was played and turned since the last call, and act on it."""
        for change in self.rig.steering.changes():
            self.enter(change)
        self.rig.window.poll()
        changes = self.parameters.changes(self.rig.now())
        self.rig.feedback.follow(changes, self.rig.now())
        for change in changes:
            if change.name in self.actions:
                self.actions[change.name](change.value, scene)

    def enter(self, change: Change) -> None:
        """Put a change into the table; the n-th knob of a controller is the n-th parameter of the patch."""
        kind, _, rest = change.name.partition("/")
        path = path_of(change.name)
        if kind == "knob":
            names = list(self.parameters.below("patch"))
            if int(rest) >= len(names):
                return
            path = f"patch/{names[int(rest)]}/normal"
        self.parameters.set(path, change.value, change.origin)
