"""Sound that goes into a file alone: all of it in the show's own time, and no frame held up in a live one."""

from types import SimpleNamespace

import numpy as np
import pytest

from engine.voice import file_output
from engine.voice.file_output import AT_ONCE, SILENT, FileOutput
from engine.voice.mixer import BLOCK, console
from models.wavenet import RATE

VOICE = SimpleNamespace(lanes=1, machine=None, targets=None,
                        network=SimpleNamespace(instruments=("bass",), noise=SimpleNamespace(dilations=(1,))))


@pytest.fixture
def output(monkeypatch):
    """A player, and the frames that it writes: BLOCK ones for a block that was made."""
    def opened(live: bool):
        written = []
        recorder = SimpleNamespace(rate=RATE, channels=2, path="a.wav", notice="",
                                   write=lambda one: written.append(one.copy()))
        player = FileOutput(VOICE, console(1), recorder, live=live)

        def mix(machine, targets, console, mixer) -> int:
            mixer.out[:BLOCK] = 1.0
            return BLOCK

        monkeypatch.setattr(file_output, "mix", mix)
        return player, written
    return opened


def made(written) -> list[int]:
    """How many blocks were made, and how many are silence, since the last call."""
    frames = np.concatenate([np.zeros((0, 2)), *written])[:, 0]
    written.clear()
    return [int((frames == value).sum()) // BLOCK for value in (1, 0)]


def at(blocks: int) -> float:
    return (blocks + 0.5) * BLOCK / RATE


@pytest.mark.parametrize("live", [False, True])
def test_from_frame_to_frame_all_of_it_is_made(output, live):
    player, written = output(live)
    for blocks in (100, 106, 106, 112, 112 + AT_ONCE):
        player.look(at(blocks))
    assert made(written) == [12 + AT_ONCE, 0] and player.underruns == 0


def test_a_show_in_its_own_time_makes_all_of_it_however_long_a_frame_is(output):
    player, written = output(False)
    player.look(at(0))
    player.look(at(5000))
    assert made(written) == [5000, 0]


def test_a_live_show_makes_up_for_a_moment_and_leaves_the_rest_silent(output):
    """The machine was asleep for an hour."""
    player, written = output(True)
    hour = 3600 * RATE // BLOCK
    player.look(at(0))
    player.look(at(hour))
    assert made(written) == [AT_ONCE, SILENT] and player.underruns == 1
    while player.made < hour:
        player.look(at(hour))
        sound, silence = made(written)
        assert sound <= AT_ONCE and silence <= SILENT
    player.look(at(hour + 6))
    assert made(written) == [6, 0], "and the file is as long as the show"


def test_a_recording_that_has_ended_is_made_no_sound_for(output):
    player, written = output(True)
    player.look(at(0))
    player.look(at(6))
    assert made(written) == [6, 0] and player.level == 1.0
    player.recorder.notice = "the recording has ended: no space left on device"
    player.look(at(12))
    assert written == [] and player.level == 0.0
