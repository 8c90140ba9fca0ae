"""The whole program in a real window: a digit that a real mouse draws on the sheet is read by the patch."""

import time

from engine.window.layout import arrange
from tests.parts import PATIENCE
from tests.window.shows import SIZE, playing
from tests.window.test_window import xvfb  # noqa: F401

TWO = (0.38, 0.35), (0.43, 0.25), (0.55, 0.23), (0.61, 0.33), (0.57, 0.47), (0.45, 0.63), (0.38, 0.76), (0.62, 0.76)


def test_a_digit_drawn_with_the_mouse_is_read(xvfb, receiver, tmp_path):  # noqa: F811
    left, top, wide, high = arrange(SIZE, True, 4 / 3).inset
    first, *others = [(left + x * wide, top + y * high) for x, y in TWO]

    def until(digit):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for address, *told in receiver.frame():
                if address == "/digit" and told[0] == digit:
                    return told[1]
        raise AssertionError(f"{digit} was not read")

    with playing(xvfb, receiver, tmp_path, "digits", "--source", "drawing") as mouse:
        until(-1)
        mouse(first, "mousedown 1", *others, "mouseup 1")
        assert until(2) >= 0.6
        mouse("mousedown 3", "mouseup 3")
        until(-1)
