"""Sound over a real JACK server: PortAudio plays, a second JACK client records, and it is the sound that was made."""

import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from engine.voice.mixer import console, mix, mixer
from tests.jack_server import RATE, jack_ports
from tests.parts import PATIENCE, need
from tests.voices import generator

FADE, PART = 240, 4096


def heard(what: str, seconds: float, folder: Path) -> tuple[np.ndarray, int, float]:
    """What a second client records of a player, the player's underruns and its stated latency."""
    player = subprocess.Popen([sys.executable, "-m", "tests.jack_player", str(seconds + 2), what],
                              stdout=subprocess.PIPE, text=True)
    assert player.stdout.readline() == "sounding\n"
    source = next(port for port in jack_ports() if not port.startswith("system"))
    file = folder / "heard.wav"
    subprocess.run(["jack_rec", "-f", file, "-d", str(int(seconds)), "-b", "16", source], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    underruns, latency = player.communicate()[0].split()
    with wave.open(str(file)) as recording:
        samples = np.frombuffer(recording.readframes(recording.getnframes()), "<i2")
    return samples / 32768, int(underruns), float(latency)


def made(count: int) -> np.ndarray:
    """The first samples of the same voice, mixed without a device."""
    voice, board, state, parts, done = generator(), console(2), mixer(2, RATE, 2), [], 0
    while done < count:
        parts.append(state.out[:mix(voice.machine, voice.targets, board, state), 0].copy())
        done += len(parts[-1])
    return np.concatenate(parts)


def found(part: np.ndarray, whole: np.ndarray) -> int:
    """Where in the whole a part lies: where it differs least; correlation alone would find the loudest."""
    size = 1 << int(np.ceil(np.log2(len(whole) + len(part))))
    spectrum = np.fft.rfft(whole, size) * np.fft.rfft(part, size).conj()
    places = len(whole) - len(part) + 1
    power = np.concatenate(([0.0], np.cumsum(whole.astype(np.float64) ** 2)))
    differs = power[len(part):] - power[:places] - 2 * np.fft.irfft(spectrum, size)[:places]
    return int(np.argmin(differs))


@pytest.mark.parametrize("what", ["see", "hog"])
def test_a_second_client_hears_the_sound_that_was_made_sample_for_sample(jack_server, tmp_path, what):
    need("jack_rec")
    samples, underruns, latency = heard(what, 4, tmp_path)
    assert latency <= 0.06
    whole = made(9 * RATE)
    others = 0
    samples = samples[RATE:][:2 * RATE // PART * PART]  # without the moment of connecting
    for stretch in samples.reshape(-1, PART):
        at = found(stretch, whole)
        others += len(whole) < at + PART or np.abs(stretch - whole[at:at + PART]).max() > 2 / 32768
    # a busy machine may run dry: each time that is counted has a fade out, silence and a fade in, and nothing else has
    assert others <= 6 * underruns and others < len(samples) // PART // 2


def test_a_server_that_was_restarted_is_found_again_and_the_recording_goes_on(jack_server, tmp_path):
    record = tmp_path / "show.wav"
    player = subprocess.Popen([sys.executable, "-m", "tests.jack_player", "40", "restart", str(record)],
                              stdout=subprocess.PIPE, text=True)
    try:
        assert player.stdout.readline() == "sounding\n"
        jack_server.end()
        assert "is gone: looking for it" in player.stdout.readline()
        before = frames(record)
        jack_server.start()
        assert player.stdout.readline() == "sounding again\n"
        assert player.stdout.readline() == "recorded more\n"
        player.communicate(timeout=PATIENCE)
        assert frames(record) > before + RATE / 2
    finally:
        player.kill()


def frames(path: Path) -> int:
    with wave.open(str(path)) as file:
        return file.getnframes()


def test_a_stalled_producer_is_a_fade_a_count_and_no_click(jack_server, tmp_path):
    samples, underruns, _ = heard("hold", 5, tmp_path)
    silent = np.flatnonzero(np.convolve(np.abs(samples), np.ones(1000), "valid") == 0)
    stretches = np.split(silent, np.flatnonzero(np.diff(silent) > 1) + 1)
    assert len(stretches) <= underruns, "a busy machine may run dry once more, and each time is counted"
    held = max(stretches, key=len)
    assert len(held) > RATE // 5, "it is silent for about half a second"
    first, last = held[0], held[-1] + 1000
    assert np.abs(samples[:first - 10]).max() > 0.1 and np.abs(samples[last + FADE:]).max() > 0.1
    loudest = np.abs(samples).max()
    for edge in (samples[first - FADE:first][::-1], samples[last:last + FADE]):
        bound = (np.arange(FADE) + 2) / FADE * loudest  # a fade's line, from silence up
        assert (np.abs(edge) <= bound).all()
