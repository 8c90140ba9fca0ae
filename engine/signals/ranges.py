"""Layer statistics that fill a fader: each in 0..1 between its own low and high water, a camera's noise left out."""

from dataclasses import replace
from operator import attrgetter

import numpy as np

from engine.signals.shaping import SETTLE, share
from engine.values import STATISTICS, Ranged, Scene

MEMORY = 60.0  # seconds after which high and low water are mostly forgotten
LONGEST = 5.0  # seconds that one frame may count for: a pause is no reason to forget
CALM = 1.0  # seconds over which the steps from frame to frame are averaged, to tell noise from movement
PAUSE = 0.5  # seconds from one frame to the next after which a step tells nothing of noise
NOISE_MEMORY = 30.0  # seconds in which the quietest moment is forgotten: noise grows when the light goes down
ROOM = 24.0  # times the mean step of the noise is the least that fills the whole range: noise alone moves it by 3 %
statistics = attrgetter(*STATISTICS)


class LayerRanges:
    """A scene stage: gives every layer its `ranged`. Layers of other names begin anew.

    low and high go to a new extreme within a fraction of a second and drift towards the present value in a minute.
    The noise of a camera is the least that the values have stepped from frame to frame lately. It lifts the floor, so
    that a still picture's `change` is 0, and keeps the range wide enough, so that a still picture makes no storm.
    """

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()

    def __call__(self, scene: Scene) -> Scene:
        if not scene.layers:
            return scene
        values = np.array([statistics(layer) for layer in scene.layers.values()], float)
        if tuple(scene.layers) != self.names:
            self.names, self.time = tuple(scene.layers), scene.time
            self.low, self.high, self.last = values.copy(), values.copy(), values
            self.step, self.noise = np.zeros_like(values), np.full_like(values, np.inf)
            self.age = 0.0
        seconds = min(max(scene.time - self.time, 0.0), LONGEST)
        self.time = scene.time
        if seconds and not scene.stale:
            self.learn(values, seconds)
        noise = np.where(np.isfinite(self.noise), self.noise, 0.0)
        floor = self.low + 2 * noise
        span = np.maximum(self.high - floor, ROOM * noise)
        ranged = np.where(span > 1e-9, (values - floor) / np.maximum(span, 1e-9), 0.0).clip(0.0, 1.0)
        layers = {name: replace(layer, ranged=Ranged(*row))
                  for (name, layer), row in zip(scene.layers.items(), ranged.tolist(), strict=True)}
        return replace(scene, layers=layers)

    def learn(self, values: np.ndarray, seconds: float) -> None:
        """Take in the values after so many seconds."""
        step, self.last = np.abs(values - self.last), values
        if seconds < PAUSE:
            self.age += seconds
            self.step += share(seconds, min(CALM, self.age)) * (step - self.step)
        if seconds < PAUSE and self.age >= CALM:
            rise = np.where(np.isfinite(self.noise), share(seconds, NOISE_MEMORY) * (self.step - self.noise), np.inf)
            self.noise = np.minimum(self.step, self.noise + np.maximum(rise, 0.0))
        settle, forget = share(seconds, SETTLE), share(seconds, MEMORY)
        self.low += np.where(values < self.low, settle, forget) * (values - self.low)
        self.high += np.where(values > self.high, settle, forget) * (values - self.high)
