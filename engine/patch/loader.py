"""A patch is one Python file: a docstring (its manual), Params, and react(scene, p), which yields cues.

opened() and closed() are called when it comes on and when it goes, if it has them; modules beside it are imported
afresh with it.
"""

import ast
import contextlib
import copy
import stat
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MappingProxyType, ModuleType, SimpleNamespace

from engine.cues import Cue
from engine.errors import UserError
from engine.parameter import Number, Param
from engine.patch.time_limit import WATCHDOG, time_limit
from engine.python_file import run
from engine.values import Scene

SHIPPED = Path(__file__).parents[2] / "patches"
PATIENCE = 2.0  # seconds that loading a patch, or one react, may take before it counts as hung
MOST_CUES = 1000  # a frame; more is an endless generator
LARGEST = 1 << 20  # bytes of a patch file
WISHES = ("layer", "view", "detector", "features", "voice", "paint", "tested_on")
OURS = ("engine", "models", "patches")  # packages that no patch brings along


@dataclass(frozen=True, slots=True)
class LoadedPatch:
    """One version of a patch file, executed once; wishes are what it asks for, by WISHES.

    helpers are the modules beside it that it imported, by name; classes are the objects it wants, () all but parts.
    """

    path: Path
    doc: str
    params: Mapping[str, Param]
    react: Callable
    hooks: Mapping[str, Callable]
    wishes: Mapping[str, str]
    module: ModuleType
    helpers: Mapping[str, ModuleType]
    classes: tuple[str, ...] = ()

    name = property(lambda self: self.path.stem)
    files = property(lambda self: (self.path, *(Path(helper.__file__) for helper in self.helpers.values())))


def shipped() -> list[str]:
    """Names of the patches that come with Neocog."""
    return names(SHIPPED)


def names(folder: Path) -> list[str]:
    """The files of a folder that define react, read without running them: others may be anybody's."""
    return sorted(file.stem for file in folder.glob("*.py") if defines_react(file))


def defines_react(file: Path) -> bool:
    try:
        return any(getattr(line, "name", "") == "react" for line in ast.parse(text_of(file)).body)
    except (UserError, SyntaxError, ValueError, RecursionError, MemoryError):  # its author may be in the middle of it
        return "def react" in file.read_text("utf-8", "replace") if regular(file) else False


def regular(file: Path) -> bool:
    try:
        status = file.stat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST


def text_of(file: Path) -> str:
    """What a patch file says; UserError for what is no file of a patch's size: a device never ends."""
    if not regular(file):
        raise UserError(f"{file.name} is no patch: wanted a regular file of at most {LARGEST >> 20} MB")
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file.name} cannot be read: {str(error).lower():.100}") from error


def find(name: str) -> Path:
    """The file of a shipped patch or of a path; UserError with the choices otherwise."""
    if name in shipped():
        return SHIPPED / f"{name}.py"
    path = Path(name)
    if path.suffix == ".py" and path.exists() and not path.is_dir():
        return path
    raise UserError(f"no patch {name!r}: name one of {', '.join(shipped())}, or give the path of a .py file")


def guarded(path: Path, call: Callable):
    """What a call into a patch returns; UserError with one line about whatever it raised, were it KeyboardInterrupt."""
    try:
        with time_limit(PATIENCE):
            return call()
    except BaseException as error:
        WATCHDOG.block = None  # also where the interrupt came while the block was being left
        raise UserError(last_line(error, path)) from error


