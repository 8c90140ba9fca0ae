"""A training with a budget of minutes that goes on after an interruption."""

import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from tqdm import tqdm

from models.training.common import Average, one_cycle, save_checkpoint

Figures = list[tuple[float, float]]  # minutes and how good it was then
FINE = 200  # losses that are remembered of a training, for its curve


def often(every: float, minutes: float) -> float:
    """Every so many seconds, but ten times in a short training, so that it has a curve too."""
    return min(every, max(10.0, 6 * minutes))


class Trainer:
    """A network, its moving average and its optimiser, as they were when the checkpoint was written, if there is one.

    ValueError, in one sentence, if the checkpoint is damaged or that of a network with other classes.
    """

    def __init__(self, network: nn.Module, optimiser: torch.optim.Optimizer, checkpoint: Path, momentum: float = 0.999):
        self.network, self.optimiser, self.checkpoint = network, optimiser, checkpoint
        self.rates = [group["lr"] for group in optimiser.param_groups]
        self.average, self.spent, self.figures, self.losses = Average(network, momentum), 0.0, [], []
        self.classes = list(getattr(network, "classes", ()))
        checkpoint.parent.mkdir(parents=True, exist_ok=True)  # what cannot be written is known before the work
        if checkpoint.exists():
            try:
                state = torch.load(checkpoint, "cpu", weights_only=True)  # all goes where it is wanted by itself
                if state.get("classes", self.classes) != self.classes:
                    raise ValueError
                network.load_state_dict(state["network"])
                optimiser.load_state_dict(state["optimiser"])
                self.average.steps = state["steps"]
                self.average.network.load_state_dict(state["average"])
                self.spent, self.figures, self.losses = state["spent"], state["figures"], state.get("losses", [])
            except Exception as error:  # torch's unpickler raises what it likes at damaged files
                raise ValueError(f"{checkpoint} is damaged, or of a training with other classes, which cannot go on "
                                 "with these: take it away, or give another folder with --out") from error

    def run(self, minutes: float, cost: Callable[[float], Tensor], judge: Callable[[nn.Module], float], unit: str,
            every: float, report: Callable[[nn.Module, Figures], None]) -> Figures:
        """Train until so many minutes are spent in all; what was measured on the way.

        cost(progress 0..1) is one step's loss. Every so many seconds, at the end, and when a keyboard interrupt ends it
        early, the average is judged, the checkpoint written, and report called.
        """
        if self.spent >= minutes:
            print(f"{self.checkpoint} has had its {minutes:g} min: with more --minutes it goes on")
        elif self.spent:
            print(f"going on from {self.checkpoint}, after {self.spent:.1f} of {minutes:g} min")
        started = told = time.monotonic()
        smooth, progress, going, shown = None, self.spent / minutes, True, 0.0
        form = f"{{l_bar}}{{bar}}| {{n:.1f}}/{minutes:g} min{{postfix}}"
        bar = tqdm(total=minutes, initial=min(self.spent, minutes), unit="min", bar_format=form, mininterval=0.5)
        while going and progress < 1:
            try:
                value = self.step(cost, progress)
                smooth = value if smooth is None else smooth.lerp(value, 0.01)
            except KeyboardInterrupt:
                going = False
            now = time.monotonic()
            done = self.spent + (now - started) / 60
            progress = done / minutes
            if smooth is not None and now - shown > 0.1:  # not in every step: a GPU would have to wait for it
                bar.set_postfix_str(f"step {self.average.steps}, loss {smooth.item():.3f}", refresh=False)
                bar.update(min(done, minutes) - bar.n)
                if not self.losses or done - self.losses[-1][0] > minutes / FINE:
                    self.losses.append((done, smooth.item()))
                shown = now
            if now - told > every or progress >= 1 or not going:
                self.keep(done)  # before the judgement too: an interrupt while it lasts then loses nothing
                before = list(self.figures)
                try:
                    self.tell(done, judge, unit, report)
                except KeyboardInterrupt:
                    if not going:  # the second one is in earnest
                        raise
                    going, self.figures = False, before
                    self.tell(done, judge, unit, report)
                told = time.monotonic()
        bar.close()
        if not going:
            print(f"stopped after {done:.1f} of {minutes:g} min: the same command goes on from here")
        return self.figures

    def tell(self, done: float, judge: Callable[[nn.Module], float], unit: str,
             report: Callable[[nn.Module, Figures], None]) -> None:
        """Judge the average, write the checkpoint and report."""
        figure = judge(self.average.network)
        self.figures.append((done, figure))
        tqdm.write(f"{done:.1f} min, step {self.average.steps}: {figure:.3f} {unit}")
        self.keep(done)
        report(self.average.network, self.figures)

    def keep(self, spent: float) -> None:
        """Write the checkpoint."""
        save_checkpoint(self.checkpoint, network=self.network.state_dict(), steps=self.average.steps,
                        average=self.average.network.state_dict(), optimiser=self.optimiser.state_dict(),
                        spent=spent, figures=self.figures, losses=self.losses, classes=self.classes)

    def step(self, cost: Callable[[float], Tensor], progress: float) -> Tensor:
        """One step at the rate that the schedule has for now; its loss."""
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * one_cycle(progress, 0.02)
        value = cost(progress)
        self.optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.average.update(self.network)
        return value.detach()
