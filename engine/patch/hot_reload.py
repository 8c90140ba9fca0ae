"""Saving a patch's file swaps it into the running show, after an audition on the scene of the moment.

Whatever a patch raises keeps the last good version playing and is shown as one line.
"""

from pathlib import Path

from engine.errors import UserError
from engine.parameters import Knob
from engine.patch.loader import SHIPPED, LoadedPatch, cues_of, last_line, load, names, shipped
from engine.values import Change, Cue, Scene

SHOWN = 10.0  # seconds that a param nobody has stays on screen
PROVEN = 300  # frames without a raise after which an edit is trusted and an old error is no longer shown


class Patch:
    """The patch being played: reacts to scenes, takes changes, reloads itself when its file is saved.

    error is "" while all is well, else one line to show. A patch's mistakes never leave this class.
    """

    def __init__(self, path: Path, scene: Scene):
        """Load and audition path on a scene; UserError if it raises, since there is nothing to fall back on yet."""
        self.params: dict[str, Knob] = {}
        self.path, self.saved = path, stamp(path)
        self.home, self.tried = path.parent, path.stem
        self.unheard, self.until = "", 0.0  # what was asked for in vain, and until when that is shown
        self.play(self.audition(path, scene))
        self.refused = ""  # why the file as last saved does not play

    name = property(lambda self: self.loaded.name)
    doc = property(lambda self: self.loaded.doc)
    wishes = property(lambda self: self.loaded.wishes)
    error = property(lambda self: self.refused or self.raised or self.unheard)

    def play(self, loaded: LoadedPatch, previous: LoadedPatch | None = None) -> None:
        self.params = self.knobs(loaded)
        self.loaded, self.previous = loaded, previous
        self.raised, self.good = "", 0  # what react raised last, and frames without a raise since

    def knobs(self, loaded: LoadedPatch) -> dict[str, Knob]:
        """The knobs of a patch, with the values that knobs of the same names have now."""
        return {name: Knob(name, param, self.params[name].value if name in self.params else None)
                for name, param in loaded.params.items()}

    def audition(self, path: Path, scene: Scene) -> LoadedPatch:
        """Let a patch react once; what then plays is loaded afresh, so that the audition leaves no trace in it."""
        loaded = load(path)
        try:
            cues_of(loaded, self.knobs(loaded), scene)
        except (Exception, SystemExit) as error:
            raise UserError(last_line(error, path)) from error
        return load(path)

    def react(self, scene: Scene) -> tuple[Cue, ...]:
        """The cues for a scene; none when the patch raises, and a fresh edit then gives way to the one before."""
        if scene.time > self.until:
            self.unheard = ""
        try:
            cues = cues_of(self.loaded, self.params, scene)
        except (Exception, SystemExit) as error:
            told = last_line(error, self.path)
            if self.previous is not None:
                self.play(self.previous)
            self.raised, self.good = told, 0
            return ()
        self.good += 1
        if self.good == PROVEN:
            self.raised, self.previous = "", None
        return cues

    def reload_if_saved(self, scene: Scene) -> None:
        """Swap in the file's new version if it was saved since, and if it passes its audition."""
        now = stamp(self.path)
        if now == self.saved:
            return
        self.saved = now
        if now is None:
            self.refused = f"{self.path.name} is gone: the last good version plays on"
        else:
            self.swap(self.path, scene)

    def turn(self, change: Change, scene: Scene) -> None:
        """Take a change of a param by name ("param/speed"), of the n-th knob ("knob/0", 0..1), or of the patch."""
        kind, _, name = change.name.partition("/")
        if kind == "param" and name in self.params:
            self.params[name].turn(change.value)
        elif kind == "param":
            choices = ", ".join(self.params) or "none here"
            self.unheard, self.until = f"no param {name!r}: {self.name} has {choices}", scene.time + SHOWN
        elif kind == "knob" and int(name) < len(self.params):
            list(self.params.values())[int(name)].place(change.value)
        elif kind == "patch":
            self.choose(change.value, scene)

    def choose(self, wanted: str | int, scene: Scene) -> None:
        """Play another patch of the first one's folder or a shipped one, by name or by so many steps onward.

        What plays already plays on; a step goes on from a patch that was refused.
        """
        around = {name: SHIPPED / f"{name}.py" for name in shipped()}
        around |= {name: self.home / f"{name}.py" for name in names(self.home)}
        order = sorted(around)
        if isinstance(wanted, int):
            wanted = order[(order.index(self.tried) + wanted) % len(order) if self.tried in around else 0]
        if wanted not in around:
            self.refused = f"no patch {wanted!r}: choose one of {', '.join(order)}"
            return
        self.tried = wanted
        if around[wanted] != self.path or self.refused:
            self.swap(around[wanted], scene)

    def swap(self, path: Path, scene: Scene) -> None:
        saved = stamp(path)
        try:
            loaded = self.audition(path, scene)
        except UserError as wrong:
            self.refused = str(wrong)
            return
        self.play(loaded, previous=self.loaded if path == self.path else None)
        self.path, self.saved, self.refused = path, saved, ""


def stamp(path: Path) -> tuple[int, int] | None:
    """What tells one saved version of a file from the next; None when the file is gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size)
