"""What is done to a show while it plays."""

import itertools
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.request import urlopen

from pythonosc.osc_message_builder import build_msg
from websockets.sync.client import connect

from tests.endurance.show import Playing

FLOOD = 4.0  # seconds


def stopped(show: Playing) -> None:
    show.process.send_signal(signal.SIGSTOP)
    time.sleep(20)
    show.process.send_signal(signal.SIGCONT)


def terminated(show: Playing) -> None:
    """SIGTERM twice, while a frame hangs."""
    time.sleep(1)
    for _ in range(2):
        show.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)


def saved(show: Playing) -> None:
    for number in range(200 * show.scale):
        new = show.patch.with_suffix(".new")
        new.write_text(f"# {number}\ndef react(scene, p): return ()\n")
        os.replace(new, show.patch)
        time.sleep(0.02)


def message(address: str, *arguments: int | float | str) -> bytes:
    """An OSC message, of addresses too that the engine itself sends to nobody."""
    return build_msg(address, arguments).dgram


def flooded(*packets: bytes) -> Callable[[Playing], None]:
    """OSC as fast as one core sends it."""
    def flood(show: Playing) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            until = time.monotonic() + FLOOD * show.scale
            for number, packet in enumerate(itertools.cycle(packets)):
                sender.sendto(packet, ("127.0.0.1", show.port))
                if number % 100 == 0 and time.monotonic() > until:
                    return
    return flood


SMALL = [message(f"/x{number}", number) for number in range(97)]
WORDS = [message("/unit", *800 * "a")]
PATTERNS = [message("/{view,tracker,voice,detector}/*", 0.5)]
PATCHES = [message("/patch", name) for name in ("tide", "choir", "hello")]
HOSTILE = [os.urandom(200), b"#bundle\0" + bytes(8) + b"\xff" * 40, b"", bytes(60_000), *WORDS, *PATTERNS,
           message("/\x1b[2J", 0)]


def browsed(show: Playing) -> None:
    """Eight who fetch pages, eight who turn parameters and send nonsense, as fast as they can."""
    until = time.monotonic() + FLOOD * show.scale

    def fetch() -> None:
        while time.monotonic() < until:
            with suppress(OSError):
                urlopen(f"http://127.0.0.1:{show.page}/", timeout=2).read()

    def turn() -> None:
        with suppress(Exception), connect(f"ws://127.0.0.1:{show.page}/") as page:
            page.send(json.dumps({"parameters": True, "scene": 120, "picture": "camera"}))
            while time.monotonic() < until:
                page.send(json.dumps({"set": {"tracker/smoothing": 0.5}}))
                page.send(WORDS[0])

    clients = [threading.Thread(target=act, daemon=True) for act in (fetch, turn) for _ in range(8)]
    for client in clients:
        client.start()
    time.sleep(FLOOD * show.scale)


def returns(show: Playing) -> None:
    """The camera hangs up so often, and each time it is found again."""
    while show.names["server"].left < 100 * show.scale and show.process.poll() is None:
        time.sleep(0.2)


def rests(seconds: float) -> Callable[[Playing], None]:
    """Something goes on by itself for so long."""
    return lambda show: time.sleep(seconds * show.scale)


def jumps(show: Playing) -> None:
    """The wall's clock, by seconds in a file."""
    day = 86_400
    for offset in (day, -400 * day, 11_000 * day, -1, 0):
        (show.folder / "next").write_text(str(offset))
        (show.folder / "next").replace(show.folder / "clock")
        time.sleep(1.5)


def presses(*addresses: str) -> Callable[[Playing], None]:
    """Commands and switches, by OSC."""
    def press(show: Playing) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for address in addresses:
                sender.sendto(message(address, 1), ("127.0.0.1", show.port))
                time.sleep(3)
    return press


def filmed(show: Playing) -> None:
    """A film that is cut off, emptied, put back, becomes another one, becomes text, goes, and is there again."""
    film, other = show.folder / "film.mp4", show.folder / "other.mp4"
    whole = film.read_bytes()
    for content in (whole[: len(whole) // 2], b"", whole, other.read_bytes(), b"no film", None, whole):
        film.unlink() if content is None else film.write_bytes(content)
        time.sleep(2.5)
    other.replace(film)
    time.sleep(3)
