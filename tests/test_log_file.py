"""A show's own log: what it says, how much of the disk it takes, and that no disk holds up a show."""

import re
import threading
from datetime import datetime

import pytest

from engine import log_file
from engine.__main__ import main
from engine.errors import UserError
from engine.log_file import EVERY, OLDER, WAITING, Files, LogFile
from engine.values import EngineStatus
from tests.parts import PATIENCE
from tests.scenes import scene

LOST = "camera 0 is lost: trying again"


@pytest.fixture
def log(tmp_path):
    log = LogFile(tmp_path / "night.log")
    yield log
    log.close(0.0)


def lines(log) -> list[str]:
    """What the file has once all is written, without the dates."""
    log.close(0.0)
    dated = [line.split("  ", 1) for line in log.path.read_text("utf-8").splitlines()]
    assert all(datetime.fromisoformat(date) for date, _ in dated)
    return [line for _, line in dated]


def test_notices_come_and_go_and_once_a_minute_it_says_how_the_show_goes(log):
    log.say("hello on demo")
    for second, notices in enumerate(((), (LOST,), (LOST,), (), *[()] * 70)):
        log.send(scene(), (), EngineStatus(fps=59.81, latency=0.012, dropped=3, notices=notices), float(second))
    goes = "59.8 fps, 12 ms, 3 dropped, 0 malformed, 0 underruns, 0 objects"
    assert lines(log) == ["hello on demo", goes, LOST, f"over: {LOST}", goes, "ended"]
    assert EVERY == 60.0


def test_what_strangers_write_is_one_line_without_control_characters(log):
    log.send(scene(), (), EngineStatus(answers=("no view '\x1b[2J\nroot'",)), 0.0)
    assert lines(log)[0] == "no view ' [2J root'"


def test_a_night_takes_so_much_of_the_disk_and_no_more(tmp_path, monkeypatch):
    monkeypatch.setattr(log_file, "LARGEST", 1000)
    files = Files(tmp_path / "night.log")
    for number in range(1000):
        files.write(f"line {number} ....................")
    files.close()
    files = Files(tmp_path / "night.log")  # another night goes on in the same files
    files.write("line 1000")
    files.close()
    kept = sorted(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    assert {path.name for path in kept} == {"night.log", *(f"night.log.{number}" for number in range(1, OLDER + 1))}
    assert all(path.stat().st_size <= 1000 for path in kept)
    oldest_first = [tmp_path / f"night.log.{number}" for number in range(OLDER, 0, -1)] + [tmp_path / "night.log"]
    told = [int(number) for path in oldest_first for number in re.findall(r"line (\d+)", path.read_text())]
    assert told == list(range(told[0], 1001)), "none is missing between the oldest kept and the newest"


class Full:
    """A disk that refuses so many lines."""

    closed = False

    def __init__(self, refuses: int):
        self.refuses, self.kept = refuses, []

    def tell(self) -> int:
        return 0

    def write(self, data: bytes) -> None:
        self.refuses -= 1
        if self.refuses >= 0:
            raise OSError(28, "No space left on device")
        self.kept.append(data.split(b"  ")[1])

    def close(self) -> None:
        pass


@pytest.mark.parametrize("refuses, kept, told", [
    (2, [b"two\n", b"ended\n"], False), (4, [], True)])
def test_a_full_disk_costs_lines_and_is_told_until_it_takes_some_again(log, refuses, kept, told):
    log.files.file.close()
    log.files.file = Full(refuses)
    for line in ("zero", "one", "two"):
        log.say(line)
    log.close(0.0)
    assert log.files.file.kept == kept
    assert log.notices == ((f"{log.path} takes no more lines: no space left on device",) if told else ())


def test_a_disk_that_hangs_costs_lines_that_are_counted_and_no_time(log, monkeypatch):
    hangs, begun = threading.Event(), threading.Event()
    monkeypatch.setattr(log.files, "write", lambda line: (begun.set(), hangs.wait()))
    log.say("one")
    assert begun.wait(PATIENCE)
    for _ in range(WAITING + 7):
        log.say("another")
    assert log.notices == (f"{log.path} lacks 7 lines: the disk is too slow",)
    hangs.set()


def test_a_place_that_cannot_be_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="cannot keep a log at .*: is a directory"):
        LogFile(tmp_path)


def test_a_fault_that_ends_the_show_is_in_it_as_a_whole(log):
    try:
        1 / 0
    except ZeroDivisionError as error:
        log.fault(error)
    told = lines(log)
    assert told[0].startswith("Traceback") and told[-2:] == ["ZeroDivisionError: division by zero", "ended"]


def test_a_show_keeps_its_log(room, tmp_path):
    words = ["--headless", "--source", "crowd:1", "--frames", "3", "--rig", room, "--log", str(tmp_path / "log")]
    assert main(words) == 0
    said = (tmp_path / "log").read_text("utf-8").splitlines()
    assert "  hello on crowd:1, " in said[0] and " fps, " in said[-2] and said[-1].endswith("  ended")
