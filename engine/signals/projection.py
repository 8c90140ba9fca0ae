"""The embedding as a few numbers: its principal components, fitted while it plays, or a fixed random projection."""

import numpy as np

from engine.signals.shaping import share

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


def random_axis(number: int, size: int) -> np.ndarray:
    """The same direction for the same number and size, on every machine and every day."""
    axis = np.random.default_rng([number, size]).standard_normal(size)
    return axis / np.linalg.norm(axis)
