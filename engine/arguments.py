"""Kinds of arguments on the command line, and options that several commands have."""

import argparse

from engine.errors import UserError

RUNTIMES = ("auto", "torch", "onnxruntime", "openvino")


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str):
        raise UserError(f"{message}; {self.prog} --help shows the choices")


def above_zero(kind):
    def number(text: str):
        value = kind(text)
        if not 0 < value < float("inf"):
            raise ValueError
        return value

    number.__name__ = f"{kind.__name__} above zero"  # argparse names it in its message
    return number


def between(low: float, high: float):
    """A number from low to high."""
    def number(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise ValueError
        return value

    number.__name__ = f"number from {low:g} to {high:g}"
    return number


def size(text: str) -> tuple[int, int]:
    width, height = map(above_zero(int), text.lower().split("x"))
    return width, height


size.__name__ = "WIDTHxHEIGHT (as in 1280x720)"


def pair(parser: Parser) -> None:
    """Which two networks, and from which score on an object is one."""
    parser.add_argument("--detector", metavar="NETWORK",
        help="detector (the one that ships), auto (the best that was pulled and is quick enough here, else that one), "
        "a published one (neocog networks), FILE.onnx, or FILE.py:NAME")
    parser.add_argument("--features", metavar="NETWORK", help="features, a published one, FILE.onnx, or FILE.py:NAME")
    parser.add_argument("--threshold", metavar="SCORE", type=between(0, 1),
        help="the least score that something new is believed with (0.4)")


def device_and_json(parser: Parser) -> None:
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    parser.add_argument("--runtime", choices=RUNTIMES, default="auto")
    parser.add_argument("--json", action="store_true", help="one object a line, for programs")
