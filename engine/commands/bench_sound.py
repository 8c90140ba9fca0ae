"""From an OSC gate to the first sample of sound, as another program hears it on a JACK server, beside a whole show.

python -m engine.commands.bench_sound [MINUTES [LATENCY]] plays on all lanes beside a show for so long, and counts what
ran dry.
"""

import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.commands.jack import RATE, Client, library, server
from engine.errors import UserError
from engine.osc.decoding import decode
from engine.osc.encoding import message

GATES = 200
STATED = (0.05, 0.03)  # seconds from a cue to the sound: the default, and the least that is promised
LOUD = 1e-3  # of full scale, -60 dB: the first sample that counts as sound
HELD, PAUSE = 0.1, 0.4  # seconds a gate is open, and until the next one at least: the voice is silent by then
RING = 1.2  # seconds in which a voice that was let go is silent
WITHIN = 0.4  # seconds in which a gate is heard, or it is not
STEP = 0.5  # seconds between two turns of the long run
LANES = 4
SUNG, LONG = 110.0, 0.25  # Hz and seconds of what is sung to it
PEER = "peer"  # the client's name
NO_JACK = "no JACK here: install jackd (debian: apt install jackd2)"
RIG = """patch = "{patch}"
source = "demo"
[window]
headless = true
[osc]
listen = "127.0.0.1:{port}"
[[osc.target]]
to = "127.0.0.1:{told}"
[voice]
device = "system"
latency = {latency}
lanes = {lanes}
input = "{sings}"
"""
SILENT = '"""Nothing but what comes over OSC."""\n\n\ndef react(scene, p):\n    return []\n'


@dataclass(frozen=True, slots=True)
class Heard:
    """What was asked for in ms; from the datagram to the sound in ms, of so many gates; those that were not heard
    within WITHIN; how often sound ran dry."""

    stated: float
    p50: float
    p99: float
    worst: float
    gates: int
    unheard: int
    underruns: int


class Show:
    """A show of the demo in another process, headless, with both networks and its voice on a JACK server.

    states are (time, underruns, voices that sound) as /voice/state tells them, said what the show printed.
    """

    def __init__(self, folder: Path, latency: float, sings: str = ""):
        self.hears, self.told = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        self.told.bind(("127.0.0.1", 0))
        self.told.setblocking(False)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.to = free.getsockname()  # the show takes the port
        patch, rig = folder / "silent.py", folder / "rig.toml"
        patch.write_text(SILENT)
        rig.write_text(RIG.format(patch=patch.as_posix(), port=self.to[1], told=self.told.getsockname()[1],
                                  latency=latency, lanes=LANES, sings=sings))
        self.log, self.states = folder / "log", []
        with open(self.log, "w") as log:
            self.running = subprocess.Popen([sys.executable, "-m", "engine", "--rig", str(rig), "--strict"],
                                            stdout=log, stderr=subprocess.STDOUT)
        while " fps" not in self.said:
            if self.running.poll() is not None:
                raise UserError(f"no show plays: {self.said.strip()[-200:]}")
            time.sleep(STEP)

    @property
    def said(self) -> str:
        return self.log.read_text()

    def play(self, voice: int, what: str, value: float) -> None:
        self.hears.sendto(message(f"/voice/{voice}/{what}", value)[4:], self.to)  # without its size in a bundle

    def look(self) -> None:
        """Read what the show has told of its voice."""
        while True:
            try:
                packet = self.told.recv(65_536)
            except BlockingIOError:
                return
            self.states += [(time.monotonic(), arguments[0], arguments[1]) for address, arguments in decode(packet)
                            if address == "/voice/state"]

    def close(self) -> None:
        self.running.terminate()
        self.running.wait()
        for each in (self.hears, self.told):
            each.close()


