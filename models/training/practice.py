"""A training with a budget of minutes that goes on after an interruption."""

import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from tqdm import tqdm

from models.training.common import Average, one_cycle, save_checkpoint

Figures = list[tuple[float, float]]  # minutes and how good it was then


class Practice:
    """A network, its moving average and its optimiser, as they were when the checkpoint was written, if there is one."""

    def __init__(self, network: nn.Module, optimiser: torch.optim.Optimizer, checkpoint: Path, momentum: float = 0.999):
        self.network, self.optimiser, self.checkpoint = network, optimiser, checkpoint
        self.rates = [group["lr"] for group in optimiser.param_groups]
        self.average, self.spent, self.figures = Average(network, momentum), 0.0, []
        if checkpoint.exists():
            state = torch.load(checkpoint, map_location=next(network.parameters()).device)
            network.load_state_dict(state["network"])
            optimiser.load_state_dict(state["optimiser"])
            self.average = Average(network, momentum, state["steps"])
            self.average.network.load_state_dict(state["average"])
            self.spent, self.figures = state["spent"], state["figures"]

    def run(self, minutes: float, cost: Callable[[float], Tensor], judge: Callable[[nn.Module], float], unit: str,
            every: float, report: Callable[[nn.Module, Figures], None]) -> Figures:
        """Practise until so many minutes are spent in all; what was measured on the way.

        cost(progress 0..1) is one step's loss. Every so many seconds, at the end, and when a keyboard interrupt ends it
        early, the average is judged, the checkpoint written, and report called.
        """
        started = told = time.monotonic()
        smooth, progress, going = 0.0, self.spent / minutes, True
        form = "{l_bar}{bar}| {n:.1f}/{total:.0f} min{postfix}"
        bar = tqdm(total=minutes, initial=min(self.spent, minutes), unit="min", bar_format=form, mininterval=0.5)
        while going and progress < 1:
            try:
                value = self.step(cost, progress)
                smooth = value if not smooth else 0.99 * smooth + 0.01 * value
            except KeyboardInterrupt:
                going = False
            now = time.monotonic()
            done = self.spent + (now - started) / 60
            bar.set_postfix_str(f"step {self.average.steps}, loss {smooth:.3f}", refresh=False)
            bar.update(min(done, minutes) - bar.n)
            progress = done / minutes
            if now - told > every or progress >= 1 or not going:
                figure = judge(self.average.network)
                self.figures.append((done, figure))
                tqdm.write(f"{done:.1f} min, step {self.average.steps}: {figure:.3f} {unit}")
                save_checkpoint(self.checkpoint, network=self.network.state_dict(), steps=self.average.steps,
                                average=self.average.network.state_dict(), optimiser=self.optimiser.state_dict(),
                                spent=done, figures=self.figures)
                report(self.average.network, self.figures)
                told = now
        bar.close()
        return self.figures

    def step(self, cost: Callable[[float], Tensor], progress: float) -> float:
        """One step at the rate that the schedule has for now; its loss."""
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * one_cycle(progress, 0.02)
        value = cost(progress)
        self.optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.average.update(self.network)
        return value.item()
