"""Where units stand on a wall so that those whose maps look alike are neighbours."""

import numpy as np

from engine.window.views.seats import FADE, LINGER, RERANK

BETTER = 1.1  # they change places where that makes neighbours this much more alike


class Likeness:
    """Callable: (cells (C, n), units, rows, time) -> an order of the units and strengths 0..1.

    cells are coarse maps, of which the likeness is averaged over seconds; rows are how many tiles each row of the
    wall has. Rows go along what tells the maps apart most, places in a row along what does so next (PCA). Those
    that change places go out and come in again.
    """

    def __init__(self):
        self.time = self.arranged = 0.0
        self.rows: tuple[int, ...] = ()
        self.mean = np.zeros((0, 0))

    def __call__(self, cells: np.ndarray, units: np.ndarray, rows: tuple[int, ...], time: float):
        if self.mean.shape != cells.shape or self.rows != rows:
            self.mean, self.rows, self.time, self.arranged = cells.astype(float), rows, time, time
            self.order = self.wanted = self.arrange(units)
            self.moving, self.level = np.zeros(len(units), bool), 1.0
        passed, self.time = min(max(0.0, time - self.time), 1.0), time
        self.mean += (cells - self.mean) * (1 - np.exp(-passed / LINGER))
        if time - self.arranged >= RERANK or time < self.arranged:
            self.arranged, new = time, self.arrange(units)
            if self.alike(units[new]) > BETTER * self.alike(units[self.order]):
                self.wanted, self.moving = new, new != self.order
        leaving = self.order is not self.wanted
        self.level = min(max(self.level + (-1 if leaving else 1) * passed / FADE, 0.0), 1.0)
        if self.level <= 0:
            self.order = self.wanted
        return self.order, np.where(self.moving, self.level, 1.0)

    def arrange(self, units: np.ndarray) -> np.ndarray:
        """Which of the units stands at each place of the wall, row after row."""
        first, second = axes(self.mean[units])
        order, start = np.argsort(first, kind="stable"), 0
        for many in self.rows:
            row = order[start : start + many]
            order[start : start + many] = row[np.argsort(second[row], kind="stable")]
            start += many
        return order

    def alike(self, units: np.ndarray) -> float:
        """How much neighbours in rows and columns look alike, 0..1."""
        return likeness(self.mean[units], self.rows)


def likeness(cells: np.ndarray, rows: tuple[int, ...]) -> float:
    """The mean cosine between each tile's cells and those of its right and lower neighbours."""
    cells = cells / (np.linalg.norm(cells, axis=1, keepdims=True) + 1e-9)
    starts = np.cumsum([0, *rows])
    lines = [cells[start:stop] for start, stop in zip(starts, starts[1:], strict=False)]
    beside = [(line[1:] * line[:-1]).sum(1) for line in lines]
    below = [(line[: len(other)] * other[: len(line)]).sum(1) for line, other in zip(lines, lines[1:], strict=False)]
    return float(np.concatenate([*beside, *below, [0.0]])[:-1].mean()) if len(cells) > 1 else 1.0


def axes(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each unit's place on the two main axes of the maps' shapes, the axes turned the same way every time."""
    shapes = cells / (np.linalg.norm(cells, axis=1, keepdims=True) + 1e-9)
    across, sizes, along = np.linalg.svd(shapes - shapes.mean(0), full_matrices=False)
    places = across * sizes * np.where(along.sum(1) < 0, -1.0, 1.0)
    places = np.pad(places, ((0, 0), (0, max(0, 2 - places.shape[1]))))
    return places[:, 0], places[:, 1]
