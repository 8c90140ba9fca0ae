"""Saving a patch's file swaps it into the running show, after an audition on the scene of the moment.

Whatever a patch raises keeps the last good version playing and is shown as one line.
"""

import contextlib
from pathlib import Path

from engine.cues import Cue
from engine.errors import UserError
from engine.parameter import Number
from engine.parameters import Parameters
from engine.patch.folder import PatchFolder, stamp
from engine.patch.loader import LoadedPatch, audition, cues_of, guarded, load
from engine.patch.time_limit import TooLong
from engine.signals.declared import Declared
from engine.signals.declared import cues as declared_cues
from engine.tracking.wanted import Wanted
from engine.tracking.zone_file import ZoneFile
from engine.values import Scene

PROVEN = 300  # frames without a raise after which an edit is trusted and an old error is no longer shown
FAILURES = 30  # frames in a row that a trusted version may fail before the one before it plays again
HANGS = 3  # times that a version may hang before it is put aside
KEPT = 3  # earlier versions of a file that are kept to go back to


class Patch:
    """The patch being played: reacts to scenes, reloads itself when its file is saved, gives way to others.

    Its parameters stand in the table below patch/, and every patch remembers its own. A patch's mistakes never leave
    this class: notices says what is wrong in a line.
    """

    def __init__(self, path: Path, scene: Scene, parameters: Parameters, loaded: LoadedPatch | None = None):
        """Audition path on a scene; UserError if it raises, since there is nothing to fall back on yet.

        loaded is the file as it was run already to learn its wishes.
        """
        self.parameters, self.folder, self.tried = parameters, PatchFolder(path.parent), path.stem
        self.values: dict[Path, dict[str, Number]] = {}  # the parameters of every patch that has played
        self.declared, self.wanted = Declared(), Wanted()
        self.zone_file = ZoneFile(path, {})
        self.refused = ""  # why the file as last saved does not play
        self.loaded = loaded or load(path)
        self.saved = stamp(self.loaded.files)
        self.open(self.loaded, scene)
        self.play(self.loaded)
        self.survey(scene)

    name = property(lambda self: self.loaded.name)
    path = property(lambda self: self.loaded.path)
    doc = property(lambda self: self.loaded.doc)
    wishes = property(lambda self: self.loaded.wishes)
    followed = property(lambda self: self.declared.followed)
    error = property(lambda self: self.refused or self.raised)
    notices = property(lambda self: tuple(filter(None, (self.error, self.zone_file.trouble))))

    def play(self, loaded: LoadedPatch, before: tuple[LoadedPatch, ...] = ()) -> None:
        """Let an opened version be the one that reacts, with its parameters in the table.

        before are earlier versions of the same file that played well, the newest first.
        """
        again, self.loaded, self.before = loaded.path == self.loaded.path, loaded, before
        self.values[loaded.path] = numbers = self.numbers(loaded)
        self.parameters.replace("patch", numbers)
        self.parameters.offer("view/parameter", numbers, tell=False)
        self.raised, self.proven, self.good, self.failed, self.hung = "", False, 0, 0, 0
        self.zone_file.write()
        declared, self.wanted.classes = Declared(vars(loaded.module), loaded.classes), loaded.classes
        if again:
            with contextlib.suppress(UserError):  # a patch may have put anything into what it declared
                guarded(loaded.path, lambda: declared.resume(self.declared))
        self.declared, self.zone_file = declared, ZoneFile(loaded.path, declared.zones)
        self.parameters.replace("zone", declared.places())

    def numbers(self, loaded: LoadedPatch) -> dict[str, Number]:
        """A version's parameters, with the values they had when the file last played."""
        known = self.values.get(loaded.path, {})
        return {name: Number(f"patch/{name}", param.about, param, known[name].value if name in known else None)
                for name, param in loaded.params.items()}

    def open(self, loaded: LoadedPatch, scene: Scene) -> None:
        """Open a version and let it react once; UserError if it cannot, and it is closed again."""
        try:
            call(loaded, "opened")
            audition(loaded, self.numbers(loaded), scene)
        except UserError:
            with contextlib.suppress(UserError):
                call(loaded, "closed")
            raise

    def see(self, scene: Scene) -> Scene:
        """The scene with the zones and signals that the patch has declared."""
        try:
            return guarded(self.path, lambda: self.zone_file.follow(scene.time) or self.declared(scene))
        except UserError as error:  # a patch may have put anything into its zones
            self.fail(str(error), isinstance(error.__cause__, TooLong), scene)
            return scene

    def react(self, scene: Scene) -> tuple[Cue, ...]:
        """The cues for a scene, and what the zones and signals say that the patch declared."""
        return self.cues(scene) + declared_cues(scene)

    def cues(self, scene: Scene) -> tuple[Cue, ...]:
        """The patch's own cues for a scene, of which it gets the objects that it wants; none when it raises."""
        scene = self.wanted(scene)
        if self.hung >= HANGS:
            return ()
        try:
            cues = cues_of(self.loaded, self.values[self.path], scene)
        except UserError as error:
            self.fail(str(error), isinstance(error.__cause__, TooLong), scene)
            return ()
        self.good, self.failed = self.good + 1, 0
        if self.good == PROVEN:
            self.raised, self.proven = "", True
        return cues

    def fail(self, told: str, hung: bool, scene: Scene) -> None:
        """Put a version aside that fails: at once as long as it is new, when it goes on failing if it is trusted."""
        self.good, self.failed, self.hung = 0, self.failed + 1, self.hung + hung
        if self.before and (not self.proven or self.failed >= FAILURES or self.hung >= HANGS):
            better, *earlier = self.before
            with contextlib.suppress(UserError):
                call(self.loaded, "closed")
                self.open(better, scene)
            self.play(better, tuple(earlier))
        elif self.hung >= HANGS:
            told = f"{told}, {HANGS} times: put aside until it is saved or chosen again"
        self.raised = told

    def reload_if_saved(self, scene: Scene) -> None:
        """Swap in the file's new version if it was saved since, and if it passes its audition."""
        self.survey(scene)
        now = stamp(self.loaded.files)
        if now == self.saved:
            return
        self.saved = now
        if now is None:
            self.refused = f"{self.path.name} is gone: the last good version plays on"
            return
        try:
            well = () if self.failed else (self.loaded,)
            self.swap(self.path, scene, before=(*well, *self.before)[:KEPT] or (self.loaded,))
        except UserError as error:
            self.refused = str(error)

    def survey(self, scene: Scene) -> None:
        """Offer the patches that there are, when some came or went."""
        if self.folder.survey(scene.time, self.path):
            self.parameters.offer("show/patch", self.folder.names)
            self.parameters.set("show/patch", self.name, "patch")

    def step(self, way: int, scene: Scene) -> None:
        """Go on to the next patch by name, from one that was refused as well."""
        self.choose(self.folder.neighbour(self.tried, way), scene)

    def choose(self, name: str, scene: Scene) -> None:
        """Play another patch of the first one's folder or a shipped one, by name; what plays already plays on."""
        path = self.folder.paths.get(name)
        self.tried = name if path else self.tried
        if path is None or (path == self.path and not self.refused and self.hung < HANGS):
            return
        refused = ""
        try:
            self.swap(path, scene, before=())
        except UserError as error:
            refused = str(error)
        self.parameters.set("show/patch", self.name, "patch")
        if refused:
            self.parameters.answer("show/patch", refused)

    def swap(self, path: Path, scene: Scene, before: tuple[LoadedPatch, ...]) -> None:
        """Close what plays and open the file as it is now; UserError if that fails, and what played is open again."""
        saved = stamp((path,))
        loaded = load(path, before=self.loaded if path == self.path else None)
        with contextlib.suppress(UserError):
            call(self.loaded, "closed")
        try:
            self.open(loaded, scene)
        except UserError:
            with contextlib.suppress(UserError):
                call(self.loaded, "opened")
            raise
        self.play(loaded, before)
        self.saved, self.refused = stamp(loaded.files) if loaded.helpers else saved, ""

    def close(self) -> None:
        """The show is over."""
        self.zone_file.write()
        with contextlib.suppress(UserError):
            call(self.loaded, "closed")


def call(loaded: LoadedPatch, hook: str) -> None:
    """Call opened() or closed() if the patch has it; UserError with one line about what it raised."""
    if hook in loaded.hooks:
        guarded(loaded.path, loaded.hooks[hook])
