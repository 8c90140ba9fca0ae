"""The rig's voice: cues, keys and OSC become sound on a device, in a file, or nowhere."""

from collections.abc import Callable, Iterable
from pathlib import Path

from engine.errors import UserError
from engine.settings import VoiceSettings
from engine.values import Change, Cue, Osc, Say
from engine.voice.devices import find

BEND = 2.0  # semitones to each side that a pitch wheel bends
TIMBRE = ("brightness", "roughness", "size")
SHIPPED = ("voice", "voice-small")  # the largest first


class Silence:
    """The player where there is no sound: everything is taken, nothing is heard."""

    underruns, level, notice, told = 0, 0.0, "", ""

    def look(self, now: float) -> None:
        pass

    def close(self) -> None:
        pass


class Voice:
    """A port that sings: Say cues of a patch, notes from a MIDI keyboard, /voice/<n>/... over OSC.

    UserError for a sound device that was named and does not open; where none was and there is none, or another program has
    it, one line says so. Without sound nothing is loaded or compiled. offline: the show keeps its own time, sound goes
    into the recording alone.
    """

    def __init__(self, settings: VoiceSettings, offline: bool):
        self.allocation, self.player = None, Silence()
        self.osc: dict[int, dict[str, float]] = {}
        self.bend = 0.0
        self.notes: dict[tuple[int, int], float] = {}
        path = Path(settings.record) if settings.record else None
        silent = settings.device == "none" or offline
        found = None if silent else unless_named(settings, lambda: find(settings.device))
        if found is None and path is None:
            return
        from engine.voice.allocation import Allocation
        from engine.voice.file_output import FileOutput
        from engine.voice.output import DeviceOutput
        generator = voice_of(settings)
        player = found and unless_named(
            settings, lambda: DeviceOutput(generator, settings.device, settings.latency, settings.volume, path))
        player = player or (FileOutput(generator, path, settings.volume) if path else None)
        if player:
            self.player, self.allocation = player, Allocation(generator.targets, len(generator.network.instruments))

    @property
    def notices(self) -> tuple[str, ...]:
        refused = self.allocation.refused if self.allocation else 0
        told = f"{refused} voices refused: what they were told was no number" if refused else ""
        return tuple(filter(None, (self.player.notice, told)))

    def state(self) -> tuple[Osc, ...]:
        """What goes out over OSC in each frame: underruns, voices sounding, peak level."""
        if self.allocation is None:
            return ()
        return (Osc("/voice/state", self.player.underruns, self.allocation.sounding, self.player.level),)

    def send(self, cues: Iterable[Cue], now: float) -> None:
        """Sing a frame's Say cues."""
        if self.allocation is not None:
            self.player.look(now)
            self.allocation.say([cue for cue in cues if isinstance(cue, Say)])

    def take(self, change: Change) -> bool:
        """Play what came from a keyboard or over OSC; False if it was something else."""
        kind, _, rest = change.name.partition("/")
        if kind not in ("voice", "note", "bend"):
            return False
        if self.allocation is None:
            return True
        if kind == "voice":
            number, _, name = rest.partition("/")
            self.play(int(number), name, change.value)
        elif kind == "note":
            self.key(*change.value)
        else:
            self.bend = BEND * change.value
            for key, pitch in self.notes.items():
                self.allocation.turn(key, pitch=pitch + self.bend)
        return True

    def play(self, number: int, name: str, value: float | tuple[float, ...]) -> None:
        """/voice/<number>/<name>: gate opens and closes it, the others turn it now or for when it opens."""
        key, kept = ("osc", number), self.osc.setdefault(number, {})
        if name == "gate":
            if value > 0:
                self.allocation.sing(key, kept)
            else:
                self.allocation.end(key)
            return
        turned = dict(zip(TIMBRE, value)) if name == "timbre" else {name: value}
        kept.update(turned)
        self.allocation.turn(key, **turned)

    def key(self, pitch: int, velocity: float, channel: int) -> None:
        """A key goes down, or up where velocity is 0."""
        key = ("midi", channel, pitch)
        if velocity > 0:
            self.notes[key] = pitch
            self.allocation.sing(key, {"pitch": pitch + self.bend, "loudness": 0.4 + 0.6 * velocity})
        else:
            self.notes.pop(key, None)
            self.allocation.end(key)

    def tick(self, now: float) -> None:
        """Keep the device and the recording going."""
        self.player.look(now)

    def panic(self) -> None:
        """Silence, within a release."""
        if self.allocation is not None:
            self.allocation.panic()

    def close(self) -> None:
        self.panic()
        self.player.close()


def unless_named(settings: VoiceSettings, step: Callable):
    """What a step towards sound gives; where it fails and no device was named, a printed line and None."""
    try:
        return step()
    except UserError as wrong:
        if settings.device:
            raise
        print(wrong, flush=True)
        return None


def voice_of(settings: VoiceSettings):
    """The generator for this rig: one's own voice or the larger shipped one that this machine holds; its lanes."""
    from models.disk import load
    from models.fast import choose

    try:
        networks = [load("voice", Path(settings.name))] if settings.name else [load(name) for name in SHIPPED]
    except ValueError as error:
        raise UserError(str(error)) from error
    return choose(networks, settings.lanes)
