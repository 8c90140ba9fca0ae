"""Hear in: the voice follows who sings, in tune, without octave errors, and ends with the tone."""

import subprocess
import sys

import numpy as np
import pytest

from engine.commands.jack import RATE as JACK_RATE
from engine.commands.jack import Client, library
from engine.settings import VoiceSettings
from engine.values import Change
from engine.voice import port
from engine.voice.hearing import HOP, RATE, Hearing
from engine.voice.port import Voice
from models.generator import GATE, LOUDNESS, PITCH
from tests.voices import generator

OCTAVE = (10, 14)  # semitones off that count as an octave's error


def sung(pitch: np.ndarray, rate: float, loud=0.3, vowel=700.0, breath=0.003) -> np.ndarray:
    """A voice at a pitch in MIDI notes a sample: pulses of its cords through two resonances of a mouth, some breath."""
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    phase = np.cumsum(hertz) / rate
    made = np.zeros(len(pitch))
    for number in range(1, int(0.45 * rate / hertz.max()) + 1):
        place = number * hertz
        peak = 1 / (1 + ((place - vowel) / 150) ** 2) + 0.5 / (1 + ((place - 2.2 * vowel) / 250) ** 2) + 0.05
        made += peak / number**0.7 * np.sin(2 * np.pi * number * phase + number)
    made *= loud / np.abs(made).max()
    return (made + breath * np.random.default_rng(1).standard_normal(len(made))).astype(np.float32)


def looks(sound: np.ndarray) -> list:
    hearing = Hearing()
    return [hearing.hear(block) for block in sound[:len(sound) // HOP * HOP].reshape(-1, HOP)]


def octaves(heard: np.ndarray, wanted: np.ndarray) -> int:
    off = np.abs(heard - wanted)
    return int(((off > OCTAVE[0]) & (off < OCTAVE[1])).sum())


@pytest.mark.parametrize("low,high,vowel", [(40, 52, 500.0), (45, 57, 700.0), (60, 72, 700.0), (69, 81, 1000.0)])
def test_a_sung_glide_is_followed_in_tune_and_without_octave_errors(low, high, vowel):
    time = np.arange(int(2 * RATE)) / RATE
    pitch = low + (high - low) * time / 2 + 0.3 * np.sin(2 * np.pi * 5.5 * time)
    heard = looks(sung(pitch, RATE, vowel=vowel))
    begun = next(number for number, each in enumerate(heard) if each)
    assert begun * HOP / RATE < 0.04 and all(heard[begun:])
    found = np.array([each[0] for each in heard[begun:]])
    late = int(RATE / 70)  # what is heard is the middle of the two longest periods
    wanted = pitch[np.maximum((np.arange(begun, len(heard)) + 1) * HOP - late, 0)]
    assert octaves(found[10:], wanted[10:]) == 0
    assert np.median(np.abs(found - wanted)) < 0.1 and np.percentile(np.abs(found - wanted)[10:], 99) < 0.5


def test_a_tone_ends_noise_and_silence_are_none_and_louder_is_louder():
    half = np.full(RATE // 2, 57.0)
    loud, soft = sung(half, RATE), sung(half, RATE, loud=0.03)
    heard = looks(np.concatenate((loud, soft, np.zeros(RATE // 2, np.float32))))
    per = len(heard) // 3
    assert not any(heard[-per + 20:])
    louder, softer = (np.median([each[1] for each in heard[begin + 20:begin + per]]) for begin in (0, per))
    assert louder - softer == pytest.approx(20 / 48, abs=0.05)
    noise = (0.1 * np.random.default_rng(2).standard_normal(RATE)).astype(np.float32)
    assert sum(each is not None for each in looks(noise)) < 4
    bright, dull = (np.median([each[2] for each in looks(sung(half, RATE, vowel=vowel))[20:]])
                    for vowel in (1400.0, 400.0))
    assert 0 <= dull < bright <= 1


def test_what_is_heard_holds_one_voice_and_lets_it_go(tmp_path, monkeypatch):
    made = generator(lanes=2)
    made.targets[:] = 0
    monkeypatch.setattr(port, "voice_of", lambda settings, trial: (made, 2))
    voice = Voice(VoiceSettings(record=str(tmp_path / "show.wav")), offline=True)
    for pitch in (50.0, 50.5, 51.0):
        assert voice.take(Change("ear", (pitch, 0.75, 0.5), "microphone"))
    assert made.targets[:, GATE].tolist() == [1, 0] and made.targets[0, [PITCH, LOUDNESS]].tolist() == [51, 0.75]
    voice.take(Change("ear", (), "microphone"))
    assert not made.targets[:, GATE].any()
    voice.close(0.0)


def test_over_jack_a_client_sings_and_the_voice_follows(jack_server):
    singer = Client(library(), "singer")
    player = subprocess.Popen([sys.executable, "-m", "tests.jack_player", "12", "sing"], stdout=subprocess.PIPE,
                              text=True)
    try:
        assert player.stdout.readline() == "sounding\n"
        singer.connect(speak=True)
        time = np.arange(3 * JACK_RATE) / JACK_RATE
        pitch = 45 + 4 * time
        singer.say(sung(pitch, JACK_RATE))
        heard = singer.answer(3 * JACK_RATE + JACK_RATE // 2)
        assert np.abs(heard[:2000]).max() < 1e-3 < np.abs(heard[JACK_RATE:]).max()
        found = np.array([each[0] if each else np.nan for each in looks(heard.reshape(-1, 2).mean(1))])
        at = (np.arange(len(found)) * 2 * HOP).clip(0, len(pitch) - 1)
        sings = np.isfinite(found) & (np.arange(len(found)) * 2 * HOP < len(pitch))
        assert sings.mean() > 0.5 and octaves(found[sings], pitch[at][sings]) <= 0.05 * sings.sum()
        assert np.median(np.abs(found - pitch[at])[sings]) < 1.5, "it is behind by its latency, four semitones a second"
    finally:
        player.kill()
        singer.close()
