"""Curves of a training as a picture."""

from collections.abc import Sequence
from pathlib import Path


def curve(points: Sequence[tuple[float, float]], across: str, up: str, path: Path) -> None:
    """A curve through (x, y) points as a PNG, its axes named."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = FigureCanvasAgg(figure).figure.subplots()
    axes.plot(*zip(*points, strict=True), marker="o")
    axes.set(xlabel=across, ylabel=up)
    axes.grid(alpha=0.3)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
