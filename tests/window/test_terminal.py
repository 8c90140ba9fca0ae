import fcntl
import io
import os
import pty
import struct
import termios
from dataclasses import replace

import pytest

from engine.window.terminal import Terminal
from tests.percepts import STATUS, patch, percept
from tests.scenes import track

NOTICE = "camera 0 is lost: trying again"
TRACKS = (track(1, name="person"), track(2, 1, name="cat"), track(5, 2, name="person"))


class Pty:
    """A real terminal of so many columns; reads back what was written."""

    def __init__(self, width: int):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        self.stream = os.fdopen(slave, "w", encoding="utf-8")

    def read(self) -> str:
        """All that was written since the last read, however the kernel cuts it: up to a mark of our own."""
        self.stream.write("\0")
        self.stream.flush()
        written = b""
        while not written.endswith(b"\0"):
            written += os.read(self.master, 1 << 16)
        return written[:-1].decode()


@pytest.fixture
def terminal():
    made = Pty(80)
    yield made
    made.stream.close()
    os.close(made.master)


def show(peer: Terminal, time: float, notices=(), loud: float = 0.2) -> None:
    seen, scene = percept(time, tracks=TRACKS)
    layers = {name: replace(layer, mean=loud) for name, layer in scene.layers.items()}
    peer.show(seen, replace(scene, layers=layers), patch(), replace(STATUS, notices=notices))


def test_a_terminal_has_one_line_rewritten_in_place(terminal):
    with Terminal(terminal.stream) as peer:
        show(peer, 1000.0)
        assert terminal.read() == "\r59.8 fps  14 ms  3 dropped  conv1 ███ conv3  2 person  1 cat\x1b[K"
        show(peer, 1000.01)
        assert terminal.read() == ""
        for frame in range(1, 65):
            show(peer, 1000 + frame / 64)
        written = terminal.read()
        assert written.count("\r") == 10 and "\n" not in written
    assert terminal.read() == "\r\n"


def test_the_line_fits_the_terminal():
    narrow = Pty(30)
    show(Terminal(narrow.stream), 0.0)
    assert narrow.read() == "\r59.8 fps  14 ms  3 dropped  c\x1b[K"


def test_bars_are_against_the_recent_loudest(terminal):
    peer = Terminal(terminal.stream)
    for time, loud, bar in ((0.0, 0.8, "█"), (0.1, 0.3, "▄"), (0.2, 0.0, "▁"), (30.0, 0.1, "█")):
        show(peer, time, loud=loud)
        assert f"conv1 {3 * bar} conv3" in terminal.read(), time


def test_a_silent_layer_has_the_lowest_bar(terminal):
    show(Terminal(terminal.stream), 0.0, loud=0.0)
    assert "conv1 ▁▁▁ conv3" in terminal.read()


def test_notices_come_once_and_once_when_over(terminal):
    peer = Terminal(terminal.stream)
    show(peer, 0.0)
    terminal.read()
    for frame in range(1, 5):
        show(peer, frame / 100, notices=(NOTICE,))
    told = terminal.read()
    assert told.startswith(f"\r\x1b[K{NOTICE}\r\n\r59.8 fps") and told.count(NOTICE) == 1
    show(peer, 0.05)
    assert terminal.read().startswith(f"\r\x1b[Kover: {NOTICE}\r\n")


def test_a_notice_that_counts_comes_once(terminal):
    peer = Terminal(terminal.stream)
    for count in range(1, 5):
        show(peer, count / 100, notices=(f"{count} datagrams not sent", NOTICE))
    told = terminal.read()
    assert told.count("datagrams not sent") == told.count(NOTICE) == 1 and "1 datagrams not sent" in told
    show(peer, 0.05)
    assert terminal.read().startswith(f"\r\x1b[Kover: 4 datagrams not sent\r\n\r\x1b[Kover: {NOTICE}\r\n")


def test_one_and_many_are_the_same_notice(terminal):
    peer = Terminal(terminal.stream)
    for count, words in ((1, "1 note and 1 voice"), (2, "2 notes and 1 voice"), (3, "2 notes and 3 voices")):
        show(peer, count / 100, notices=(f"{words} had nowhere to go",))
    assert terminal.read().count("had nowhere to go") == 1


def test_two_targets_that_fail_are_two_notices_however_alike(terminal):
    peer = Terminal(terminal.stream)
    for count in range(1, 5):
        show(peer, count / 100, notices=tuple(f"osc to 10.0.0.{n}:9000: {count} datagrams not sent" for n in (1, 2)))
    told = terminal.read()
    assert told.count("10.0.0.1:9000: 1 datagrams") == told.count("10.0.0.2:9000: 1 datagrams") == 1
    assert told.count("not sent") == 2


def read_pipe(*frames) -> list[str]:
    ends = os.pipe()
    with os.fdopen(ends[0]) as reader:
        with os.fdopen(ends[1], "w", encoding="utf-8") as writer, Terminal(writer) as peer:
            for frame in frames:
                show(peer, **frame)
        return reader.read().splitlines()


def test_a_pipe_gets_a_plain_line_a_minute_and_one_at_the_end():
    lines = read_pipe(*(dict(time=500 + frame / 2) for frame in range(301)))
    assert lines == [f"{second} s  59.8 fps  14 ms  3 dropped  conv1 0.2  conv2 0.2  conv3 0.2  2 person  1 cat"
                     for second in (0, 60, 120, 150)]
    assert [line.split()[0] for line in read_pipe(dict(time=5.0), dict(time=65.0))] == ["0", "60"]


def test_a_pipe_gets_notices_and_the_patchs_error_among_its_lines():
    lines = read_pipe(dict(time=0.0, notices=(NOTICE,)), dict(time=0.1, notices=("tide.py line 3: no",)),
                      dict(time=0.2))
    assert lines[:1] + lines[2:-1] == [NOTICE, f"over: {NOTICE}", "tide.py line 3: no", "over: tide.py line 3: no"]


def test_losses_are_told_when_there_are_any():
    stream = io.StringIO()
    Terminal(stream).show(*percept(), patch(), replace(STATUS, dropped=0, malformed=2))
    assert stream.getvalue().startswith("0 s  59.8 fps  14 ms  2 malformed  conv1")


def test_notices_cannot_steer_the_terminal(terminal):
    show(Terminal(terminal.stream), 0.0, notices=("no layer \x1b[2J\n",))
    assert "no layer  [2J " in terminal.read()


def test_the_show_goes_on_when_the_terminal_is_gone():
    reader, writer = os.pipe()
    os.close(reader)
    with Terminal(os.fdopen(writer, "w")) as peer:
        for second in range(3):
            show(peer, float(second))