@contextmanager
def sounding(latency: float, sings: bool = False) -> Iterator[tuple[Show, Client]]:
    """A show, and a client that hears it and may sing to it, on a JACK server of their own; UserError without JACK."""
    jack = library()
    if jack is None:
        raise UserError(NO_JACK)
    with server(f"bench-{os.getpid()}"), tempfile.TemporaryDirectory() as folder:
        client = Client(jack, PEER)
        try:
            show = Show(Path(folder), latency, PEER if sings else "")
            try:
                client.connect(speak=sings)
                yield show, client
            finally:
                show.close()
        finally:
            client.close()


def gates(latency: float, count: int = GATES) -> Heard:
    """Open a voice's gate over OSC so often, at moments unrelated to the show's, and hear when it sounds.

    The end is the sample in JACK's graph: the server's own period, and what a sound card adds, come after it.
    """
    chance, late, unheard = random.Random(1), [], 0
    with sounding(latency) as (show, client):
        show.play(1, "pitch", 45.0)
        for _ in range(count):
            time.sleep(PAUSE + chance.random() * 0.1)
            show.look()
            show.play(1, "loudness", 1.0)
            began = client.now
            show.play(1, "gate", 1)
            time.sleep(HELD)
            show.play(1, "loudness", 0.0)  # it does not ring on
            show.play(1, "gate", 0)
            loud = np.flatnonzero(np.abs(client.heard(began, began + int(WITHIN * RATE))) > LOUD)
            unheard += not len(loud)
            late += [1000 * loud[0] / RATE] if len(loud) else []
        show.look()
    return told(latency, late, unheard, show)


def led(latency: float, count: int = GATES // 4) -> Heard:
    """Sing to the voice so often, and hear how long after the first sample of the tone it sounds."""
    chance, late, unheard = random.Random(2), [], 0
    time_of = np.arange(int(LONG * RATE)) / RATE
    tone = sum(0.1 / number * np.sin(2 * np.pi * SUNG * number * time_of) for number in range(1, 20))
    with sounding(latency, sings=True) as (show, client):
        for _ in range(count):
            time.sleep(LONG + RING + chance.random() * 0.1)
            show.look()
            client.say(tone)
            loud = np.flatnonzero(np.abs(client.answer(int(WITHIN * RATE))) > LOUD)
            unheard += not len(loud)
            late += [1000 * loud[0] / RATE] if len(loud) else []
        show.look()
    return told(latency, late, unheard, show)


def told(latency: float, late: list[float], unheard: int, show: Show) -> Heard:
    p50, p99, worst = np.percentile(late, (50, 99, 100)).round(1).tolist()
    return Heard(1000 * latency, p50, p99, worst, len(late) + unheard, unheard, show.states[-1][1] - show.states[0][1])


def long_run(minutes: float, latency: float) -> str:
    """Play on all lanes beside a show for so many minutes, a new note twice a second; what ran dry, as one line."""
    with sounding(latency) as (show, client):
        end, turn = time.monotonic() + 60 * minutes, 0
        while time.monotonic() < end:
            voice = 1 + turn % LANES
            for what, value in (("gate", 0), ("pitch", 33.0 + 7 * turn % 29), ("loudness", 0.9), ("gate", 1)):
                show.play(voice, what, value)
            time.sleep(STEP)
            show.look()
            turn += 1
        lanes = np.array([sounds for at, _, sounds in show.states if at > end - 60 * minutes + LANES * STEP])
        underruns, said = show.states[-1][1] - show.states[0][1], show.said
    frames = next(line for line in reversed(said.splitlines()) if " fps" in line)
    return (f"{minutes:g} minutes at {1000 * latency:.0f} ms beside a show: sound ran dry {underruns} times; "
            f"{np.median(lanes):g} of {LANES} lanes sounded (median; at least {lanes.min()}); "
            f"JACK left out {client.lost} frames; {frames}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(long_run(float(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else STATED[0]))
    else:
        for seconds in STATED:
            print(gates(seconds))
        print("sung to:", led(STATED[0]))
