"""Recordings become lessons: pitch, phase, partials and noise are what they were made of, at any transposition."""

import re
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from models import load
from models.partials import PARTIALS
from models.training import recordings as folder_of
from models.training.analysis import (
    LOOKS,
    Analysis,
    cycles_of,
    every_sample,
    held_out,
    lock,
    loudness,
    named_bow,
    named_pitch,
    part,
    shape,
    take_apart,
)
from models.training.crops import Recording, between, crop, crops, loudest_of, prepare
from models.training.own_voice import verdict
from models.training.recordings import gather, pieces, read
from models.training.voice import LENGTH, decibels_off, measured_rows, span, surprise, tones_of, train
from models.training.wander import wander
from models.wavenet import HOP, LOUDEST, RATE
from tests.voices import network

SECONDS = 2


def tone(frequency=110.0, seconds=SECONDS, level=0.1, seed=1, glide=0.0, noise=0.003) -> np.ndarray:
    """A bright tone whose partials begin at phases of their own, with a little noise."""
    random, time = np.random.default_rng(seed), np.arange(int(seconds * RATE)) / RATE
    cycles = np.cumsum(frequency * 2 ** (glide * time)) / RATE
    wave = sum(np.sin(2 * np.pi * (number * cycles + random.random())) / number for number in range(1, 30))
    wave = wave / wave.std() + noise * random.standard_normal(len(time))
    return (level * wave).astype(np.float32)


def taken(name="tone_a2", **rest) -> Analysis:
    return take_apart(name, tone(**rest))


def prepared(*rest: dict) -> list[Recording]:
    sounds = [taken(**each) for each in rest or ({},)]
    return prepare(sounds, [0] * len(sounds))


@pytest.mark.parametrize("name,pitch,bow", [
    ("arco_a2_f_down", 45, 1), ("cello-Eb3", 51, 0), ("x_c#1_up", 25, -1), ("bb1.loud", 34, 0), ("creak_2", None, 0),
    ("a2b_x", None, 0), ("upper_abc", None, 0)])
def test_note_and_bow_in_a_files_name(name, pitch, bow):
    assert named_pitch(name) == pitch and named_bow(name) == bow


def test_pitch_is_found_within_a_few_cents_and_follows_a_glide():
    assert np.abs(taken().pitch[100:-100] - 45).max() < 0.05
    gliding = taken(glide=0.02).pitch[100:-100]
    slope = np.polyfit(np.arange(len(gliding)) * HOP / RATE, gliding, 1)[0]
    assert slope == pytest.approx(0.24, rel=0.1)


