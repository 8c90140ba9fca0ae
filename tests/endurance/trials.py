"""The trials, by name."""

import os
import resource
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from engine.patch.loader import SHIPPED
from tests.endurance import acts, streams
from tests.endurance.show import Trial, root
from tests.footage import write_film

MEMORY = 3 << 30  # bytes
REACT = "def react(scene, p):\n"
WALL = """import datetime, pathlib, time
known = time.time
def told():
    return known() + float(pathlib.Path(__file__).with_name("clock").read_text())
class Date(datetime.datetime):
    @classmethod
    def now(cls, zone=None):
        return cls.fromtimestamp(told(), zone)
time.time, time.time_ns, datetime.datetime = told, lambda: int(told() * 1e9), Date
"""
SLOW = """import socket, time
known = socket.getaddrinfo
def slow(host, *rest, **more):
    if host == "slow.example":
        time.sleep(30)
    return known(host, *rest, **more)
socket.getaddrinfo = slow
"""
PROFILES = "neocog", "split", "tuio", "augmenta", "tsps", "wekinator"
TARGETS = [f"{profile}@{host}" for profile, host in zip(PROFILES * 4, (
    "127.0.0.1:{port}", "127.0.0.1:9", "10.255.255.1:9000", "192.0.2.7:9000", "240.0.0.1:9000", "[::1]:9100",
    "[2001:db8::1]:9000", "[fe80::1]:9000", "239.1.2.3:9000", "[ff02::1234]:9000", "255.255.255.255:9000",
    "slow.example:9000", "slow.example:9001", "nobody.invalid:9000", "nobody.invalid:9001", "127.0.0.2:9000",
    "127.0.0.3:1", "0.0.0.0:9000", "localhost:9200", "198.51.100.1:65535"), strict=False)]


def limited(kind: int, most: int):
    return lambda: resource.setrlimit(kind, (most, most))


def nice() -> None:
    os.nice(19)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def streaming(script: streams.Script):
    """Serve a camera while the show plays."""
    def served(folder: Path) -> Iterator[Mapping[str, object]]:
        with streams.camera(script) as server:
            yield {"camera": f"http://127.0.0.1:{server.server_port}/", "server": server}
    return served


def films(folder: Path) -> Iterator[Mapping[str, object]]:
    write_film(folder / "film.mp4", [50, 100, 150] * 20, (320, 240))
    write_film(folder / "other.mp4", [200, 220] * 30, (640, 360))
    yield {}


