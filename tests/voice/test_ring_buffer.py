"""The ring between producer and callback, driven by hand: nothing lost, nothing twice, and running dry is no click."""

import ctypes
import threading

import numpy as np
import pytest

from engine.voice.mixer import console, mix, mixer
from engine.voice.ring_buffer import (
    CELLS,
    CLOSING,
    FLOATS,
    HOLD,
    KEPT,
    READ,
    RECORDED,
    SIZE,
    STOP,
    UNDERRUNS,
    WRITTEN,
    callback,
    consume,
    memory,
    produce,
)
from tests.voices import generator

FADE, REACH = 240, 1800


def filled(samples: np.ndarray, channels=1) -> np.ndarray:
    """A ring that holds these samples."""
    block = memory(REACH, FADE, channels)
    block.view(np.float32)[FLOATS:].reshape(-1, channels)[:len(samples)] = samples
    block[WRITTEN] = len(samples)
    return block


def called(block, frames, channels=1) -> np.ndarray:
    """What PortAudio would get, through the compiled callback itself."""
    out = np.full(frames * channels, 9, np.float32)
    assert callback.ctypes(None, out.ctypes.data, frames, None, 0, block.ctypes.data) == 0
    return out


def test_each_channel_gets_what_was_written_after_a_fade():
    wave = np.random.default_rng(1).uniform(-0.5, 0.5, (4000, 2)).astype(np.float32)
    block = filled(wave, channels=2)
    out = np.concatenate([called(block, 256, 2) for _ in range(8)]).reshape(-1, 2)
    np.testing.assert_allclose(out[:FADE], wave[:FADE] * np.arange(1, FADE + 1)[:, None] / FADE, rtol=1e-6)
    np.testing.assert_array_equal(out[FADE:], wave[FADE:2048])
    assert block[UNDERRUNS] == 0


def test_nothing_plays_before_the_ring_is_filled():
    block = filled(np.ones((REACH - 1, 1), np.float32))
    assert not called(block, 256).any() and block[READ] == 0 and block[UNDERRUNS] == 0


@pytest.mark.parametrize("frames", [64, 200, 256, 1000])
def test_running_dry_fades_out_counts_once_and_fades_in(frames):
    block = filled(np.ones((3000, 1), np.float32))
    out = [called(block, frames) for _ in range(4000 // frames + 2)]
    assert block[UNDERRUNS] == 1
    block.view(np.float32)[FLOATS:] = 1
    block[WRITTEN] = block[READ] + SIZE // 2
    out = np.concatenate(out + [called(block, frames) for _ in range(4)])
    assert np.abs(np.diff(out, prepend=0)).max() <= 1.001 / FADE
    assert 0 in out
    assert out[-1] > 0 and block[UNDERRUNS] == 1


def test_closing_is_a_fade_and_no_underrun():
    block = filled(np.ones((4000, 1), np.float32))
    out = [called(block, 512), called(block, 512)]
    block[CLOSING] = 1
    out = np.concatenate(out + [called(block, 512) for _ in range(3)])
    assert np.abs(np.diff(out)).max() <= 1.001 / FADE and not out[-512:].any() and block[UNDERRUNS] == 0


def test_what_arrives_and_what_is_recorded_is_the_mix_sample_for_sample():
    live, alone = generator(), generator()
    block, state, parts, out = memory(REACH, FADE, 2), mixer(2, 48_000, 2), [], np.zeros(512, np.float32)
    thread = threading.Thread(target=produce, daemon=True, args=(
        live.machine, live.targets, console(2), mixer(2, 48_000, 2), block, np.zeros((KEPT, 2), np.float32)))
    thread.start()
    for _ in range(1000):
        while block[WRITTEN] - block[READ] < REACH:
            pass
        consume(block, out, 256)
        parts.append(out.copy())
    block[STOP] = 1
    thread.join()
    board = console(2)
    heard, wanted, mixed = np.concatenate(parts).reshape(-1, 2), [], 0
    while mixed < len(heard):
        count = mix(alone.machine, alone.targets, board, state)
        wanted.append(state.out[:count].copy())
        mixed += count
    wanted = np.concatenate(wanted)
    np.testing.assert_array_equal(heard[FADE:], wanted[FADE:len(heard)])
    assert block[UNDERRUNS] == 0 and block[RECORDED] == block[WRITTEN]


def test_a_held_producer_is_one_underrun_and_comes_back():
    live = generator()
    block, out = memory(REACH, FADE, 1), np.zeros(256, np.float32)
    thread = threading.Thread(target=produce, daemon=True, args=(
        live.machine, live.targets, console(2), mixer(2, 48_000), block, np.zeros((0, 1), np.float32)))
    thread.start()

    def wait(fill):
        while block[WRITTEN] - block[READ] < fill:
            pass

    for _ in range(20):
        wait(REACH)
        consume(block, out, 256)
    block[HOLD] = 1
    for _ in range(20):
        consume(block, out, 256)
    assert not out.any() and block[UNDERRUNS] == 1
    block[HOLD] = 0
    wait(REACH)
    consume(block, out, 256)
    assert out.any()
    block[STOP] = 1
    thread.join()


def test_the_callback_knows_its_memory():
    assert ctypes.sizeof(ctypes.c_int64) * CELLS == 4 * FLOATS
