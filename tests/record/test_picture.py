"""The audience's picture in a file: all of it, at its own times, over no other file, whatever the disk does."""

import threading

import av
import numpy as np
import pytest

from engine.record import picture as recording
from engine.record.picture import PictureRecorder
from tests.parts import PATIENCE
from tests.percepts import parameters


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return parameters()


def shade(level: int) -> np.ndarray:
    return np.full((90, 160, 3), level, np.uint8)


def played(file) -> list[tuple[float, int]]:
    """The times and middle levels of a file's pictures."""
    with av.open(str(file)) as container:
        return [(frame.time, int(frame.to_ndarray(format="rgb24")[45, 80, 0])) for frame in container.decode(video=0)]


def test_what_is_shown_between_two_presses_is_in_the_file(table, tmp_path):
    recorder, stored = PictureRecorder(table), b"another's"
    (tmp_path / "neocog.mkv").write_bytes(stored)
    recorder.send(lambda: shade(7), 0.0)
    for press, seconds, level in ((1, 10.0, 20), (1, 10.04, 120), (1, 11.0, 220), (0, 12.0, 90)):
        table.set("record/picture", press, "keys")
        recorder.send(lambda level=level: shade(level), seconds)
    assert table.notices == ("recorded neocog-2.mkv",)
    next(thread for thread in threading.enumerate() if thread.name == "record picture").join(PATIENCE)
    seen = played(tmp_path / "neocog-2.mkv")
    assert [time for time, _ in seen] == pytest.approx([0.0, 0.04, 1.0], abs=0.002)
    assert [level for _, level in seen] == pytest.approx([20, 120, 220], abs=3)
    assert (tmp_path / "neocog.mkv").read_bytes() == stored


def test_the_end_of_the_show_ends_the_file(table, tmp_path):
    recorder = PictureRecorder(table)
    table.set("record/picture", 1, "osc")
    recorder.send(lambda: shade(50), 3.0)
    recorder.close()
    assert len(played(tmp_path / "neocog.mkv")) == 1 and not table["record/picture"]


def test_a_slow_disk_costs_pictures_that_are_counted(table, monkeypatch):
    go = threading.Event()

    class Slow(recording.Video):
        def add(self, pixels, seconds):
            go.wait(PATIENCE)
            super().add(pixels, seconds)

    monkeypatch.setattr(recording, "Video", Slow)
    recorder = PictureRecorder(table)
    table.set("record/picture", 1, "keys")
    for index in range(recording.WAITING + 5):
        recorder.send(lambda: shade(9), index / 10)
    assert 4 <= recorder.lost <= 5 and "lacks" in recorder.notices[0]
    go.set()
    recorder.close()
    assert len(played("neocog.mkv")) + recorder.lost == recording.WAITING + 5


def test_a_full_disk_ends_the_recording_and_says_so(table, monkeypatch):
    def full(self, pixels, seconds):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(recording.Video, "add", full)
    recorder = PictureRecorder(table)
    table.set("record/picture", 1, "keys")
    recorder.send(lambda: shade(9), 0.0)
    recorder.thread.join(PATIENCE)
    recorder.send(lambda: shade(9), 0.1)
    assert not table["record/picture"] and "no space left" in table.notices[0] and recorder.thread is None


def test_without_a_window_there_is_nothing_to_record(table):
    recorder = PictureRecorder(table)
    table.set("record/picture", 1, "osc")
    recorder.send(lambda: None, 0.0)
    assert not table["record/picture"] and "no picture to record" in table.notices[0]
