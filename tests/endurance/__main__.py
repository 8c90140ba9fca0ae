"""Whole programs under hostile circumstances: python -m tests.endurance [--only NAME] [--scale small|night].

Prints a row for each, and writes them into TABLE.md beside this file when all were tried.
"""

import argparse
import os
import platform
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.virtual_show import Listener

SECONDS = {"small": 3.0, "night": 600.0}  # that each show plays
PATIENCE = 90.0  # seconds until the first frame
TABLE = Path(__file__).with_name("TABLE.md")


@dataclass(frozen=True, slots=True)
class Trial:
    """A show that is to survive: its patch, what is done to it before it starts and while it plays."""

    about: str
    patch: str = "def react(scene, p): return ()\n"
    before: Callable[[], None] = lambda: None
    during: Callable[[subprocess.Popen, Path, int], None] = lambda show, patch, port: None
    stdout: str = "kept"  # or "unread", "full", "closed"
    environment: tuple[tuple[str, str], ...] = ()


def stopped(show: subprocess.Popen, patch: Path, port: int) -> None:
    show.send_signal(signal.SIGSTOP)
    time.sleep(20)
    show.send_signal(signal.SIGCONT)


def saved(show: subprocess.Popen, patch: Path, port: int) -> None:
    for number in range(200):
        new = patch.with_suffix(".new")
        new.write_text(f"# {number}\ndef react(scene, p): return ()\n")
        os.replace(new, patch)
        time.sleep(0.02)


def flooded(show: subprocess.Popen, patch: Path, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        until, number = time.monotonic() + 3, 0
        while time.monotonic() < until:
            sender.sendto(f"/x{number % 97}".encode().ljust(8, b"\0") + b",i\0\0\0\0\0\1", ("127.0.0.1", port))
            number += 1


def descriptors() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def nice() -> None:
    os.nice(19)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


REACT = "def react(scene, p):\n"
TRIALS = {
    "plain": Trial("nothing is done"),
    "unread": Trial("a pipe that nobody reads, a patch that prints 120 kB a second", REACT + "    print('x' * 2000)\n",
                    stdout="unread"),
    "log-full": Trial("the log's disk is full from the start", stdout="full"),
    "closed": Trial("standard output and error are closed", stdout="closed"),
    "homeless": Trial("HOME leads nowhere", environment=(("HOME", "/nowhere"),)),
    "descriptors": Trial("64 descriptors", before=descriptors),
    "one-core": Trial("one core at nice 19", before=nice),
    "stopped": Trial("SIGSTOP for 20 s", during=stopped),
    "raises": Trial("a patch that raises in every third frame",
                    REACT + "    if scene.index % 3 == 2: 1 / 0\n    return ()\n"),
    "exits": Trial("a patch that calls sys.exit in every third frame",
                   "import sys\n" + REACT + "    if scene.index % 3 == 2: sys.exit()\n    return ()\n"),
    "hangs": Trial("a patch that swallows what interrupts it at times",
                   REACT + "    if scene.index == 50:\n        try:\n            while True: pass\n"
                   "        except BaseException: pass\n    return ()\n"),
    "cues": Trial("a patch that yields a million cues",
                  "from engine import Osc\n" + REACT
                  + "    if scene.index > 9: yield from (Osc('/x') for _ in range(10**6))\n"),
    "threads": Trial("a patch that starts a thread in every frame",
                     "import threading, time\n" + REACT
                     + "    threading.Thread(target=time.sleep, args=(1,), daemon=True).start()\n    return ()\n"),
    "leaks": Trial("a patch that keeps 100 kB in every frame", "kept = []\n" + REACT
                   + "    kept.append(bytes(100_000))\n    return ()\n"),
    "saved": Trial("a patch that is saved 200 times at 50 a second", during=saved),
    "flood": Trial("OSC as fast as one core sends it for 3 s", during=flooded),
}


def attempt(trial: Trial, seconds: float) -> tuple[bool, float, str]:
    """Whether the show survived, its frames a second, and what was found."""
    listener = Listener()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        patch, log = Path(folder, "mine.py"), Path(folder, "log")
        patch.write_text(trial.patch)
        words = [sys.executable, "-m", "engine", str(patch), "--headless", "--source", "crowd:2", "--control", "none",
                 "--osc", f"127.0.0.1:{listener.port}", "--listen", f"127.0.0.1:{port}"]
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

        show = subprocess.Popen(words, stdout=stdout, stderr=subprocess.STDOUT, preexec_fn=before,
                                env=os.environ | dict(trial.environment))
        opened.callback(listener.socket.close)
        opened.callback(show.wait)
        opened.callback(show.kill)
        if not heard(listener, show, PATIENCE):
            return False, 0.0, "no first frame"
        trial.during(show, patch, port)
        listener.drain()
        listener.packets.clear()
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            time.sleep(0.05)
            listener.drain()
        frames = {arguments[0] for _, arguments in listener.messages("/frame")}  # a frame may take several datagrams
        rate = len(frames) / (time.monotonic() - began)
        show.send_signal(signal.SIGTERM)
        try:
            code = show.wait(30)
        except subprocess.TimeoutExpired:
            return False, rate, "SIGTERM does not end it"
        said = log.read_text("utf-8", "replace") if log.exists() else ""
        found = "a traceback" if "Traceback" in said else "" if code == 0 else f"exit code {code}"
        return not found and rate > 0, rate, found or ("" if rate else "no frames any more")


def heard(listener: Listener, show: subprocess.Popen, patience: float) -> bool:
    """Whether a frame comes in time."""
    until = time.monotonic() + patience
    while time.monotonic() < until and show.poll() is None:
        time.sleep(0.05)
        listener.drain()
        if listener.messages("/frame"):
            return True
    return False


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.endurance", description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=TRIALS, help="one of them")
    parser.add_argument("--scale", choices=SECONDS, default="small", help="how long each show plays")
    arguments = parser.parse_args()
    rows = []
    for name in [arguments.only] if arguments.only else TRIALS:
        survived, rate, found = attempt(TRIALS[name], SECONDS[arguments.scale])
        rows.append(f"| {name} | {TRIALS[name].about} | {'survived' if survived else 'lost'} | {rate:.0f} | {found} |")
        print(rows[-1], flush=True)
    if not arguments.only:
        head = (f"# Endurance\n\n`python -m tests.endurance --scale {arguments.scale}`, {date.today()}, "
                f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}: each show plays "
                f"{SECONDS[arguments.scale]:g} s after what was done to it.\n\n"
                "| trial | what was done | | frames a second after it | found |\n|---|---|---|---|---|\n")
        TABLE.write_text(head + "\n".join(rows) + "\n", "utf-8")


if __name__ == "__main__":
    main()
