"""The whole program in a real window, and a real mouse in it."""

import os
import subprocess
import sys
from contextlib import contextmanager

from tests.parts import PATIENCE

SIZE = (960, 540)
RIG = '[osc]\nlisten = "127.0.0.1:0"\n[voice]\ndevice = "none"\n[control]\nlisten = "none"\n'


@contextmanager
def playing(display: str, receiver, folder, *words: str, rig: str = ""):
    """A running show with its window up: called with steps, places (x, y) in the window or words, it is xdotool."""
    (folder / "room.toml").write_text(RIG + rig)
    words = [sys.executable, "-m", "engine", *words, "--rig", "room.toml", "--osc", f"127.0.0.1:{receiver.port}",
             "--size", "{}x{}".format(*SIZE)]  # fmt: skip
    screen = {**os.environ, "DISPLAY": display, "PYTHONPATH": os.getcwd()}
    screen.pop("SDL_VIDEODRIVER", None)
    show = subprocess.Popen(words, cwd=folder, env=screen, stdout=subprocess.DEVNULL)

    def tool(*words) -> str:
        words = ["xdotool", *map(str, words)]
        return subprocess.run(words, env=screen, capture_output=True, text=True, check=True).stdout

    def mouse(*steps) -> None:
        for step in steps:
            if isinstance(step, tuple):
                tool("mousemove", "--window", window, *map(round, step))
            else:
                tool(*step.split())
            frames(receiver, 2)  # each is heard before the next, however slow the machine is

    try:
        window = tool("search", "--sync", "--onlyvisible", "--pid", show.pid).split()[-1]
        receiver.socket.settimeout(PATIENCE)
        frames(receiver, 2)  # when the second leaves, the first is on the screen
        yield mouse
    finally:
        show.terminate()
        show.wait(PATIENCE)


def frames(receiver, count: int) -> None:
    """Wait until so many more frames were told of."""
    receiver.waiting()
    seen = set()
    while len(seen) < count:
        seen |= {message[1] for message in receiver.frame() if message[0] == "/frame"}
