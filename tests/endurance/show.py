"""A whole program that plays while something is done to it, and what is measured of it."""

import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.patch.time_limit import INTERRUPTED
from tests.osc.programs import free_port
from tests.virtual_show import Listener

PATIENCE = 240.0  # seconds until the first frame
QUIET = "def react(scene, p): return ()\n"


@dataclass(slots=True)
class Playing:
    """A show that plays: what may be done to it is done to these. scale is 1 for the small table, more for a night."""

    process: subprocess.Popen
    patch: Path
    folder: Path
    port: int
    page: int
    scale: int
    names: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Trial:
    """A show that is to survive: what it is given, and what is done to it before it starts and while it plays.

    In words and environment {folder}, {disk} and the names that served gives stand for themselves. disk are the
    options of a file system in memory, says what the show has to say of it (a regular expression), window that it has
    one. wants says why the trial cannot be made here.
    """

    about: str
    patch: str = QUIET
    source: str = "crowd:2"
    words: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None
    during: Callable[[Playing], None] = lambda show: None
    served: Callable[[Path], Iterator[Mapping[str, str]]] | None = None
    stdout: str = "kept"  # or "unread", "full", "closed"
    disk: str = ""
    home: str = "{folder}"  # where it is started
    says: str = ""
    ends: bool = False  # by itself, or by what is done
    window: bool = False
    wants: Callable[[], str] = lambda: ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found: rates in frames a second before, while and after it was done, memory in MB more at the end."""

    survived: bool
    found: str = ""
    before: float = 0.0
    during: float = 0.0
    after: float = 0.0
    memory: float = 0.0


def attempt(trial: Trial, seconds: float, scale: int = 1) -> Outcome:
    """Put the show on, do it, and end the show."""
    if lacks := trial.wants():
        return Outcome(False, lacks)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        folder, listener = Path(folder), Listener()
        opened.callback(listener.socket.close)
        port, page = free_port(), free_port(socket.SOCK_STREAM)
        patch, log, disk = folder / "mine.py", folder / "log", folder / "disk"
        patch.write_text(trial.patch)
        if trial.disk:
            opened.enter_context(mounted(disk, trial.disk))
        names = {"folder": folder, "disk": disk, "port": listener.port, "page": page}
        if trial.served:
            names |= opened.enter_context(contextmanager(trial.served)(folder))
        words = [sys.executable, "-m", "engine", str(patch), "--source", trial.source, "--control", "none", "--osc",
                 f"127.0.0.1:{listener.port}", *trial.words, "--listen", f"127.0.0.1:{port}",
                 *["--headless"] * (not trial.window)]
        reader, writer = os.pipe()
        opened.callback(os.close, reader)
        opened.callback(os.close, writer)
        stdout = writer if trial.stdout == "unread" else opened.enter_context(
            open("/dev/full" if trial.stdout == "full" else log, "w"))

        def before() -> None:
            trial.before()
            if trial.stdout == "closed":
                os.close(1)
                os.close(2)

        environment = {name: value.format(**names) for name, value in trial.environment.items()}
        path = os.pathsep.join(filter(None, (environment.pop("PYTHONPATH", ""), os.getcwd())))
        show = subprocess.Popen([word.format(**names) for word in words], stdout=stdout, stderr=subprocess.STDOUT,
                                preexec_fn=before, cwd=trial.home.format(**names),
                                env=os.environ | environment | {"PYTHONPATH": path})
        opened.callback(show.wait)
        opened.callback(show.kill)
        found = played(Playing(show, patch, folder, port, page, scale, names), trial, listener, seconds)
        said = "".join(path.read_text("utf-8", "replace") for path in (log, folder / "own-log") if path.exists())
        told = re.search(trial.says, said)
        told = " ".join(told[0].split())[:120].replace(str(folder), "…") if told else None
        wrong = "a traceback" if "Traceback" in said else found.found or ("" if told is not None else "it is not told")
        return replace(found, survived=found.survived and not wrong, found=wrong or told)


def played(show: Playing, trial: Trial, listener: Listener, seconds: float) -> Outcome:
    """Wait for the show to begin, do to it what is to be done, and end it."""
    counted(listener, lambda: listener.messages("/frame") or show.process.poll() is not None, PATIENCE)
    if show.process.poll() is not None or not listener.messages("/frame"):
        return Outcome(False, "no first frame")
    before = rate(listener, min(seconds, 3.0))
    memory, acts = resident(show.process.pid), threading.Thread(target=trial.during, args=(show,), daemon=True)
    acts.start()
    frames, took = counted(listener, lambda: not acts.is_alive())
    if trial.ends:
        counted(listener, lambda: show.process.poll() is not None, PATIENCE * show.scale)
        code = show.process.poll()
        wrong = "it does not end" if code is None else f"exit code {code}" if code not in (0, INTERRUPTED) else ""
        return Outcome(not wrong, wrong, before)
    after, grown = rate(listener, seconds), resident(show.process.pid) - memory
    show.process.send_signal(signal.SIGTERM)
    try:
        code = show.process.wait(30)
    except subprocess.TimeoutExpired:
        return Outcome(False, "SIGTERM does not end it", before, frames / took, after, grown)
    found = f"exit code {code}" if code else "" if after else "no frames any more"
    return Outcome(not found, found, before, frames / took if took > 1 else 0.0, after, grown)


def rate(listener: Listener, seconds: float) -> float:
    """Frames a second that arrive."""
    until = time.monotonic() + seconds
    frames, took = counted(listener, lambda: time.monotonic() >= until)
    return frames / took


def counted(listener: Listener, enough: Callable[[], object], patience: float = float("inf")) -> tuple[int, float]:
    """How many frames arrive until it is enough, and in how many seconds; a frame may take several datagrams."""
    listener.drain()
    listener.packets.clear()
    began, frames = time.monotonic(), set()
    while not enough() and time.monotonic() - began < patience:
        frames |= {arguments[0] for _, arguments in listener.messages("/frame")}
        listener.packets.clear()
        time.sleep(0.05)
        listener.drain()
    return len(frames), time.monotonic() - began


def resident(process: int | str = "self") -> float:
    """Megabytes of memory that a process has, by its number; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * resource.getpagesize() / 1e6


@contextmanager
def mounted(disk: Path, options: str) -> Iterator[None]:
    """A file system in memory at a folder."""
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "neocog", str(disk)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def root() -> str:
    """Why no file system can be mounted here."""
    return "" if os.name == "posix" and os.geteuid() == 0 else "not tried: only root can mount a small disk"
