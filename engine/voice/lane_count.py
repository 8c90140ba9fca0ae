"""How many lanes a machine holds: fewer before the ring runs dry, more again when there has been room for a while."""

# share of the ring left over at its lowest: below the first a lane goes, above the second one comes
LOW, HIGH = 0.3, 0.7
AGAIN = 0.25  # seconds between two that go: the ring needs them to fill
PATIENCE, LONGEST = 10.0, 160.0  # seconds of room before one comes; doubled whenever it had to go again


class LaneCount:
    """The number of lanes that may sound, from what is left of the ring.

    Begins with `lanes` of `most`; look(now, spare, sounding) says how many it is from now on.
    """

    def __init__(self, lanes: int, most: int):
        self.lanes, self.most = lanes, most
        self.patience = PATIENCE
        self.lowered, self.since = -AGAIN, None

    def adjust(self, now: float, spare: float, sounding: int) -> int:
        if spare < LOW:
            self.since = None
            if now - self.lowered >= AGAIN and self.lanes > 1:
                self.lanes = max(1, min(self.lanes, sounding) - 1)
                self.lowered, self.patience = now, min(2 * self.patience, LONGEST)
        elif spare < HIGH or sounding < self.lanes:  # it is not known how it would be with all of them
            self.since = None if spare < HIGH else self.since
        elif self.since is None:
            self.since = now
        elif now - self.since >= self.patience and self.lanes < self.most:
            self.lanes, self.since = self.lanes + 1, None
        return self.lanes
