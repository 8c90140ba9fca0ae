"""A patch is one Python file: a docstring (its manual), Params, and react(scene, p), which yields cues.

Saving the file swaps it into the running show, after an audition on the scene of the moment. Whatever a patch raises
keeps the last good one playing and is shown as one line.
"""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import MappingProxyType, SimpleNamespace

from engine.deadline import deadline
from engine.errors import Wrong
from engine.module import run
from engine.params import Knob, Param
from engine.values import Change, Control, Cue, Note, Osc, Say, Scene

SHIPPED = Path(__file__).parent.parent / "patches"
PATIENCE = 2.0  # seconds that loading a patch, or one react, may take before it counts as hung
MOST_CUES = 1000  # a frame; more is an endless generator
SHOWN = 10.0  # seconds that a param nobody has stays on screen
PROVEN = 300  # frames without a raise after which an edit is trusted and an old error is no longer shown


@dataclass(frozen=True, slots=True)
class Piece:
    """One loaded version of a patch file; layer, view, detector and features are what it asks for, or ""."""

    name: str
    doc: str
    params: Mapping[str, Param]
    react: Callable
    wishes: Mapping[str, str]


WISHES = ("layer", "view", "detector", "features", "voice")


def shipped() -> list[str]:
    """Names of the patches that come with Neocog."""
    return names(SHIPPED)


def names(folder: Path) -> list[str]:
    """The files of a folder that speak of react: others may be anybody's, and are left alone."""
    return sorted(file.stem for file in folder.glob("*.py") if "react" in text_of(file))


def text_of(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:  # a folder of that name, or not for us to read
        return ""


def find(name: str) -> Path:
    """The file of a shipped patch or of a path; Wrong with the choices otherwise."""
    if name in shipped():
        return SHIPPED / f"{name}.py"
    path = Path(name)
    if path.suffix == ".py" and path.is_file():
        return path
    raise Wrong(f"no patch {name!r}: name one of {', '.join(shipped())}, or give the path of a .py file")


def load(path: Path) -> Piece:
    """Read a patch file into a fresh module; Wrong with the last line of whatever it raised."""
    try:
        with deadline(PATIENCE):
            module = run(path)
    except (Exception, SystemExit) as error:
        raise Wrong(last_line(error, path)) from error
    found = vars(module)
    if not callable(found.get("react")):
        raise Wrong(f"{path.name} has no react(scene, p): a patch defines it and yields cues")
    wishes = {wish: found[wish] for wish in WISHES if isinstance(found.get(wish), str)}
    params = {name: value for name, value in found.items() if isinstance(value, Param)}
    return Piece(path.stem, (module.__doc__ or "").strip(), params, found["react"], MappingProxyType(wishes))


def last_line(error: BaseException, path: Path) -> str:
    """One line about an error: the line of the patch file it came from, its kind, what it said."""
    line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    for entry in traceback.extract_tb(error.__traceback__):
        line = entry.lineno if entry.filename == str(path) else line
    where = path.name if line is None else f"{path.name} line {line}"
    told = error.msg if isinstance(error, SyntaxError) else str(error)
    kind = "" if isinstance(error, Wrong) else f"{type(error).__name__}: "
    return " ".join(f"{where}: {kind}{told}".split())[:300]


def cues_of(piece: Piece, knobs: Mapping[str, Knob], scene: Scene) -> tuple[Cue, ...]:
    """The cues a piece yields for a scene; raises whatever the patch raises, or Wrong for what is no cue."""
    values = SimpleNamespace(**{name: knob.value for name, knob in knobs.items()})
    with deadline(PATIENCE):
        cues = tuple(islice(piece.react(scene, values) or (), MOST_CUES + 1))
    if len(cues) > MOST_CUES:
        raise Wrong(f"react yields more than {MOST_CUES} cues for one frame: is a loop endless?")
    for cue in cues:
        if not isinstance(cue, (Osc, Note, Control, Say)):
            raise Wrong(f"react yields cues (Osc, Note, Control, Say), found {cue!r}")
    return cues


class Patch:
    """The piece being played: reacts to scenes, takes changes, reloads itself when its file is saved.

    error is "" while all is well, else one line to show. A patch's mistakes never leave this class.
    """

    def __init__(self, path: Path, scene: Scene):
        """Load and audition path on a scene; Wrong if it raises, since there is nothing to fall back on yet."""
        self.params: dict[str, Knob] = {}
        self.path, self.saved = path, stamp(path)
        self.home, self.tried = path.parent, path.stem
        self.unheard, self.until = "", 0.0  # what was asked for in vain, and until when that is shown
        self.play(self.audition(path, scene))
        self.refused = ""  # why the file as last saved does not play

    name = property(lambda self: self.piece.name)
    doc = property(lambda self: self.piece.doc)
    wishes = property(lambda self: self.piece.wishes)
    error = property(lambda self: self.refused or self.raised or self.unheard)

    def play(self, piece: Piece, previous: Piece | None = None) -> None:
        self.params = self.knobs(piece)
        self.piece, self.previous = piece, previous
        self.raised, self.good = "", 0  # what react raised last, and frames without a raise since

    def knobs(self, piece: Piece) -> dict[str, Knob]:
        """The piece's knobs, with the values that knobs of the same names have now."""
        return {name: Knob(name, param, self.params[name].value if name in self.params else None)
                for name, param in piece.params.items()}

    def audition(self, path: Path, scene: Scene) -> Piece:
        """Let a patch react once; what then plays is loaded afresh, so that the audition leaves no trace in it."""
        piece = load(path)
        try:
            cues_of(piece, self.knobs(piece), scene)
        except (Exception, SystemExit) as error:
            raise Wrong(last_line(error, path)) from error
        return load(path)

    def react(self, scene: Scene) -> tuple[Cue, ...]:
        """The cues for a scene; none when the patch raises, and a fresh edit then gives way to the one before."""
        if scene.time > self.until:
            self.unheard = ""
        try:
            cues = cues_of(self.piece, self.params, scene)
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
            piece = self.audition(path, scene)
        except Wrong as wrong:
            self.refused = str(wrong)
            return
        self.play(piece, previous=self.piece if path == self.path else None)
        self.path, self.saved, self.refused = path, saved, ""


def stamp(path: Path) -> tuple[int, int] | None:
    """What tells one saved version of a file from the next; None when the file is gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size)
