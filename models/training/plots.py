"""Curves and confusions of a training as pictures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

Points = Sequence[tuple[float, float]]
LONGEST = 40  # inches of a side: a table of a thousand classes has smaller letters, not a larger picture


def curve(points: Points, across: str, up: str, path: Path, losses: Points = (), top: float | None = None) -> None:
    """A curve through (x, y) points as a PNG, its axes named; behind it the losses, if told, to a scale of their own.

    top, if told, is the largest y there can be.
    """
    figure, axes = sheet(6, 4)
    if losses:
        right = axes.twinx()
        right.plot(*zip(*losses, strict=True), color="0.75")
        right.set_ylabel("loss on what it learns from", color="0.5")
        axes.set_zorder(right.get_zorder() + 1)
        axes.patch.set_visible(False)
    axes.plot(*zip(*points, strict=True), marker="o")
    axes.set(xlabel=across, ylabel=up)
    if top is not None:
        axes.set_ylim(-0.03 * top, 1.03 * top)
    axes.set_xlim(left=0)
    axes.grid(alpha=0.3)
    write(figure, path)


def confusion(counts: np.ndarray, truths: Sequence[str], answers: Sequence[str], path: Path) -> None:
    """What was taken for what, as a PNG: counts (truths, answers), each row coloured by its shares."""
    cell = min(max(0.35, 4 / max(counts.shape)), LONGEST / max(counts.shape))  # inches
    share = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    figure, axes = sheet(*(3 + cell * count for count in counts.shape[::-1]))
    axes.imshow(share, cmap="magma", vmin=0, vmax=1)
    axes.set(xlabel="taken for", ylabel="is")
    letters = min(10.0, 55 * cell)
    axes.set_xticks(range(len(answers)), answers, rotation=90, fontsize=letters, parse_math=False)
    axes.set_yticks(range(len(truths)), truths, fontsize=letters, parse_math=False)
    if counts.size <= 1000:
        for (row, column), count in np.ndenumerate(counts):
            if count:
                colour = "black" if share[row, column] > 0.6 else "white"
                axes.text(column, row, int(count), ha="center", va="center", fontsize=min(10, 20 * cell), color=colour)
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


def spectrograms(waves: dict[str, np.ndarray], rate: float, path: Path) -> None:
    """Spectrograms of sounds by their names, one above the other, 90 dB deep, as a small WebP or PNG."""
    figure, _ = sheet(9, 2.6 * len(waves))
    figure.clear()
    for place, (name, wave) in enumerate(waves.items()):
        axes = figure.add_subplot(len(waves), 1, place + 1)
        *_, picture = axes.specgram(wave + 1e-9, NFFT=2048, Fs=rate, noverlap=1792, cmap="magma", scale="dB")
        top = picture.get_array().max()
        picture.set_clim(top - 90, top)
        axes.set(ylabel="Hz", title=name, ylim=(0, rate / 2), xlim=(0, len(wave) / rate))
    axes.set_xlabel("s")
    write(figure, path)
