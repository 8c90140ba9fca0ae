"""Curves and confusions of a training as pictures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np


def curve(points: Sequence[tuple[float, float]], across: str, up: str, path: Path) -> None:
    """A curve through (x, y) points as a PNG, its axes named."""
    figure, axes = sheet(6, 4)
    axes.plot(*zip(*points, strict=True), marker="o")
    axes.set(xlabel=across, ylabel=up)
    axes.grid(alpha=0.3)
    write(figure, path)


def confusion(counts: np.ndarray, truths: Sequence[str], answers: Sequence[str], path: Path) -> None:
    """What was taken for what, as a PNG: counts (truths, answers), each row coloured by its shares."""
    figure, axes = sheet(*(3 + 0.35 * max(8, count) for count in counts.shape[::-1]))
    axes.imshow(counts / np.maximum(1, counts.sum(axis=1, keepdims=True)), cmap="magma", vmin=0, vmax=1)
    axes.set(xlabel="taken for", ylabel="is")
    axes.set_xticks(range(len(answers)), answers, rotation=90)
    axes.set_yticks(range(len(truths)), truths)
    if counts.size <= 1000:
        share = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
        for (row, column), count in np.ndenumerate(counts):
            if count:
                colour = "black" if share[row, column] > 0.6 else "white"
                axes.text(column, row, int(count), ha="center", va="center", fontsize=7, color=colour)
    write(figure, path)


def sheet(wide: float, high: float):
    """An empty figure of so many inches, without a screen, and its axes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = FigureCanvasAgg(Figure(figsize=(wide, high), layout="constrained")).figure
    return figure, figure.subplots()


def write(figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
