"""Replay: the same datagrams at the same times, to the same targets, as often and as fast as one likes."""

import time
from dataclasses import replace

import pytest

from engine.__main__ import main
from engine.commands.replay import play, wait_to_the_moment
from engine.neighbours import Neighbours
from engine.osc.output import OscOut
from engine.osc.targets import Target
from engine.record.journal import NAME, Journal, line
from engine.record.recorder import Recorder
from tests.footage import VirtualTime
from tests.record.shows import show as whole

SECONDS = 4.0


def show(seconds: float):
    """A show of two layers: each of its frames fits into one datagram."""
    for name, first, *rest in whole(seconds):
        if name == "send":
            first = replace(first, layers=dict(list(first.layers.items())[:2]))
        yield name, first, *rest


class Outlet:
    """In place of sockets: keeps what is sent, to whom, and when."""

    def __init__(self, clock):
        self.clock, self.sent = clock, []

    def send(self, data, address, port, *by):
        self.sent.append((self.clock(), (address, port), data))

    def close(self):
        pass


def out_at(clock) -> OscOut:
    """Three targets of different profiles and rates, before an outlet that keeps everything."""
    targets = [Target("127.0.0.1", 9000), Target("127.0.0.1", 7000, "split", rate=10, flip_y=True),
               Target("127.0.0.1", 9001, bundle=False, rate=1)]
    port = OscOut(targets, ("person",))
    port.outlet.close()
    port.outlet = Outlet(clock)
    return port


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """A recorded show: its folder, and what was sent in it."""
    folder = tmp_path_factory.mktemp("recorded") / "night"
    clock = VirtualTime()
    port = out_at(clock)
    about = {"patch": "tide", "source": "crowd:5", "classes": ("person",), "targets": ()}
    recorder = Recorder(folder, about)
    for name, *arguments in show(SECONDS):
        if name != "see":
            clock.now = arguments[-1]
            getattr(port, name)(*arguments)
            getattr(recorder, name)(*arguments)
    for each in (port, recorder):
        each.close(clock.now)
    return folder, port.outlet.sent


def to_the_first(packets) -> list[bytes]:
    return [data for _, (_, port), data in packets if port == 9000]


def replayed(folder, **how) -> list[tuple]:
    clock = VirtualTime()
    port = out_at(clock)
    play(Journal(folder), port, clock, clock.wait, **how)
    return port.outlet.sent


def test_datagrams_are_equal_byte_for_byte_and_times_within_2_ms(night):
    folder, sent = night
    again = replayed(folder)
    assert len(sent) > 400 and [packet[1:] for packet in again] == [packet[1:] for packet in sent]
    shift = again[0][0] - sent[0][0]
    assert max(abs(new[0] - old[0] - shift) for old, new in zip(sent, again)) < 0.002
    assert b"/object/leave" in to_the_first(sent)[-1], "goodbye"


def test_faster_and_slower_the_bytes_are_the_same(night):
    folder, sent = night
    for speed in (0.5, 4.0):
        again = replayed(folder, speed=speed)
        assert [packet[1:] for packet in again] == [packet[1:] for packet in sent]
        assert again[-1][0] - again[0][0] == pytest.approx((sent[-1][0] - sent[0][0]) / speed, abs=0.002)


def test_in_a_loop_time_runs_on_and_all_leave_in_between(night):
    folder, sent = night
    clock = VirtualTime()
    port = out_at(clock)
    length = sent[-1][0] - sent[0][0]

    def wait(seconds):
        clock.wait(seconds)
        if clock.now > 100.0 + 2.5 * length:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play(Journal(folder), port, clock, wait, loop=True)
    goodbye, again = to_the_first(sent)[-1], to_the_first(port.outlet.sent)
    ends = [place for place, data in enumerate(again) if data == goodbye]
    assert len(ends) == 2 and ends[1] == 2 * ends[0] + 1


def test_a_recording_that_was_cut_off_plays_up_to_there_and_says_goodbye(night, tmp_path):
    folder, sent = night
    content = (folder / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(content[:len(content) // 2])
    again, whole = to_the_first(replayed(tmp_path)), to_the_first(sent)
    assert 60 < len(again) < len(whole) and again[:-1] == whole[:len(again) - 1]
    assert b"/object/leave" in again[-1]


def keep_a_show(folder, receiver) -> None:
    target = {"to": f"127.0.0.1:{receiver.port}", "rate": 0.0}
    about = {"patch": "tide", "source": "crowd:5", "classes": ("person",), "targets": (target,), "maps": ()}
    recorder = Recorder(folder, about)
    for name, *arguments in show(0.4):
        getattr(recorder, name)(*arguments)
    recorder.close(8.0)


def test_the_command_sends_to_the_targets_of_the_recording_or_to_others(tmp_path, receiver, other, capsys):
    keep_a_show(tmp_path / "night", receiver)
    assert main(["replay", str(tmp_path / "night"), "--speed", "8"]) == 0
    said = capsys.readouterr().out
    assert "tide on crowd:5, recorded" in said and "1.0 seconds played" in said
    first = receiver.waiting()
    assert len(first) >= 12
    assert main(["replay", str(tmp_path / "night"), "--speed", "8", "--osc", f"split@127.0.0.1:{other.port}"]) == 0
    assert not receiver.waiting()
    assert any(message[0] == "/frame/number" for frame in other.waiting() for message in frame)


def test_a_replay_says_that_a_show_sends_to_the_same_place(tmp_path, receiver, capsys):
    keep_a_show(tmp_path / "night", receiver)
    words = ["replay", str(tmp_path / "night"), "--speed", "8"]
    live = Neighbours([Target("127.0.0.1", receiver.port)])
    live.tick(0.0)
    assert main(words) == 0
    assert f"another neocog on this machine sends to 127.0.0.1:{receiver.port} as well" in capsys.readouterr().out
    live.close(0.0)
    for _ in range(2):  # the first lets go
        assert main(words) == 0
        assert "another" not in capsys.readouterr().out


def test_what_cannot_be_replayed_is_said(tmp_path, capsys):
    assert main(["replay", str(tmp_path)]) == 2
    assert "is no recording that can be read" in capsys.readouterr().err
    header = {"neocog": 1, "began": "now", "patch": "tide", "source": "demo", "classes": (), "targets": (), "maps": ()}
    (tmp_path / NAME).write_text(line(header))
    assert main(["replay", str(tmp_path), "--osc", "127.0.0.1:9"]) == 2
    assert "ends before anything was sent" in capsys.readouterr().err


def test_what_is_slow_to_read_is_read_before_it_is_due(night):
    """Reading an entry takes 5 ms now and then, and some entries are due 4 ms after another: none is late for it."""
    folder, sent = night
    clock = VirtualTime()
    port = out_at(clock)

    def slowly():
        for index, entry in enumerate(Journal(folder)):
            clock.wait(0.005 if index % 40 == 21 else 0.0)
            yield entry

    play(slowly(), port, clock, clock.wait)
    shift = port.outlet.sent[0][0] - sent[0][0]
    late = [new[0] - old[0] - shift for old, new in zip(sent, port.outlet.sent)]
    assert max(map(abs, late)) < 1e-6


@pytest.mark.parametrize("seconds", [0.0, 0.0004, 0.004])
def test_a_wait_is_never_shorter_than_it_says(seconds):
    began = time.perf_counter()
    wait_to_the_moment(seconds)
    assert time.perf_counter() - began >= seconds