def filled(folder: Path) -> Iterator[Mapping[str, object]]:
    """Leave no byte on the small disk."""
    with suppress(OSError), open(folder / "disk" / "all", "wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    yield {}


def customized(code: str):
    """Have the show's Python run some code before anything else."""
    def served(folder: Path) -> Iterator[Mapping[str, object]]:
        (folder / "sitecustomize.py").write_text(code)
        (folder / "clock").write_text("0")
        yield {}
    return served


TRIALS = {
    "plain": Trial("nothing is done"),
    "hours": Trial("the choir on a film, both networks, three targets", (SHIPPED / "choir.py").read_text("utf-8"),
                   source="{folder}/film.mp4", served=films, during=acts.rests(20),
                   words=("--osc", "127.0.0.1:{port}", "split@127.0.0.1:9", "tuio@127.0.0.1:9")),
    # what is around it
    "unread": Trial("a pipe that nobody reads, a patch that prints 120 kB a second", REACT + "    print('x' * 2000)\n",
                    stdout="unread"),
    "log-full": Trial("standard output's disk is full from the start", stdout="full"),
    "closed": Trial("standard output and error are closed", stdout="closed"),
    "homeless": Trial("HOME leads nowhere", environment={"HOME": "/nowhere"}),
    "read-only": Trial("home and the working folder can only be read", disk="ro,size=1m", home="{disk}",
                       environment={"HOME": "{disk}"}, wants=root),
    "descriptors": Trial("64 descriptors", before=limited(resource.RLIMIT_NOFILE, 64)),
    "memory": Trial("3 GB of addresses (ulimit -v), both networks on the demo", source="demo",
                    before=limited(resource.RLIMIT_AS, MEMORY)),
    "one-core": Trial("one core at nice 19", before=nice),
    "stopped": Trial("SIGSTOP for 20 s", during=acts.stopped),
    "stopped-recording": Trial("SIGSTOP for 20 s while picture and sound are recorded", during=acts.stopped,
                               words=("--record", "{folder}/night")),
    "clock": Trial("the wall's clock, as Python tells it, jumps a day, a year back, thirty years on",
                   words=("--log", "{folder}/own-log"), during=acts.jumps, served=customized(WALL),
                   environment={"PYTHONPATH": "{folder}"}),
    "recording": Trial("the disk is full a second after the recording began", words=("--record", "{disk}/night"),
                       disk="size=1m", wants=root, during=acts.rests(10),
                       says="the recording has ended: no space left on device"),
    "own-log": Trial("the disk of --log is full from the start", words=("--log", "{disk}/log"), disk="size=1m",
                     wants=root, served=filled, says="takes no more lines: no space left on device"),
    "picture": Trial("the disk is full when a picture is saved, and when the picture is recorded", disk="size=1m",
                     home="{disk}", window=True, environment={"SDL_VIDEODRIVER": "dummy"}, served=filled, wants=root,
                     words=("--log", "{folder}/own-log"), during=acts.presses("/show/picture", "/record/picture"),
                     says="neocog.mkv has ended: no space left on device"),
    # pictures
    "returns": Trial("a camera hangs up 100 times, and comes back", source="{camera}", served=streaming(streams.leaves),
                     during=acts.returns, says="gives no pictures"),
    "stalls": Trial("a stream stalls and does not close", source="{camera}", served=streaming(streams.stalls),
                    during=acts.rests(20), says="gives no pictures"),
    "sizes": Trial("a stream changes its size four times a second", source="{camera}", during=acts.rests(5),
                   served=streaming(streams.changes)),
    "8k": Trial("a stream of 8K", source="{camera}", served=streaming(streams.huge), during=acts.rests(5)),
    "black": Trial("a stream is black", source="{camera}", served=streaming(streams.black), during=acts.rests(5)),
    "film": Trial("a film is cut off, emptied, replaced and deleted while it plays", source="{folder}/film.mp4",
                  served=films, during=acts.filmed, says="film.mp4 (is|cannot|gives)[^\n]*"),
    # receivers and strangers
    "targets": Trial("20 targets: six profiles, unreachable, unknown, slow to be found, IPv6, multicast, broadcast",
                     words=("--osc", *TARGETS), served=customized(SLOW), during=acts.rests(5),
                     environment={"PYTHONPATH": "{folder}"}, says="no host is called 'nobody.invalid'"),
    "flood": Trial("OSC as fast as one core sends it, unknown names", during=acts.flooded(*acts.SMALL)),
    "flood-words": Trial("… of 800 words each", during=acts.flooded(*acts.WORDS)),
    "flood-patterns": Trial("… patterns that mean a hundred parameters each", during=acts.flooded(*acts.PATTERNS)),
    "flood-patches": Trial("… names of three patches in turn", during=acts.flooded(*acts.PATCHES)),
    "flood-hostile": Trial("… what is no OSC", during=acts.flooded(*acts.HOSTILE)),
    "flood-page": Trial("eight fetch the control page, eight turn parameters and send nonsense, as fast as they can",
                        words=("--control", "127.0.0.1:{page}"), during=acts.browsed),
    # patches
    "raises": Trial("a patch that raises at random", "import random\n" + REACT
                    + "    if scene.index > 9 and random.random() < 0.3:\n"
                    "        raise random.choice((ValueError, KeyboardInterrupt, GeneratorExit))\n    return ()\n"),
    "exits": Trial("a patch that calls sys.exit in every third frame",
                   "import sys\n" + REACT + "    if scene.index % 3 == 2: sys.exit()\n    return ()\n"),
    "hangs": Trial("a patch that swallows what interrupts it at times",
                   REACT + "    if scene.index == 50:\n        try:\n            while True: pass\n"
                   "        except BaseException: pass\n    return ()\n"),
    "loops": Trial("a patch that never returns from its 50th frame on", REACT
                   + "    while scene.index > 50: pass\n    return ()\n", during=acts.rests(10), says="put aside"),
    "deaf": Trial("a patch that swallows all that interrupts it, SIGTERM twice", REACT + "    while scene.index > 50:\n"
                  "        try:\n            try:\n                while True: pass\n"
                  "            except BaseException: pass\n"
                  "        except BaseException: pass\n    return ()\n",
                  during=acts.terminated, ends=True),
    "cues": Trial("a patch that yields a million cues",
                  "from engine import Osc\n" + REACT
                  + "    if scene.index > 9: yield from (Osc('/x') for _ in range(10**6))\n",
                  says="more than 1000 cues"),
    "threads": Trial("a patch that starts a thread in every frame",
                     "import threading, time\n" + REACT
                     + "    threading.Thread(target=time.sleep, args=(1,), daemon=True).start()\n    return ()\n"),
    "leaks": Trial("a patch that keeps 100 kB in every frame", "kept = []\n" + REACT
                   + "    kept.append(bytes(100_000))\n    return ()\n"),
    "saved": Trial("a patch that is saved 200 times at 50 a second, each time in one piece", during=acts.saved),
}
