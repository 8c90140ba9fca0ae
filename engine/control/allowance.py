"""How much a stranger may ask for."""


class Allowance:
    """So much work a second, and burst at once: who asks for more waits."""

    def __init__(self, rate: float, burst: float):
        self.rate, self.burst = rate, burst
        self.left, self.time = burst, 0.0

    def pay(self, work: float, now: float) -> float:
        """Take work from it; the seconds to wait until there is some again."""
        self.left = min(self.burst, self.left + (now - self.time) * self.rate) - work
        self.time = now
        return max(0.0, -self.left / self.rate)
