"""Recordings become lessons: pitch, phase and level are what they were made of, at any transposition."""

import numpy as np
import pytest
import soundfile
import torch

from models.disk import load
from models.training.recordings import gather, pieces
from models.training.sounds import (
    Recording,
    align,
    brightness,
    crop,
    held_out,
    lessons,
    lock,
    loudest_of,
    loudness,
    named_pitch,
    natural,
    partial,
    prepare,
    read,
    roughness,
)
from models.training.voice import LENGTH, classes, disturb, study, train
from models.wavenet import HOP, LOUDEST, RATE
from tests.voices import network

SECONDS = 2


def tone(frequency=110.0, seconds=SECONDS, level=0.1, seed=1, glide=0.0) -> np.ndarray:
    """A bright tone whose partials begin at phases of their own, with a little noise."""
    random, time = np.random.default_rng(seed), np.arange(int(seconds * RATE)) / RATE
    cycles = np.cumsum(frequency * 2 ** (glide * time)) / RATE
    wave = sum(np.sin(2 * np.pi * (number * cycles + random.random())) / number for number in range(1, 30))
    wave = wave / wave.std() + 0.003 * random.standard_normal(len(time))
    return (level * wave).astype(np.float32)


def prepared(**rest) -> Recording:
    return prepare("tone", tone(**rest), 0, 0.1, 45.0)


@pytest.mark.parametrize("name,pitch", [("arco_a2_f_down", 45), ("cello-Eb3", 51), ("x_c#1", 25), ("bb1.loud", 34),
                                        ("creak_2", None), ("a2b_x", None), ("abc", None)])
def test_a_note_in_a_files_name(name, pitch):
    assert named_pitch(name) == pitch


def test_pitch_is_found_within_a_few_cents_and_follows_a_glide():
    found = prepared().features[100:-100, 0]
    assert np.abs(found - 45).max() < 0.05
    gliding = prepare("tone", tone(glide=0.02), 0, 0.1, 45.0).features[100:-100, 0]
    slope = np.polyfit(np.arange(len(gliding)) * HOP / RATE, gliding, 1)[0]
    assert slope == pytest.approx(0.24, rel=0.1)


