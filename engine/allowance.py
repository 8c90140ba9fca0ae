"""How much may be done in a while: work that strangers ask for, lines of a log."""

import time

# Seconds that this thread has worked, where the system counts them finely; Windows does in 16 ms.
SPENT = time.thread_time if time.get_clock_info("thread_time").resolution < 1e-4 else time.perf_counter


class Allowance:
    """So much work a second, and burst at once; left is what may be done now, below 0 what was done too early."""

    def __init__(self, rate: float, burst: float):
        self.rate, self.burst = rate, burst
        self.left, self.time = burst, 0.0

    def earn(self, now: float) -> float:
        """Go on to now, in seconds, and tell how much may be done; a clock that ran back earns nothing."""
        self.left = min(self.burst, self.left + max(0.0, now - self.time) * self.rate)
        self.time = now
        return self.left

    def pay(self, work: float, now: float) -> float:
        """Take work from it; the seconds to wait until there is some again."""
        self.left = self.earn(now) - work
        return max(0.0, -self.left / self.rate)
