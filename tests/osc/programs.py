"""Receivers in processes of their own."""

import os
import queue
import socket
import subprocess
import threading
import time

from engine.osc.encoding import message
from tests.parts import PATIENCE

# sclang's wishes, the second for root
SCREENLESS = {"QT_QPA_PLATFORM": "offscreen", "QTWEBENGINE_DISABLE_SANDBOX": "1"}


def free_port(kind: int = socket.SOCK_DGRAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Program:
    """A receiver in its own process: what it prints, and datagrams to its port."""

    def __init__(
        self, port: int, *command: str, ready: str = "ready", probe: bytes = message("/ready")[4:], **environment: str
    ):
        """It is ready when it prints that word, for which the probe is sent again and again."""
        self.place, self.ready, self.probe = ("127.0.0.1", port), ready, probe
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | environment
        )
        self.printed: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=lambda: [self.printed.put(line) for line in self.process.stdout])
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def __enter__(self) -> "Program":
        self.reader.start()
        self.until(self.ready, self.probe)
        return self

    def __exit__(self, *raised) -> None:
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        self.socket.close()

    def until(self, word: str, *probes: bytes) -> list[str]:
        """The lines up to one that holds the word; the probes are sent again until it comes."""
        found, end = [], time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for probe in probes:
                self.socket.sendto(probe, self.place)
            try:
                found.append(self.printed.get(timeout=0.1).rstrip("\n"))
            except queue.Empty:
                continue
            if word in found[-1]:
                return found
        raise AssertionError(f"{self.process.args[0]} never printed {word!r}, only {found}")

    def reads(self, parts: list[bytes]) -> list[str]:
        """What it prints of these datagrams."""
        for part in [*parts, message("/end")[4:]]:
            self.socket.sendto(part, self.place)
        return [line for line in self.until("end")[:-1] if "ready" not in line]