def test_a_sound_is_parted_into_its_partials_and_its_noise():
    wave, clean = tone(noise=0.05), tone(noise=0.0)
    pitch = lock(wave, np.full(len(wave) // HOP, 110.0))
    strengths, rest = part(wave, pitch)
    middle = slice(RATE // 2, RATE)
    scale = (strengths[400, 0] / strengths[400, 1], strengths[400, 0] / strengths[400, 4])
    assert scale == (pytest.approx(2, rel=0.05), pytest.approx(5, rel=0.1))
    assert strengths[400, 40] < 0.02 * strengths[400, 0]
    assert np.std(rest[middle]) == pytest.approx(0.005, rel=0.2)
    assert np.corrcoef(rest[middle], (wave - clean)[middle])[0, 1] > 0.8


def test_what_clings_to_the_partials_is_no_noise():
    random, count = np.random.default_rng(2), 2 * RATE
    white = random.standard_normal(count).astype(np.float32)
    time = np.arange(count) / RATE
    flutter = sum(np.cos(2 * np.pi * (110 * n + sign * 2) * time) for n in range(1, 20) for sign in (-1, 1))
    pitch = np.full(count // HOP, 45.0)
    middle = slice(RATE // 2, 3 * RATE // 2)
    assert np.std(between(white, pitch)[middle]) == pytest.approx(1, rel=0.1)
    assert np.std(between(flutter.astype(np.float32), pitch)[middle]) < 0.05 * np.std(flutter)


def test_a_note_has_a_rise_a_line_and_an_end():
    hop = HOP / RATE
    level = np.concatenate((np.linspace(-30, -10, int(0.3 / hop)), np.linspace(-10, -16, int(2 / hop)),
                            np.linspace(-16, -70, int(0.5 / hop))))
    line, risen, left = shape(level)
    assert risen * hop == pytest.approx(0.3, abs=0.1) and left * hop == pytest.approx(2.3, abs=0.1)
    assert line[0] == pytest.approx(-10, abs=1) and line[-1] == pytest.approx(-16, abs=1)


def test_loudness_is_told_beside_the_loudest():
    loud, soft = prepared({}, {"level": 0.01})
    assert loud.features[500, 1] == pytest.approx(1, abs=0.03)
    assert loud.features[500, 1] - soft.features[500, 1] == pytest.approx(20 / 48, abs=0.02)
    for sound in (loud, soft):
        assert sound.waves[0][RATE:3 * RATE].std() == pytest.approx(LOUDEST, rel=0.2)
        assert sound.strengths.shape[1] == PARTIALS and sound.noisiness[300] < -30
    assert take_apart("nothing", np.zeros(RATE, np.float32)) is None
    assert loudest_of([taken()]) == pytest.approx(-20, abs=1)


def test_a_crop_is_the_recording_played_faster_or_slower():
    sound = prepared({"seconds": 3})[0]
    for seed in range(20):
        wave, phase, controls, _ = crop(sound, np.random.default_rng(seed), LENGTH, 0.5)
        assert wave.shape == (LENGTH + 1,) and phase.shape == (LENGTH,) and controls.shape == (LENGTH // HOP, 12)
        np.testing.assert_allclose(controls[:, 0], 45 + 12 * controls[:, 4], atol=0.15)
        turns = np.diff(phase).mean() * RATE
        assert turns == pytest.approx(440 * 2 ** ((controls[:, 0].mean() - 69) / 12), rel=0.01)


def test_the_phase_keeps_to_the_tone():
    sound, wave = taken(), tone()
    strength = np.abs(np.mean(wave[:len(sound.cycles) * HOP] * np.exp(
        -2j * np.pi * every_sample(sound.cycles, len(sound.cycles) * HOP))))
    assert strength > 0.3 * np.std(wave)
    assert np.diff(cycles_of(np.full(10, 110.0))) == pytest.approx(110 * HOP / RATE)


def test_training_teaches_both_parts():
    torch.manual_seed(0)
    voice, random, sounds = network(), np.random.default_rng(1), prepared({}, {"seed": 3})
    batches, rows = crops(sounds, random, 2, LENGTH, 0.3), measured_rows(sounds)
    optimiser = torch.optim.Adam(voice.parameters(), 1e-2)
    noise, tones = [], []
    for _ in range(25):
        noise.append(surprise(voice.noise, next(batches)))
        tones.append(decibels_off(voice.partials, *(part[::7] for part in rows)))
        optimiser.zero_grad()
        (noise[-1] + 0.1 * tones[-1]).backward()
        optimiser.step()
    assert noise[-1] < noise[0] - 0.1 and tones[-1] < 0.8 * tones[0]


def test_wander_is_measured():
    steady = prepared({}, {"seed": 3})
    voice = network()
    assert len(wander(voice.partials, steady)) == 5 and wander(voice.partials, []) == [0.0] * 5
    assert len(steady[0].strengths) == -(-(len(steady[0].features) - LOOKS // 2) // LOOKS)
    assert wander(voice.partials, steady)[3] < 1.0, "a steady tone keeps its pitch"


def test_a_folder_is_read_whatever_its_rates_and_channels(tmp_path, monkeypatch):
    long, folder, cache = np.tile(tone(), 3), tmp_path / "Bass", tmp_path / "cache"
    folder.mkdir()
    soundfile.write(folder / "one_a2.wav", np.stack((long, long), 1), RATE)
    soundfile.write(folder / "two_a2.flac", long[::3], RATE // 3)
    soundfile.write(folder / "clipped_a2.wav", (30 * tone()).clip(-1, 1), RATE, subtype="FLOAT")
    soundfile.write(folder / "short.wav", tone()[:500], RATE)
    soundfile.write(folder / "silent.wav", 0 * tone(), RATE)
    soundfile.write(folder / "numberless.wav", np.nan * tone(), RATE, subtype="FLOAT")
    (folder / "broken.wav").write_bytes(b"RIFF and then nothing")
    (folder / "phone.m4a").write_bytes(b"sound of another kind")
    complaints = []
    sounds, instruments = gather(tmp_path, cache, complaints)
    assert sorted(sound.name for sound in sounds) == ["clipped_a2", "one_a2", "two_a2"] and instruments == ("Bass",)
    assert [line.split("/")[-1] for line in complaints] == [
        "broken.wav: left out, it cannot be read as sound",
        "clipped_a2.wav: clipped; it is used, but a softer take would sound better",
        "numberless.wav: left out, it holds samples that are no numbers",
        "phone.m4a: left out, .m4a is not read here; convert it to wav or flac",
        "short.wav: left out, it is shorter than 0.5 s", "silent.wav: left out, it is silent"]
    for sound in sounds:
        assert np.median(sound.features[:, 0]) == pytest.approx(45, abs=0.05)
    assert len(read(folder / "two_a2.flac")) == pytest.approx(3 * SECONDS * RATE, abs=4)
    monkeypatch.setattr(folder_of, "take_apart", lambda name, audio: pytest.fail("it was taken apart before"))
    again, _ = gather(tmp_path, cache, [])
    np.testing.assert_array_equal(again[0].strengths, sounds[0].strengths)
    (folder / "one_a2.wav").unlink()
    with pytest.raises(ValueError, match="wanted ten seconds of sound or more"):
        gather(tmp_path, cache, [])


def test_an_analysis_that_was_cut_short_is_made_again(tmp_path):
    first = folder_of.analysed("tone_a2", tone(), tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:1000])
    np.testing.assert_array_equal(folder_of.analysed("tone_a2", tone(), tmp_path).pitch, first.pitch)


def test_a_recording_is_cut_at_its_silences_and_where_it_is_too_long():
    gap = np.zeros(RATE, np.float32)
    cut = list(pieces(np.concatenate((tone(), gap, tone(seconds=0.03), gap, np.tile(tone(), 10)))))
    assert [round(len(piece) / RATE) for piece in cut] == [2, 10, 10]
    assert loudness(tone(), 0.03)[300] == pytest.approx(0.1, rel=0.05)


def test_training_goes_on_where_it_stopped_and_says_when_it_was_short(tmp_path, capsys):
    seen, sounds = [], prepared({}, {"seed": 3})
    for minutes in (0.03, 0.06):
        figures = train(sounds, network(), tmp_path, minutes, every=1e9,
                        report=lambda voice, all: seen.append(len(all)))
    assert seen == [1, 2] and figures[1][0] >= 0.06 and all(np.isfinite(loss) for _, loss in figures)
    assert load("voice", tmp_path).plan == network().plan
    assert "2000 and more are wanted" in capsys.readouterr().out


def test_one_recording_in_ten_is_held_out():
    share = np.mean([held_out(f"note {number}") for number in range(2000)])
    assert 0.08 < share < 0.12


def test_each_instrument_has_its_own_range_and_what_is_usual_of_it_and_one_of_noises_keeps_them_all():
    rest = [{}, {"frequency": 220.0}, {"noise": 3.0}, {"noise": 3.0, "frequency": 330.0}]
    made = prepare([take_apart("x", tone(**each)) for each in rest], [0, 0, 1, 1])
    assert [each.instrument for each in tones_of(made)] == [0, 0, 1, 1]
    assert len(tones_of(made[:2] * 2 + [replace(made[2], instrument=0)])) == 4, "among tones a noise is left out"
    of = span(made)
    assert of["low"][0] == pytest.approx(45, abs=0.2) and of["high"][0] == pytest.approx(57, abs=0.2)
    assert {len(value) for value in of.values()} == {2}
    for each in made:
        assert abs(np.median(each.features[:, 3])) < 0.1, "nobody is rough among his own"


def test_a_voice_is_judged_by_notes_held_out(tmp_path):
    folder = tmp_path / "takes"
    folder.mkdir()
    for number in range(3):
        soundfile.write(folder / f"take {number}.ogg", np.tile(tone(seed=number), 2), RATE)
    sounds, _ = gather(folder, tmp_path / "cache", [])
    told = verdict(network(), sounds, folder, tmp_path / "cache")
    assert re.match(r"on 1 note held out: \d+\.\d dB of log-mel distance", told) and "(recorded " in told
