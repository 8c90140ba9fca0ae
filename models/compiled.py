"""Functions compiled by numba, kept on disk by what they were made of."""

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numba
from llvmlite import binding
from numba import config, njit
from numba.core.typing.templates import Signature

# What the processor can do, as numba compiles for it: by itself, or as NUMBA_CPU_FEATURES says.
FEATURES = config.CPU_FEATURES if config.CPU_FEATURES is not None else binding.get_host_cpu_features().flatten()


def compiled(function: Callable | Signature | None = None, **options):
    """Compile a function that holds no lock, as numba.njit does with these options, and keep the machine code.

    With a signature it is compiled when its module is loaded, before any frame waits for it, else when it is called.

    numba looks whether the function's own file changed; what it inlines from others may be old. Here the folder is
    named by all sources beside the function and in this package, the version of numba and the processor. Sizes of
    networks are no part of the code.
    """
    if function is None or isinstance(function, Signature):
        return lambda decorated: compiled(decorated, signature_or_function=function, **options)
    given, config.CACHE_DIR = config.CACHE_DIR, str(home() / made_of(Path(function.__code__.co_filename).parent))
    try:
        return njit(nogil=True, cache=True, **options)(function)
    finally:
        config.CACHE_DIR = given


@cache
def made_of(folder: Path) -> str:
    """A name for all that functions in a folder are compiled from."""
    sums = hashlib.sha256(f"{numba.__version__} {sys.version} {FEATURES}".encode())
    for path in sorted({*Path(__file__).parent.glob("*.py"), *folder.glob("*.py")}):
        sums.update(path.name.encode() + path.read_bytes())
    return sums.hexdigest()[:24]


def kept(folder: Path) -> bool:
    """Whether the machine code of a folder's functions is on the disk already."""
    return any((home() / made_of(folder)).rglob("*.nbc"))


@cache
def home() -> Path:
    """The folder for machine code: NUMBA_CACHE_DIR, else this user's own among the platform's caches, else a new one.
    """
    given = os.environ.get("NUMBA_CACHE_DIR")
    if sys.platform == "win32":
        caches = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        caches = "~/Library/Caches"
    else:
        caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    try:
        path = Path(given) if given else Path(caches).expanduser() / "neocog" / "compiled"
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if given or private(path):
            return path
    except (OSError, RuntimeError):  # a service without a home, or with one that cannot be written
        pass
    return Path(tempfile.mkdtemp(prefix="neocog-"))


def private(path: Path) -> bool:
    """Whether nobody else may write there: what lies there is executed."""
    if not os.access(path, os.W_OK):
        return False
    if sys.platform == "win32":
        return True
    about = path.stat()
    return about.st_uid == os.getuid() and not about.st_mode & 0o022
