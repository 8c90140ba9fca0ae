"""Shows that really run: the program itself, in a process of its own, with a simulated crowd before it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.parts import PATIENCE

PATCH = """
from engine import Osc, Param, Zone
speed = Param(0.5, 0, 1, "how fast it goes", "linear", "Hz")
door = Zone(0, 0, 0.5, 1)

def react(scene, p):
    yield Osc("/speed", p.speed)
"""


@contextmanager
def running(folder: Path, port: int, listen: int, osc: int = 9) -> Iterator[subprocess.Popen]:
    """A show of PATCH whose control server is at a port, when it is up; OSC is heard at listen and goes to osc."""
    (folder / "mine.py").write_text(PATCH)
    words = ["mine.py", "--source", "crowd:3", "--headless", "--control", str(port), "--listen", str(listen),
             "--osc", f"127.0.0.1:{osc}"]  # fmt: skip
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-m", "engine", *words], cwd=folder, env=os.environ | {"PYTHONPATH": root},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
    try:
        said = ""
        while " fps" not in said:  # the first line of how it goes
            said = process.stdout.readline()
            assert said, "the show has ended"
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)
