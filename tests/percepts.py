"""Percepts, a patch and its knobs for tests of what is shown, made by hand."""

from types import SimpleNamespace

import numpy as np
import torch

from engine.control import presets
from engine.parameter import Number, Param
from engine.parameters import Parameters
from engine.routing import declare as declare_show
from engine.values import EngineStatus, Frame, Guess, Layer, Percept, Scene, Track, Tracks
from engine.window import controls

RED, BLUE = (200, 30, 20), (10, 40, 220)
STATUS = EngineStatus(fps=59.8, latency=0.0142, dropped=3, stages=(("eyes", 9.8), ("window", 1.9)))
SHAPES = {"conv1": (32, 36, 48), "conv2": (64, 18, 24), "conv3": (128, 9, 12)}


def maps(shape: tuple[int, int, int], seed: int = 0) -> torch.Tensor:
    """Smooth maps with values from 0 to about 1, a different one for each unit."""
    count, height, width = shape
    draw = np.random.default_rng(seed)
    y, x = np.mgrid[0:1:height * 1j, 0:1:width * 1j]
    cx, cy = draw.random((2, count, 1, 1))
    return torch.from_numpy(np.exp(-20 * ((x - cx) ** 2 + (y - cy) ** 2)).astype(np.float32))


def percept(time=0.0, left=RED, right=BLUE, seed=0, tracks: tuple[Track, ...] = ()) -> tuple[Percept, Scene]:
    """A picture of two colours, 320 by 240, with three layers, and the scene that it makes."""
    pixels = np.empty((240, 320, 3), np.uint8)
    pixels[:, :160], pixels[:, 160:] = left, right
    index = round(time * 60)
    layers = {tap: Layer(0.2, 1.0, 0.5, 0.5, 0.5, 0.5, 0.1, ((3, 0.9),)) for tap in SHAPES}
    guesses = (Guess(3, "teapot", 0.83),)
    embedding = np.zeros(8, np.float32)
    felt = {tap: maps(shape, seed) for tap, shape in SHAPES.items()}
    seen = Percept(Frame(pixels, index, time), np.zeros((0, 6), np.float32), layers, guesses, embedding, felt)
    return seen, Scene(time, index, Tracks(tracks), Tracks(), Tracks(), layers, guesses, embedding)


def patch() -> SimpleNamespace:
    """What a window looks at of a patch: its name and manual."""
    return SimpleNamespace(name="tide", doc="Layers as waves.\n\nMore.")


def parameters(**layers: int) -> Parameters:
    """A table as a show has it, with these layers and their units, and a patch of three parameters."""
    table = Parameters()
    declare_show(table)
    controls.declare(table)
    presets.declare(table)
    whole, log = Param(1, 0, 3, curve="whole"), Param(1, 0.01, 100, curve="log", unit="s")
    params = {"speed": Param(0.5), "root": whole, "decay": log}
    table.replace("patch", {name: Number(f"patch/{name}", "", param) for name, param in params.items()})
    table.offer("view/parameter", params)
    controls.see(table, layers or {tap: shape[0] for tap, shape in SHAPES.items()})
    table.changes(0.0)
    return table
