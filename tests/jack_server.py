"""A real JACK server without a sound card, one for each test that asks for it."""

import os
import subprocess
import time

import pytest

from tests.parts import PATIENCE, need

RATE = 48_000


class JackServer:
    """A server that can be ended and started again; synchronous: a late client delays a cycle instead of losing it."""

    def __init__(self, name: str):
        self.command = ["jackd", "-n", name, "-S", "-r", "-d", "dummy", "-r", str(RATE), "-p", "256"]

    def start(self) -> None:
        self.running = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while "system:playback_1" not in jack_ports():
            assert time.monotonic() < end and self.running.poll() is None, "jackd did not start"
            time.sleep(0.01)

    def end(self) -> None:
        self.running.terminate()  # a killed one leaves its mark in a table of eight for ever
        self.running.wait(PATIENCE)


def jack_ports() -> list[str]:
    """The ports of the environment's server, none if it does not run."""
    return subprocess.run(["jack_lsp"], capture_output=True, text=True).stdout.splitlines()


@pytest.fixture
def jack_server(monkeypatch):
    """The server of the test's environment, under a name that no other has: a client of the same name would end it."""
    need("jackd", "jack_lsp")
    name = f"neocog-tests-{os.getpid()}"
    monkeypatch.setenv("JACK_DEFAULT_SERVER", name)
    server = JackServer(name)
    try:
        server.start()
        yield server
    finally:
        server.end()
