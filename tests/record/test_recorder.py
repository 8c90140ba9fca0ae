"""The recorder: it never holds a show up, says what it lacks, writes over nothing, and a cut costs a second at most."""

import errno
import subprocess
import sys
import threading
import time
from pathlib import Path

import av
import numpy as np
import pytest

from engine.errors import UserError
from engine.record.journal import NAME, Journal, is_recording
from engine.record.names import free
from engine.record.recorder import PICTURES, VIDEO, WAITING, Recorder
from engine.record.video import Video
from engine.values import Frame
from tests.parts import PATIENCE
from tests.record.shows import recorded, show

ABOUT = {"patch": "tide", "source": "crowd:5", "classes": ("person",), "targets": ()}


def record(folder: Path, seconds: float) -> list[tuple]:
    """Record a show; what the ports were told."""
    recorder, calls = Recorder(folder, ABOUT), []
    for name, *arguments in show(seconds):
        calls.append((name, *arguments))
        getattr(recorder, name)(*arguments)
    recorder.close(99.0)
    assert recorder.notices == ()
    return calls


def pictures(path: Path) -> list[tuple[float, np.ndarray]]:
    with av.open(str(path)) as file:
        return [(frame.time, frame.to_ndarray(format="rgb24")) for frame in file.decode(video=0)]


def test_scenes_and_pictures_are_kept_at_their_times(tmp_path):
    calls = record(tmp_path / "night", 1.0)
    assert is_recording(tmp_path / "night") and not is_recording(tmp_path)
    journal = Journal(tmp_path / "night")
    assert {**ABOUT, "neocog": 1}.items() <= journal.header.items()
    assert list(map(repr, journal)) == [*map(repr, recorded(calls)), "('close', 99.0)"]
    seen = [frame for name, frame, *_ in calls if name == "see"]
    kept = pictures(tmp_path / "night" / VIDEO)
    assert [time for time, _ in kept] == pytest.approx([frame.time - seen[0].time for frame in seen], abs=0.0006)
    for (_, picture), frame in zip(kept, seen, strict=True):
        assert np.abs(picture.astype(int) - frame.pixels).mean() < 1.5


def test_pictures_of_another_size_are_fitted_in(tmp_path):
    recorder = Recorder(tmp_path / "night", ABOUT)
    for index, size in enumerate([(48, 64, 3), (96, 64, 3), (48, 64, 3)]):
        recorder.see(Frame(np.full(size, 200, np.uint8), index, index / 30))
    recorder.close(1.0)
    kept = [picture for _, picture in pictures(tmp_path / "night" / VIDEO)]
    assert [picture.shape for picture in kept] == [(48, 64, 3)] * 3
    assert kept[1][:, :14].max() < 20 and kept[1][:, 26:38].min() > 180 and kept[2].min() > 180


def test_a_stale_picture_is_not_kept(tmp_path):
    recorder = Recorder(tmp_path / "night", ABOUT)
    recorder.see(Frame(np.zeros((48, 64, 3), np.uint8), 0, 0.0, stale=True))
    recorder.close(1.0)
    assert not (tmp_path / "night" / VIDEO).exists()


def test_a_disk_that_hangs_costs_pictures_then_entries_and_never_time(tmp_path, monkeypatch):
    hanging = threading.Event()
    monkeypatch.setattr(Video, "add", lambda *picture: hanging.wait(PATIENCE))
    recorder = Recorder(tmp_path / "night", ABOUT)
    frame = Frame(np.zeros((48, 64, 3), np.uint8), 0, 0.0)
    for _ in range(PICTURES + 5):
        recorder.see(frame)
    assert recorder.lost == 5
    lost = recorder.lost
    for number in range(WAITING + 30):
        recorder.tick(number / 100)
    assert 30 <= recorder.lost - lost <= 30 + PICTURES + 5
    assert recorder.notices == (f"the recording lacks {recorder.lost} pictures or entries: the disk is too slow",)
    hanging.set()
    recorder.close(99.0)


def test_a_show_in_its_own_time_waits_for_the_disk(tmp_path, monkeypatch):
    add = Video.add
    monkeypatch.setattr(Video, "add", lambda *picture: (time.sleep(0.002), add(*picture)))
    recorder = Recorder(tmp_path / "night", ABOUT, patient=True)
    for index in range(3 * PICTURES):
        recorder.see(Frame(np.zeros((48, 64, 3), np.uint8), index, index / 30))
    recorder.close(99.0)
    assert recorder.lost == 0 and len(pictures(tmp_path / "night" / VIDEO)) == 3 * PICTURES


def test_a_full_disk_ends_the_recording_and_not_the_show(tmp_path, monkeypatch):
    recorder = Recorder(tmp_path / "night", ABOUT)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Video, "add", full)
    recorder.see(Frame(np.zeros((48, 64, 3), np.uint8), 0, 0.0))
    recorder.thread.join(PATIENCE)
    recorder.tick(1.0)
    assert recorder.notices == ("the recording has ended: no space left on device",)
    recorder.close(2.0)


def test_nothing_is_written_over(tmp_path):
    (tmp_path / "night").mkdir()
    assert free(tmp_path / "night") == tmp_path / "night", "an empty folder is there to be filled"
    record(tmp_path / "night", 0.2)
    assert free(tmp_path / "night") == tmp_path / "night-2"
    with pytest.raises(UserError, match="cannot record into .*night: file exists"):
        Recorder(tmp_path / "night", ABOUT)
    for name in ("show.wav", "show-2.wav"):
        (tmp_path / name).touch()
    assert free(tmp_path / "show.wav") == tmp_path / "show-3.wav"


def test_what_cannot_be_begun_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot record into"):
        Recorder(tmp_path / "file" / "night", ABOUT)


def test_killed_it_is_whole_up_to_the_last_second(tmp_path):
    script = f"""
import sys, time
from pathlib import Path
from engine.record.recorder import Recorder
from tests.record.shows import show
recorder = Recorder(Path({str(tmp_path / 'night')!r}), {ABOUT!r})
calls, began = list(show(2.0)), time.monotonic()
for name, *arguments in calls:
    if name == "send":
        time.sleep(max(0.0, began + arguments[-1] - 7.0 - time.monotonic()))
        print(arguments[-1], flush=True)
    getattr(recorder, name)(*arguments)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as program:
        for line in program.stdout:
            if float(line) > 8.8:
                break
        program.kill()
    last = float(line)
    assert list(Journal(tmp_path / "night"))[-1][1] > last - 1.0
    assert 7.0 + pictures(tmp_path / "night" / VIDEO)[-1][0] > last - 1.0
    assert NAME in {path.name for path in (tmp_path / "night").iterdir()}
