"""How loud each voice is, in figures an operator reads at a glance."""

from dataclasses import replace

from engine.window.meters import meters
from engine.window.terminal import Terminal
from tests.percepts import STATUS
from tests.scenes import scene


def test_a_peak_in_decibels_and_a_dash_for_silence():
    assert meters((1.0, 0.5, 0.1, 0.0005, 0.0)) == "0 -6 -20 - -" and meters(()) == ""


def test_the_line_in_the_terminal_tells_of_voices_while_one_sounds():
    line = Terminal()._line
    assert "voices -6 - dB" in line(scene(), replace(STATUS, meters=(0.5, 0.0)))
    assert "voices" not in line(scene(), replace(STATUS, meters=(0.0, 0.0)))