def load(path: Path, before: LoadedPatch | None = None) -> LoadedPatch:
    """Run a patch file once, with what it imports from beside it; UserError with the last line of whatever it raised.

    before is the version that it replaces, whose helper modules are forgotten so that they are read anew.
    """
    text = text_of(path)
    kept = {name: sys.modules.pop(name, None) for name in (before.helpers if before else ())}
    known = set(sys.modules)
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # what is compiled goes by seconds, edits do not
    sys.path.insert(0, str(path.parent))
    try:
        module = guarded(path, lambda: run(path, text))
        found = vars(module)
        if not callable(found.get("react")):
            raise UserError(f"{path.name} has no react(scene, p): a patch defines it and yields cues")
    except UserError:
        sys.modules.update({name: helper for name, helper in kept.items() if helper is not None})
        raise
    finally:
        sys.path.remove(str(path.parent))
        sys.dont_write_bytecode = writes
    helpers = {name: sys.modules[name] for name in set(sys.modules) - known if beside(path, sys.modules[name])}
    hooks = {name: found[name] for name in ("opened", "closed") if callable(found.get(name))}
    wishes = {wish: found[wish] for wish in WISHES if isinstance(found.get(wish), str)}
    params = {name: value for name, value in found.items() if isinstance(value, Param)}
    classes = found.get("classes", ())
    classes = (classes,) if isinstance(classes, str) else classes
    if not (isinstance(classes, (tuple, list)) and all(isinstance(name, str) for name in classes)):
        raise UserError(f"{path.name}: classes are names of what the detector finds, as in classes = \"person\"")
    doc = module.__doc__ if isinstance(module.__doc__, str) else ""
    return LoadedPatch(path, doc.strip(), params, found["react"], hooks, MappingProxyType(wishes), module, helpers,
                       tuple(classes))


def beside(path: Path, module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    return (isinstance(file, str) and module.__name__.partition(".")[0] not in OURS
            and Path(file).is_relative_to(path.parent) and file != str(path))


def last_line(error: BaseException, path: Path) -> str:
    """One line about an error: the line of the patch file it came from, its kind, what it said."""
    line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    for entry in traceback.extract_tb(error.__traceback__):
        line = entry.lineno if entry.filename == str(path) else line
    where = path.name if line is None else f"{path.name} line {line}"
    try:
        told = str(error.msg if isinstance(error, SyntaxError) else error)
    except BaseException:  # its text is the patch's as well
        told = "it cannot say why"
    kind = "" if isinstance(error, UserError) else f"{type(error).__name__}: "
    return " ".join(f"{where}: {kind}{told}".split())[:300]


def cues_of(loaded: LoadedPatch, numbers: Mapping[str, Number], scene: Scene) -> tuple[Cue, ...]:
    """The cues a patch yields for a scene; UserError for whatever it raises and for what is no cue."""
    values = SimpleNamespace(**{name: number.value for name, number in numbers.items()})
    cues = guarded(loaded.path, lambda: tuple(islice(loaded.react(scene, values) or (), MOST_CUES + 1)))
    if len(cues) > MOST_CUES:
        raise UserError(f"{loaded.path.name}: react yields more than {MOST_CUES} cues for one frame: is a loop "
                        "endless?")
    for cue in cues:
        if type(cue) not in Cue.__args__:
            kinds = ", ".join(kind.__name__ for kind in Cue.__args__)
            raise UserError(f"{loaded.path.name}: react yields cues ({kinds}), found a {type(cue).__name__}")
    return cues


def audition(loaded: LoadedPatch, numbers: Mapping[str, Number], scene: Scene) -> None:
    """Let a patch react once, and put its state back as it was: what the file has set at its top level.

    What cannot be copied, a socket or a thread, is the patch's own from then on.
    """
    state = vars(loaded.module)
    before, copied = set(state), guarded(loaded.path, lambda: copies(state))
    try:
        cues_of(loaded, numbers, scene)
    finally:
        for name in set(state) - before:
            del state[name]
        state.update(copied)


def copies(state: Mapping[str, object]) -> dict[str, object]:
    """The data of a module, copied in one go, so that what was one thing under two names stays one."""
    copied, memo = {}, {}
    for name, value in state.items():
        if not name.startswith("__") and not isinstance(value, ModuleType | type | FunctionType | BuiltinFunctionType):
            with contextlib.suppress(Exception):
                copied[name] = copy.deepcopy(value, memo)
    return copied