def test_partials_agree_on_the_phase_of_a_sawtooth_whatever_they_began_with():
    for seed in (1, 2):
        sound = prepared(seed=seed)
        wave = sound.waves[0][::2][:len(sound.features) * HOP]
        fine = np.interp(np.arange(len(wave)), np.arange(len(sound.cycles)) * HOP, sound.cycles)
        middle = slice(RATE // 2, RATE)
        phases = [np.angle(np.mean(wave[middle] * np.exp(-2j * np.pi * n * fine[middle]))) for n in range(1, 9)]
        np.testing.assert_allclose(phases, -np.pi / 2, atol=0.1)


def test_aligning_turns_phases_and_leaves_strengths():
    wave, pitch = tone(), np.full(SECONDS * RATE // HOP, 110.0)
    cycles, pitch = lock(wave, pitch)
    aligned = align(wave, cycles, pitch)
    fine = np.interp(np.arange(len(wave)), np.arange(len(cycles)) * HOP, cycles)
    for number in (1, 3, 7):
        before, after = (np.abs(partial(part, fine, number, 8.0))[200:-200] for part in (wave, aligned))
        np.testing.assert_allclose(after, before, rtol=0.05)


def test_level_brightness_and_roughness():
    wave, pitch = tone(), np.full(SECONDS * RATE // HOP, 110.0)
    assert 20 * np.log10(loudness(wave, 0.03)[RATE] / 0.1) == pytest.approx(0, abs=0.5)
    dark = np.sin(2 * np.pi * 110 * np.arange(len(wave)) / RATE)
    assert brightness(wave, pitch)[500] > brightness(dark, pitch)[500] + 0.2
    noise = np.random.default_rng(1).standard_normal(len(wave))
    assert roughness(wave, pitch)[500] < 0.1 and roughness(noise, pitch)[500] > 0.9


def test_a_recording_is_levelled_and_told_how_loud_it_was():
    loud, soft = prepared(), prepare("soft", tone(level=0.01), 0, 0.1, 45.0)
    for sound in (loud, soft):
        assert sound.waves[0][RATE:3 * RATE].std() == pytest.approx(LOUDEST, rel=0.05)
    assert loud.features[500, 1] == pytest.approx(1, abs=0.02)
    assert loud.features[500, 1] - soft.features[500, 1] == pytest.approx(20 / 48, abs=0.02)
    assert loud.features[0, 4] <= 1 and loud.features[700, 4] < 0.01 and loud.features[500, 5] == 1
    assert prepare("nothing", np.zeros(RATE, np.float32), 0, 0.1, None) is None


def test_a_lesson_is_the_recording_played_faster_or_slower():
    sound = prepared(seconds=3)
    for seed in range(20):
        made = crop(sound, np.random.default_rng(seed), LENGTH, 0.5)
        wave, phase, controls, instrument = made
        assert wave.shape == (LENGTH + 1,) and phase.shape == (LENGTH,) and controls.shape == (LENGTH // HOP, 7)
        size = controls[:, 4]
        np.testing.assert_allclose(controls[:, 0], 45 + 12 * size, atol=0.15)
        turns = np.diff(phase).reshape(-1)[:LENGTH - HOP].mean() * RATE
        assert turns == pytest.approx(440 * 2 ** ((controls[:, 0].mean() - 69) / 12), rel=0.01)
        strength = np.abs(np.mean(wave[1:] * np.exp(-2j * np.pi * phase)))
        assert strength > 0.3 * np.std(wave), "the wave keeps to its phase"


def test_lessons_teach_and_a_disturbed_past_is_harder(tmp_path):
    torch.manual_seed(0)
    voice, random = network(), np.random.default_rng(1)
    batches = lessons([prepared()], random, 2, LENGTH, 0.3)
    optimiser = torch.optim.Adam(voice.parameters(), 5e-3)
    costs = []
    for _ in range(12):
        batch = next(batches)
        cost = study(voice, batch, classes(batch.waves), classes(disturb(batch.waves, random)))
        optimiser.zero_grad()
        cost.backward()
        optimiser.step()
        costs.append(cost.item())
    assert np.mean(costs[-3:]) < np.mean(costs[:3]) - 0.3
    with torch.no_grad():
        batch = next(batches)
        loud = batch.waves + 0.1 * random.standard_normal(batch.waves.shape).astype(np.float32)
        truth = classes(batch.waves)
        assert study(voice, batch, truth, classes(loud)) > study(voice, batch, truth, truth)


def test_a_folder_is_read_whatever_its_rates_and_channels(tmp_path):
    long, folder = np.tile(tone(), 3), tmp_path / "Bass"
    folder.mkdir()
    soundfile.write(folder / "one_a2.wav", np.stack((long, long), 1), RATE)
    soundfile.write(folder / "two_a2.flac", long[::3], RATE // 3)
    soundfile.write(folder / "clipped_a2.wav", (30 * tone()).clip(-1, 1), RATE, subtype="FLOAT")
    soundfile.write(folder / "short.wav", tone()[:500], RATE)
    soundfile.write(folder / "silent.wav", 0 * tone(), RATE)
    (folder / "broken.wav").write_bytes(b"RIFF and then nothing")
    complaints = []
    sounds, instruments = gather(tmp_path, complaints)
    assert sorted(sound.name for sound in sounds) == ["clipped_a2", "one_a2", "two_a2"] and instruments == ("Bass",)
    assert [line.split("/")[-1] for line in complaints] == [
        "broken.wav: left out, it cannot be read as sound",
        "clipped_a2.wav: clipped; it is used, but a softer take would sound better",
        "short.wav: left out, it is shorter than 0.5 s", "silent.wav: left out, it is silent"]
    for sound in sounds:
        assert np.median(sound.features[:, 0]) == pytest.approx(45, abs=0.05)
    assert len(read(folder / "two_a2.flac")) == pytest.approx(3 * SECONDS * RATE, abs=4)
    (folder / "one_a2.wav").unlink()
    with pytest.raises(ValueError, match="wanted ten seconds of sound or more"):
        gather(tmp_path, [])
    assert loudest_of([tone()]) == pytest.approx(0.1, rel=0.1)


def test_a_recording_is_cut_at_its_silences_and_where_it_is_too_long():
    gap = np.zeros(RATE, np.float32)
    cut = list(pieces(np.concatenate((tone(), gap, tone(seconds=0.03), gap, np.tile(tone(), 10)))))
    assert [round(len(piece) / RATE) for piece in cut] == [2, 10, 10]


def test_training_goes_on_where_it_stopped(tmp_path):
    seen, sounds = [], [prepared(), prepare("other", tone(seed=3), 0, 0.1, 45.0)]
    for minutes in (0.03, 0.06):
        figures = train(sounds, network(), tmp_path, minutes, every=1e9,
                        report=lambda voice, all: seen.append(len(all)))
    assert seen == [1, 2] and figures[1][0] >= 0.06 and all(0 < bits < 8.2 for _, bits in figures)
    assert load("voice", tmp_path).plan == network().plan


def test_one_recording_in_ten_is_held_out():
    share = np.mean([held_out(f"note {number}") for number in range(2000)])
    assert 0.08 < share < 0.12


def test_what_is_natural_is_a_line_through_the_recordings():
    def recording(pitch, bright):
        features = np.tile(np.array([pitch, 1, bright, 0, 0, 1], np.float32), (5, 1))
        return Recording("", 0, (), features, np.zeros(5))

    middle, rise = natural([recording(45 + step, 0.4 - 0.01 * step) for step in range(-12, 13)])
    assert middle == pytest.approx(0.4, abs=0.001) and rise == pytest.approx(-0.01, rel=0.05)
    assert natural([recording(50, 0.3)] * 3) == (pytest.approx(0.3), 0)
