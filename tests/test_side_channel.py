"""Streams that nobody reads: pipes, terminals and disks that take nothing any more, and take something again."""

import errno
import os
import pty
import signal
import subprocess
import sys
import termios
from contextlib import contextmanager

import pytest

from engine import side_channel
from engine.osc.decoding import decode
from engine.side_channel import WAITING, SideChannel, unblocked
from tests.parts import PATIENCE

LINE = "59.8 fps  14 ms  2 person\n"


@contextmanager
def a_pipe(encoding: str = "utf-8"):
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb", 0) as ear, os.fdopen(writer, "w", encoding=encoding) as mouth:
        yield ear, unblocked(mouth)


@contextmanager
def a_terminal():
    master, slave = pty.openpty()
    with os.fdopen(master, "rb", 0) as ear, os.fdopen(slave, "w", encoding="utf-8") as mouth:
        channel = unblocked(mouth)
        yield ear, channel
        channel.close()


def all_of(ear) -> str:
    os.set_blocking(ear.fileno(), False)
    return b"".join(iter(lambda: ear.read(1 << 16), None)).decode()


@pytest.mark.parametrize("way", [a_pipe, a_terminal])
def test_what_nobody_reads_costs_lines_and_never_time(way):
    with way() as (ear, channel):
        for number in range(20_000):
            print(f"{number} {LINE}", end="", file=channel, flush=True)
        assert channel.lost and len(channel.waiting) <= WAITING
        lost, whole = channel.lost, ""
        for _ in range(4):  # what waits leaves as far as there is room, and then what was lost is told
            whole += all_of(ear)
            channel.flush()
        whole = whole.replace("\r\n", "\n")
        kept = 20_000 - lost
        assert whole == "".join(f"{number} {LINE}" for number in range(kept)) + (
            f"\n{lost} lines are lost: they were not read\n")
        print("again", file=channel, flush=True)
        assert all_of(ear).strip() == "again"


def test_a_terminal_stopped_by_ctrl_s_is_heard_again_after_ctrl_q():
    with a_terminal() as (ear, channel):
        termios.tcflow(channel.stream.fileno(), termios.TCOOFF)
        print(LINE, end="", file=channel, flush=True)
        assert all_of(ear) == ""
        termios.tcflow(channel.stream.fileno(), termios.TCOON)
        channel.flush()
        assert all_of(ear) == LINE.replace("\n", "\r\n")


def test_a_terminals_own_way_of_waiting_is_left_as_the_shell_has_it():
    with a_terminal() as (_, channel):
        assert os.get_blocking(channel.stream.fileno()) and not os.get_blocking(channel.descriptor)


@pytest.mark.parametrize("trouble", [errno.ENOSPC, errno.EIO, errno.EPIPE, errno.EAGAIN])
def test_a_log_that_takes_nothing_any_more_goes_on_when_it_does_again(tmp_path, monkeypatch, trouble):
    def refuse(descriptor, data):
        raise OSError(trouble, os.strerror(trouble))

    with open(tmp_path / "log", "w", encoding="utf-8") as file:
        channel = unblocked(file)
        print("before", file=channel)
        with monkeypatch.context() as patched:
            patched.setattr(side_channel.os, "write", refuse)
            for _ in range(1000):
                print(LINE, end="", file=channel, flush=True)
        print("after", file=channel)
        channel.flush()
    kept = WAITING // len(LINE)
    assert (tmp_path / "log").read_text() == (
        "before\n" + kept * LINE + f"\n{1000 - kept} lines are lost: they were not read\nafter\n")


def test_characters_that_a_log_lacks_become_question_marks():
    with a_pipe("ascii") as (ear, channel):
        print("conv1 ▁▂▃", file=channel)
        assert all_of(ear) == "conv1 ???\n"


def test_a_stream_without_a_descriptor_and_a_side_channel_stay_as_they_are(capsys):
    with a_pipe() as (_, channel):
        assert isinstance(channel, SideChannel) and unblocked(channel) is channel
    assert unblocked(sys.stdout) is sys.stdout


def test_standard_streams_that_were_closed_lead_nowhere():
    said = ("import os, sys; from engine.side_channel import open_standard_streams; open_standard_streams(); "
            "print('lost'); sys.stdout.flush(); sys.exit(os.fstat(1).st_rdev != os.stat(os.devnull).st_rdev)")
    assert subprocess.run([sys.executable, "-c", said], preexec_fn=lambda: (os.close(1), os.close(2))).returncode == 0


@contextmanager
def a_show(listener, room, *words, stdout):
    with subprocess.Popen(
            [sys.executable, "-m", "engine", "--headless", "--source", "crowd:2", "--osc", f"127.0.0.1:{listener.port}",
             "--rig", room, *words], stdout=stdout, stderr=subprocess.STDOUT) as show:
        try:
            yield show
        finally:
            show.kill()


def frames(listener, count: int) -> None:
    """Wait until so many more frames have been heard."""
    listener.socket.settimeout(PATIENCE)
    while count > 0:
        count -= any(address == "/frame" for address, _ in decode(listener.socket.recv(65536)))


PRINTING = "def react(scene, p):\n    print('x' * 2000)\n    return ()\n"


def test_a_show_goes_on_when_nobody_reads_what_it_and_its_patch_print(listener, room, tmp_path):
    (tmp_path / "loud.py").write_text(PRINTING)
    reader, writer = os.pipe()
    with a_show(listener, room, str(tmp_path / "loud.py"), stdout=writer) as show:
        os.close(writer)
        frames(listener, 300)  # 600 kB, where a pipe holds 64
        show.send_signal(signal.SIGTERM)
        assert show.wait(PATIENCE) == 0
    os.close(reader)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full disk to be had on this system")
def test_a_log_disk_that_is_full_from_the_start_ends_no_show(listener, room):
    with open("/dev/full", "w") as full, a_show(listener, room, stdout=full) as show:
        frames(listener, 30)
        show.send_signal(signal.SIGTERM)
        assert show.wait(PATIENCE) == 0
