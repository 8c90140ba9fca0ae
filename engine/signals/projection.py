"""The embedding as a few numbers: its principal components, fitted while it plays, or a fixed random projection."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from engine.signals.shaping import share
from engine.values import Scene

COMPONENTS = 8
MEMORY = 60.0  # seconds in which the principal components follow what is seen


class Principal:
    """Principal components of a stream of vectors, strongest first (CCIPCA: Weng, Zhang, Hwang, IEEE PAMI 25(8), 2003).

    Called with a vector (D,) and the seconds since the last, gives its first COMPONENTS coordinates; a vector of
    another length begins anew.
    """

    def __init__(self) -> None:
        self.seen, self.mean, self.axes = 0, np.zeros(0), np.zeros((0, 0))

    def __call__(self, vector: np.ndarray, seconds: float) -> np.ndarray:
        vector = np.asarray(vector, float)
        if vector.shape != self.mean.shape:
            self.seen, self.mean, self.axes = 0, vector.copy(), np.zeros((min(COMPONENTS, len(vector)), len(vector)))
        self.seen += 1
        part = max(1 / self.seen, share(seconds, MEMORY))
        self.mean += part * (vector - self.mean)
        rest, told = vector - self.mean, np.zeros(len(self.axes))
        for index, axis in enumerate(self.axes):
            length = np.linalg.norm(axis)
            if length < 1e-9:
                axis[:] = rest
                length = np.linalg.norm(axis)
                if length < 1e-9:
                    break
            else:
                axis += part * (rest * (rest @ axis) / length - axis)
                length = np.linalg.norm(axis) + 1e-12
            unit = axis / length
            told[index] = (vector - self.mean) @ unit
            rest = rest - (rest @ unit) * unit
        return told


@lru_cache(64)
def random_axis(number: int, size: int) -> np.ndarray:
    """The same direction for the same number and size, on every machine and every day."""
    axis = np.random.default_rng([number, size]).standard_normal(size)
    return axis / np.linalg.norm(axis)


class PrincipalReader:
    """Reads a principal component of the embedding; it is fitted on the way."""

    def __init__(self, number: int) -> None:
        self.number, self.fit, self.time = number, Principal(), None

    def __call__(self, scene: Scene) -> float | None:
        seconds = 0.0 if self.time is None else max(scene.time - self.time, 0.0)
        self.time = scene.time
        told = self.fit(scene.embedding, seconds) if scene.embedding.size else ()
        return float(told[self.number]) if self.number < len(told) else None


def random_reader(number: int) -> Callable[[Scene], float | None]:
    """Reads the embedding along a fixed random direction."""

    def read(scene: Scene) -> float | None:
        seen = scene.embedding
        return float(seen @ random_axis(number, seen.size)) if seen.size else None

    return read


PROJECTIONS = {"pca": PrincipalReader, "random": random_reader}
