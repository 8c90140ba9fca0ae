"""How the engine is doing: a stopwatch around each stage, the frame rate, the latency."""

from engine.values import EngineStatus

SHARE = 0.1  # weight of the newest frame in every running mean


class Stopwatch:
    """Wraps stages so that each tells how long it takes; reads back as a EngineStatus.

    clock is the show's clock in seconds; fine times the stages, since the show's own may stand still within a frame.
    """

    def __init__(self, clock, fine):
        self.clock, self.fine = clock, fine
        self.stages: dict[str, float] = {}
        self.interval = self.latency = 0.0
        self.last: float | None = None

    def around(self, **stages):
        """The stages in the order given, each timed under its name."""
        self.stages = dict.fromkeys(stages, 0.0)
        return tuple(self.timed(name, stage) for name, stage in stages.items())

    def timed(self, name: str, stage):
        def call(*values):
            start = self.fine()
            result = stage(*values)
            self.stages[name] = smooth(self.stages[name], 1000 * (self.fine() - start))
            return result

        return call

    def sent(self, frame_time: float) -> None:
        """A frame captured at frame_time has just left as OSC."""
        now = self.clock()
        self.latency = smooth(self.latency, max(now - frame_time, 0.0))
        if self.last is not None:
            self.interval = smooth(self.interval, now - self.last)
        self.last = now

    def status(self, **rest) -> EngineStatus:
        rate = 1 / self.interval if self.interval > 0 else 0.0
        return EngineStatus(fps=rate, latency=self.latency, stages=tuple(self.stages.items()), **rest)


def smooth(mean: float, value: float) -> float:
    return mean + SHARE * (value - mean) if mean else value
