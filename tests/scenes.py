"""Scenes for tests, made by hand."""

import numpy as np

from engine.values import Guess, Layer, Scene, Track, Tracks


def track(id=1, slot=0, label=0, name="person", score=0.9, x=0.5, y=0.5, w=0.2, h=0.4, vx=0.0, vy=0.0, age=1.0,
          part_of=0, unseen=0.0) -> Track:  # fmt: skip
    return Track(id, slot, label, name, score, x, y, w, h, vx, vy, age, part_of, unseen)


def scene(time=0.0, index=0, tracks=(), born=(), gone=(), mean=0.25, stale=False) -> Scene:
    layers = {f"conv{number}": Layer(mean, 1.0, 0.5, 0.6, 0.4, 0.7, 0.1, ((3, 0.9), (1, 0.5)))
              for number in range(1, 6)}
    guesses = tuple(Guess(number, f"thing {number}", 0.2) for number in range(5))
    return Scene(time, index, Tracks(tracks), Tracks(born), Tracks(gone), layers, guesses, np.zeros(8, np.float32),
                 stale)
