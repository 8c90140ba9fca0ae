"""The command line: what is wrong is said in one line, with exit code 2 and no traceback."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.__main__ import COMMANDS, main, parse
from engine.commands.show import settings_of
from engine.errors import UserError
from engine.show import chosen
from tests.parts import PATIENCE


def told(capsys, *words) -> str:
    """What the program says when it refuses."""
    assert main([str(word) for word in words]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("neocog: ") and said.err.count("\n") == 1
    return said.err


@pytest.mark.parametrize("words, said", [
    (["--device", "tpu"], "invalid choice: 'tpu'"),
    (["--size", "large"], "argument --size: invalid WIDTHxHEIGHT (as in 1280x720) value: 'large'"),
    (["--size", "1280"], "argument --size: invalid WIDTHxHEIGHT (as in 1280x720) value: '1280'"),
    (["--frames", "-1"], "invalid int above zero value: '-1'"),
    (["--seconds", "nan"], "invalid float above zero value: 'nan'"),
    (["--louder"], "unrecognized arguments: --louder"),
    (["hello", "tide"], "unrecognized arguments: tide"),
    (["nothing"], "no patch 'nothing': name one of alexnet, between, breath, choir, cifar, cifar-ordinary, "
     "constellation, digits, digits-templates, digits-two-layers, door, filters, hello, paint, simple-cells, tide, or "
     "give the path of a .py file"),
    (["--rig", "none.toml"], "no rig file 'none.toml': no such file or directory"),
    (["--features", "none"], "no network 'none': name one of detector, features, templates, two-layers, lenet, "
     "cifar-ordinary, cifar-convnet, simple-cells, alexnet, vgg16, resnet18, resnet50, squeezenet, mobilenet-v2, "
     "yolox-nano, yolox-tiny, yolox-s, nanodet, d-fine-n, rt-detr-r18, or give FILE.py:NAME"),
    (["look"], "the following arguments are required: IMAGE"),
    (["look", "none.png"], "none.png"),
    (["look", "none.png", "--device", "cuda:9"], "invalid choice"),
    (["check", "nothing"], "no patch 'nothing'"),
    (["listen", "loud"], "argument port: invalid int value: 'loud'"),
    (["listen", "70000"], "70000"),
    (["look", ".", "--features", "none"], "look wants pictures (.apng .avif"),
    (["voice", "c2", "--brightness", "7"], "argument --brightness: invalid number from 0 to 1 value: '7'"),
    (["voice", "c2", "--size", "nan"], "argument --size: invalid number from -0.5 to 0.5 value: 'nan'"),
    (["--headless", "--source", "none.mp4"], "none.mp4"),
    (["--headless", "--features", "none", "--osc", "here"], "HOST:PORT"),
    (["--headless", "--features", "none", "--osc", "shout@127.0.0.1:9000"],
     "no osc profile 'shout': choose from neocog, split"),
    (["--headless", "--features", "none", "--osc", "127.0.0.1:70000"], "70000"),
])
def test_wrong_arguments_get_the_choices(capsys, words, said):
    assert said in told(capsys, *words)


def test_a_patch_that_raises_does_not_start(capsys, tmp_path):
    patch = tmp_path / "mine.py"
    patch.write_text("def react(scene, p):\n    yield scene.moon\n")
    for words in ([patch], ["check", patch]):
        assert "mine.py line 2: AttributeError" in told(capsys, *words, "--source", "crowd:2")


def test_the_command_line_goes_over_the_rig(tmp_path):
    rig = tmp_path / "rig.toml"
    rig.write_text('patch = "tide"\nsource = "test-card"\n[window]\nsize = [640, 360]\ndisplay = 1\n'
                   "[parameters.view]\ngamma = 2.0\n")
    _, arguments = parse(["--rig", str(rig), "--source", "demo", "--fullscreen", "--threshold", "0.3",
                          "--osc", "split@127.0.0.1:7000"])
    found = settings_of(arguments)
    assert (found.patch, found.source, found.window.display) == ("tide", "demo", "1")
    assert found.parameters == {"view/fullscreen": True, "view/gamma": 2.0, "detector/threshold": 0.3}
    assert [target.to for target in found.osc.target] == ["split@127.0.0.1:7000"]
    _, arguments = parse(["hello", "--display", "0", "--frames", "9"])
    found = settings_of(arguments)
    assert (found.patch, found.frames, found.window.display) == ("hello", 9, "0")
    found = settings_of(parse(["--midi-out", "synth", "--midi-in", "2", "--listen", "9100", "--strict"])[1])
    assert (found.midi.out, found.midi.input, found.osc.listen, found.strict) == ("synth", "2", "127.0.0.1:9100", True)
    found = settings_of(parse(["--osc", "127.0.0.1:9000", "split@127.0.0.1:7000", "tide"])[1])
    assert (found.patch, len(found.osc.target)) == ("tide", 2)


def test_a_service_without_a_home_keeps_what_it_compiles_elsewhere(monkeypatch, capsys):
    monkeypatch.setenv("NUMBA_CACHE_DIR", "put back after the test")
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    told(capsys, "check", "nothing")
    assert "NUMBA_CACHE_DIR" not in os.environ
    monkeypatch.setattr(os, "access", lambda place, mode: False)
    told(capsys, "check", "nothing")
    kept = Path(os.environ["NUMBA_CACHE_DIR"])
    assert kept.name.startswith("neocog-") and (os.name == "nt" or kept.stat().st_mode & 0o777 == 0o700)
    kept.rmdir()


def test_a_network_that_is_named_goes_over_the_patchs_wish():
    wishes = {"features": "my.py:net"}
    assert chosen(settings_of(parse([])[1]), "features", wishes) == "my.py:net"
    assert chosen(settings_of(parse(["--features", "features"])[1]), "features", wishes) == "features"
    assert chosen(settings_of(parse([])[1]), "detector", wishes) == "auto"


@pytest.mark.parametrize("words", [["--features", "detector"], ["--detector", "features"]])
def test_a_network_in_the_others_place_is_refused(capsys, words):
    assert "a detector" in told(capsys, "--headless", *words)


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    assert all(f"neocog {name}" in shown for name in COMMANDS) and "PATCH" in shown.upper()


words = st.text(max_size=12) | st.sampled_from(
    ["--source", "--osc", "--rig", "--device", "--size", "--frames", "--seconds", "1x1", "0", "-1", "demo", "look",
     "check"])


@given(st.lists(words, max_size=5).filter(lambda given: not {"-h", "--help"} & set(given)))
@settings(max_examples=300, deadline=None)
def test_any_words_are_parsed_or_refused_in_one_line(given):
    try:
        parse(given)
    except UserError as wrong:
        assert "\n" not in str(wrong)
    except SystemExit as left:  # an abbreviation of --help
        assert left.code == 0


def test_a_patch_that_swallows_everything_at_the_start_does_not_outlive_sigterm(tmp_path):
    (tmp_path / "deaf.py").write_text(
        "import time\nopen(__file__ + '.begun', 'w').close()\nwhile True:\n    try:\n        time.sleep(60)\n"
        "    except BaseException: pass\n")
    with subprocess.Popen([sys.executable, "-m", "engine", str(tmp_path / "deaf.py"), "--headless"]) as show:
        try:
            deadline = time.monotonic() + PATIENCE
            while show.poll() is None and time.monotonic() < deadline:
                if (tmp_path / "deaf.py.begun").exists():
                    show.terminate()
                time.sleep(0.3)
            assert show.returncode == 130
        finally:
            show.kill()
