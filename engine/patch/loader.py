"""A patch is one Python file: a docstring (its manual), Params, and react(scene, p), which yields cues."""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import MappingProxyType, SimpleNamespace

from engine.errors import UserError
from engine.parameters import Knob, Param
from engine.patch.time_limit import time_limit
from engine.python_file import run
from engine.values import Control, Cue, Note, Osc, Say, Scene

SHIPPED = Path(__file__).parents[2] / "patches"
PATIENCE = 2.0  # seconds that loading a patch, or one react, may take before it counts as hung
MOST_CUES = 1000  # a frame; more is an endless generator


@dataclass(frozen=True, slots=True)
class LoadedPatch:
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
    """The file of a shipped patch or of a path; UserError with the choices otherwise."""
    if name in shipped():
        return SHIPPED / f"{name}.py"
    path = Path(name)
    if path.suffix == ".py" and path.is_file():
        return path
    raise UserError(f"no patch {name!r}: name one of {', '.join(shipped())}, or give the path of a .py file")


def load(path: Path) -> LoadedPatch:
    """Read a patch file into a fresh module; UserError with the last line of whatever it raised."""
    try:
        with time_limit(PATIENCE):
            module = run(path)
    except (Exception, SystemExit) as error:
        raise UserError(last_line(error, path)) from error
    found = vars(module)
    if not callable(found.get("react")):
        raise UserError(f"{path.name} has no react(scene, p): a patch defines it and yields cues")
    wishes = {wish: found[wish] for wish in WISHES if isinstance(found.get(wish), str)}
    params = {name: value for name, value in found.items() if isinstance(value, Param)}
    return LoadedPatch(path.stem, (module.__doc__ or "").strip(), params, found["react"], MappingProxyType(wishes))


def last_line(error: BaseException, path: Path) -> str:
    """One line about an error: the line of the patch file it came from, its kind, what it said."""
    line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    for entry in traceback.extract_tb(error.__traceback__):
        line = entry.lineno if entry.filename == str(path) else line
    where = path.name if line is None else f"{path.name} line {line}"
    told = error.msg if isinstance(error, SyntaxError) else str(error)
    kind = "" if isinstance(error, UserError) else f"{type(error).__name__}: "
    return " ".join(f"{where}: {kind}{told}".split())[:300]


def cues_of(loaded: LoadedPatch, knobs: Mapping[str, Knob], scene: Scene) -> tuple[Cue, ...]:
    """The cues a loaded yields for a scene; raises whatever the patch raises, or UserError for what is no cue."""
    values = SimpleNamespace(**{name: knob.value for name, knob in knobs.items()})
    with time_limit(PATIENCE):
        cues = tuple(islice(loaded.react(scene, values) or (), MOST_CUES + 1))
    if len(cues) > MOST_CUES:
        raise UserError(f"react yields more than {MOST_CUES} cues for one frame: is a loop endless?")
    for cue in cues:
        if not isinstance(cue, (Osc, Note, Control, Say)):
            raise UserError(f"react yields cues (Osc, Note, Control, Say), found {cue!r}")
    return cues
