"""Values go back to the controller: motor faders and rings of lights show what a parameter is, whoever turned it."""

from collections.abc import Callable, Iterable

from engine.midi.learn import Learn
from engine.midi.output import CONTROL
from engine.midi.ports import MidiPort, NoPort
from engine.values import Change


class Feedback:
    """Sends each learned parameter's position to its controller; what a controller turned itself is no news to it.

    name is the port as in MidiOut, "" for none. normal tells a parameter's position 0..1 by its path, None
    where there is no such one now.
    """

    def __init__(self, name: str, learn: Learn, normal: Callable[[str], float | None], strict: bool = False,
                 port: MidiPort | NoPort | None = None):
        self.port = port or (MidiPort("output", name, strict) if name else NoPort())
        self.learn, self.normal, self.new = learn, normal, True

    @property
    def notices(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.port.notice,)))

    def follow(self, changes: Iterable[Change], now: float) -> None:
        """Tell what was turned since the last call; a controller that has just come is told everything."""
        self.new |= self.port.look(now)
        told = {change.name for change in changes if change.origin != "midi"}
        for (channel, number), path in self.learn.turns.items() if self.port.here else ():
            if (self.new or path in told) and (position := self.normal(path)) is not None:
                self.port.send(CONTROL | (channel - 1), number, round(127 * position))
        self.new &= not self.port.here

    def close(self) -> None:
        self.port.close()
