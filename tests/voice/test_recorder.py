"""Recordings: hours long, on disks that fill up, over devices that change."""

import wave
from pathlib import Path

import numpy as np
import pytest

from engine.errors import UserError
from engine.voice import recorder
from engine.voice.recorder import Recorder

RAMP = np.linspace(-1, 1, 100)


def read(path: Path) -> tuple[int, np.ndarray]:
    with wave.open(str(path)) as file:
        return file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2")


def test_a_long_recording_goes_on_in_files_beside_it_and_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "LONGEST", 500)
    made = Recorder(tmp_path / "show.wav", 48_000)
    for _ in range(7):
        made.write(RAMP)
    made.close()
    names = ("show.wav", "show-2.wav", "show-3.wav", "show-4.wav")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names) and made.notice == ""
    parts = [read(tmp_path / name)[1] for name in names]
    assert [len(part) for part in parts] == [200, 200, 200, 100]
    assert np.array_equal(np.concatenate(parts), np.tile((RAMP * 32767).round(), 7))


def test_another_rate_begins_another_file(tmp_path):
    made = Recorder(tmp_path / "show.wav", 48_000)
    for rate in (48_000, 44_100, 44_100):
        made.turn(rate, 1)
        made.write(RAMP)
    made.close()
    assert [(rate, len(sound)) for rate, sound in map(read, (tmp_path / "show.wav", tmp_path / "show-2.wav"))] == [
        (48_000, 100), (44_100, 200)]


def test_a_full_disk_ends_the_recording_and_nothing_else(tmp_path):
    (tmp_path / "full.wav").symlink_to("/dev/full")
    made = Recorder(tmp_path / "full.wav", 48_000, overwrite=True)
    for _ in range(3):
        made.write(RAMP)
    assert made.notice == "the recording has ended: no space left on device"
    made.turn(44_100, 1)
    made.close()


def test_a_place_that_cannot_be_written_to_is_wrong(tmp_path):
    with pytest.raises(UserError, match="cannot write .*no such file"):
        Recorder(tmp_path / "nowhere" / "show.wav", 48_000)
    with pytest.raises(UserError, match="a recording is a .wav or .flac file, found"):
        Recorder(tmp_path / "show.mp3", 48_000)
    with pytest.raises(UserError, match="a .flac file has 16 or 24 bits a sample, found 32"):
        Recorder(tmp_path / "show.flac", 48_000, bits=32)
    with pytest.raises(UserError, match="a flac file has up to 8 channels"):
        Recorder(tmp_path / "show.flac", 48_000, 9)


def test_what_is_there_already_is_not_written_over(tmp_path):
    (tmp_path / "show.wav").write_bytes(b"last night")
    (tmp_path / "show-2.wav").write_bytes(b"this morning")
    made = Recorder(tmp_path / "show.wav", 48_000)
    made.write(RAMP)
    made.turn(44_100, 1)
    made.write(RAMP)
    made.close()
    assert (tmp_path / "show.wav").read_bytes() == b"last night"
    assert [read(tmp_path / f"show-{number}.wav")[0] for number in (3, 4)] == [48_000, 44_100]
    Recorder(tmp_path / "show.wav", 48_000, overwrite=True).close()
    assert read(tmp_path / "show.wav")[0] == 48_000


@pytest.mark.parametrize("bits", [16, 24, 32])
def test_samples_of_each_depth_and_of_two_channels(tmp_path, bits):
    frames = np.random.default_rng(1).uniform(-1, 1, (100, 2))
    frames[:2] = [[1, -1], [0, 0.5]]
    made = Recorder(tmp_path / "show.wav", 44_100, 2, bits)
    made.write(frames)
    made.close()
    from scipy.io import wavfile

    rate, sound = wavfile.read(tmp_path / "show.wav")
    full = 2 ** (15 if bits == 16 else 31)  # scipy gives 24 bits as the upper ones of 32
    assert rate == 44_100 and np.abs(sound / full - frames).max() <= 1.6 * 2.0 ** (1 - bits)


@pytest.mark.parametrize("bits", [16, 24])
def test_flac_holds_the_same_numbers_as_wav(tmp_path, bits):
    import soundfile

    frames, read_back = np.random.default_rng(1).uniform(-1, 1, (5000, 2)), []
    for kind in ("wav", "flac"):
        made = Recorder(tmp_path / f"show.{kind}", 44_100, 2, bits)
        for part in np.split(frames, 10):
            made.write(part)
        made.close()
        sound, rate = soundfile.read(tmp_path / f"show.{kind}", dtype="int32")
        assert rate == 44_100 and made.notice == ""
        read_back.append(sound)
    np.testing.assert_array_equal(*read_back)
    assert soundfile.info(tmp_path / "show.flac").subtype == f"PCM_{bits}"


def test_a_full_disk_ends_a_flac_too(tmp_path):
    (tmp_path / "full.flac").symlink_to("/dev/full")
    made = Recorder(tmp_path / "full.flac", 48_000, overwrite=True)
    for _ in range(100):
        made.write(np.random.default_rng(1).uniform(-1, 1, 4096))
    assert made.notice.startswith("the recording has ended")
    made.close()
