"""MIDI learn: the next controller that is moved turns the parameter that was asked for, then and in later shows."""

from collections.abc import Iterable
from pathlib import Path

from engine.settings import ControllerSettings
from engine.values import Change

SHOWN = 10.0  # seconds that is shown what was learned


class Learn:
    """Which controller turns which parameter. rig is the file that what is learned is kept in, None for nowhere."""

    def __init__(self, known: Iterable[ControllerSettings] = (), rig: Path | None = None):
        self.turns = {(each.channel, each.number): each.turns for each in known}
        self.rig, self.wanted = rig, ""
        self.notice, self.until = "", 0.0

    def begin(self, path: str) -> None:
        """Wait for a controller to be moved for this parameter; "" waits no longer."""
        self.wanted = path
        self.notice = path and f"midi learn: move the controller that is to turn {path!r:.60}"

    def take(self, number: int, position: float, channel: int, now: float) -> Change | None:
        """The change that a controller at a position 0..1 makes; None where nothing was learned of it."""
        if self.wanted:
            self.turns = {key: path for key, path in self.turns.items() if path != self.wanted}
            self.turns[channel, number] = self.wanted
            self.notice, self.until = f"controller {number} on channel {channel} turns {self.wanted!r:.60}", now + SHOWN
            self.keep(ControllerSettings(number, self.wanted, channel))
            self.wanted = ""
        elif now > self.until:
            self.notice = ""
        path = self.turns.get((channel, number))
        return Change(f"{path}/normal", position, "midi") if path else None

    def keep(self, learned: ControllerSettings) -> None:
        """Write it at the end of the rig file: of two for one controller the later one holds."""
        if self.rig is None:
            return
        quoted = learned.turns.replace("\\", "\\\\").replace('"', '\\"')
        try:
            with open(self.rig, "a", encoding="utf-8") as file:
                file.write(f"\n[[midi.controller]]\nnumber = {learned.number}\nchannel = {learned.channel}\n"
                           f'turns = "{quoted}"\n')
        except OSError as error:
            self.notice += f", but {self.rig} cannot be written: {(error.strerror or 'no such place').lower()}"
