"""Changes that were lost because more came than a show can take at once: counted, and told for a while."""

SHOWN = 10.0  # seconds that a notice of what was lost stays


class Losses:
    """Counts the changes lost on a way in, as `where` names it; notices says so for ten seconds."""

    def __init__(self, where: str):
        self.where = where
        self.count = self.told = 0
        self.until = 0.0

    @property
    def notices(self) -> tuple[str, ...]:
        """What was lost lately."""
        lost = f"{self.where}: {self.count} changes lost, more than a show can take at once"
        return (lost,) if self.told < self.count else ()

    def tick(self, now: float) -> None:
        """Let the notice go when its time is over; now in seconds."""
        if self.count > self.told:
            self.until = self.until or now + SHOWN
            if now > self.until:
                self.told, self.until = self.count, 0.0
