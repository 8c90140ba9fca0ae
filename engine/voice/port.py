"""The rig's voice: cues, keys and OSC become sound on a device, in a file, or nowhere."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from engine.cues import Cue, Note, Say
from engine.midi.velocity import attack, brightness, loudness  # notes are played here as keys are
from engine.parameters import Parameters
from engine.settings import VoiceSettings
from engine.unheard import SHOWN, Unheard
from engine.values import Change, EngineStatus, Scene
from engine.voice.devices import find
from engine.voice.levels import LEVELS
from engine.voice.opening import can_sound, open_microphone, unless_named, voice_of
from engine.voice.places import ring_of
from engine.voice.tuning import EQUAL, read_scala

RATE = 48_000  # of a file, in Hz
PANIC = ("panic", "show/panic")
KEYS = ("note", "bend", "control", "pressure")  # what a keyboard sends
EAR = "ear"  # what a microphone hears
SUNG = ("pitch", "loudness", "brightness")
TIMBRE, PLACE = ("brightness", "roughness", "size"), ("x", "y")


class Silence:
    """The player where there is no sound: everything is taken, nothing is heard."""

    underruns, level, notice, told = 0, 0.0, "", ""

    def look(self, now: float) -> None:
        pass

    def close(self) -> None:
        pass


class Voice:
    """A port that sounds: Say cues of a patch, keys of a MIDI keyboard, /voice/<n>/... over OSC.

    notes says whether it plays Note cues too, where no MIDI port does. UserError for a sound device that was named and
    does not open, or, if strict, is missing: else it is waited for. Where none was named and there is none, or another
    program has it, one line says so. Without sound nothing is loaded or compiled, and what patches say is counted.
    offline: the show keeps its own time, sound goes into the recording alone, with the largest voice and all lanes.
    """

    def __init__(self, settings: VoiceSettings, offline: bool, notes: bool = False, strict: bool = False,
                 parameters: Parameters | None = None, tell: Callable[[str], None] = lambda line: None):
        self.allocation, self.player, self.notes, self.parameters = None, Silence(), notes, parameters
        self.microphone = None
        self.lock = threading.Lock()  # keys and OSC come beside the frames
        self.osc: dict[int, dict[str, float]] = {}
        self.ends: dict[tuple, float] = {}  # of the Note cues that sound
        self.refused, self.until, self.now = 0, float("-inf"), 0.0  # until when it is told that voices were refused
        self.tuning = read_scala(settings.tuning) if settings.tuning else EQUAL
        if settings.ring:  # what is no ring is said before anything opens
            ring_of(settings.asked, settings.ring)
        self.unheard = Unheard("no MIDI out and no sound", {Say: "voices", Note: "notes"}) if notes else Unheard(
            "no sound", {Say: "voices"})
        path = Path(settings.record) if settings.record else None
        silent = settings.device == "none" or offline or not can_sound(settings, strict)
        found = None if silent else unless_named(settings, lambda: find(settings.device), strict)
        if found is None and path is None and (silent or not settings.device):
            return
        from models.compiled import kept

        tell("loading the voice" if kept(Path(__file__).parent) else "compiling the voice, once, about ten seconds")
        from engine.voice.allocation import Allocation
        from engine.voice.file_output import FileOutput
        from engine.voice.keys import Keys
        from engine.voice.lane_count import LaneCount
        from engine.voice.mixer import console as console_of
        from engine.voice.output import DeviceOutput
        from engine.voice.recorder import Recorder

        generator, lanes = voice_of(settings, trial=not silent)
        console = console_of(generator.lanes, *self.levels())
        player = None if silent or not (found or settings.device) else unless_named(settings, lambda: DeviceOutput(
            generator, console, settings.device, settings.latency, settings.asked, settings.ring, path, strict),
            strict=True)
        if player is None and path is None:
            return
        self.player = player or FileOutput(generator, console, Recorder(path, RATE, settings.asked or 2), settings.ring,
                                           live=not offline)
        self.console = console
        self.allocation = Allocation(generator.targets, console.places)
        self.keys = Keys(self.allocation, tuning=self.tuning)
        self.count = LaneCount(lanes, generator.lanes) if player else None
        self.microphone = open_microphone(settings.input, strict) if player else None
        self.allocation.allow(lanes)

    @property
    def notices(self) -> tuple[str, ...]:
        told = ()
        if self.allocation:
            if self.now < self.until:
                told += (f"{self.allocation.refused} voices refused: what they were told was no number",)
            if self.allocation.most < len(self.allocation.keys):
                told += (f"{self.allocation.most} of {len(self.allocation.keys)} voices: this machine makes no more",)
        heard = self.microphone.notice if self.microphone else ""
        return tuple(filter(None, (self.player.notice, *told, heard)))

    def levels(self) -> tuple[float, ...]:
        """What the table says of volume and room; nothing where there is none."""
        return tuple(self.parameters[path] for path in LEVELS) if self.parameters else ()

    @property
    def sounds(self) -> tuple[int, float] | None:
        """How many voices sound, and the peak level; None where there is no sound."""
        return None if self.allocation is None else (self.allocation.sounding, self.player.level)

    @property
    def meters(self) -> tuple[float, ...]:
        """The peak of each lane, falling slowly."""
        return () if self.allocation is None else tuple(self.console.meter.tolist())

    def send(self, scene: Scene, cues: Iterable[Cue], status: EngineStatus, now: float) -> None:
        """Sound a frame's Say cues, and its notes where no MIDI port plays them."""
        self.unheard.count(() if self.allocation else cues, now)
        if self.allocation is not None:
            self.player.look(now)
            with self.lock:
                self.allocation.say([cue for cue in cues if isinstance(cue, Say)])
                for cue in cues if self.notes else ():
                    if isinstance(cue, Note):
                        self.note(cue, now)

    def note(self, note: Note, now: float) -> None:
        """Begin a note, after ending the one of the same pitch and channel."""
        key = ("note", note.channel, note.pitch)
        self.allocation.end(key)
        if note.velocity > 0:
            self.ends[key] = now + note.seconds
            self.allocation.begin(key, {"pitch": self.tuning.pitch(note.pitch), "loudness": loudness(note.velocity),
                                        "brightness": brightness(note.velocity), "attack": attack(note.velocity)})

    def take(self, change: Change) -> bool:
        """Play what came from a keyboard or over OSC; False if it was something else."""
        if change.name in PANIC and change.value != 0:
            self.panic()  # at once: the rest of the show hears of it with the next frame
        kind, _, rest = change.name.partition("/")
        number, _, name = rest.partition("/")
        if kind not in ("voice", EAR, *KEYS) or kind == "voice" and not number.isdecimal():
            return False
        if self.allocation is not None:
            with self.lock:
                if kind == "voice":
                    self.play(int(number), name, change.value)
                elif kind == EAR:
                    self.lead(change.value)
                else:
                    self.keys.take(kind, change.value)
        return True

    def hear(self, now: float) -> list[Change]:
        """What the microphone hears, if there is one."""
        return self.microphone.poll(now) if self.microphone else []

    def lead(self, heard: tuple[float, ...]) -> None:
        """Sound what is sung: pitch, loudness and brightness, nothing when it is over."""
        if not heard:
            self.allocation.end(EAR)
            return
        sung = dict(zip(SUNG, heard, strict=True))
        if EAR in self.allocation.keys:
            self.allocation.turn(EAR, **sung)
        else:
            self.allocation.begin(EAR, {"attack": 1.0} | sung)

    def play(self, number: int, name: str, value: float | tuple[float, ...]) -> None:
        """/voice/<number>/<name>: gate opens and closes it, the others turn it now or for when it opens."""
        key, kept = ("osc", number), self.osc.setdefault(number, {})
        if name == "gate":
            if value > 0:
                self.allocation.begin(key, kept)
            else:
                self.allocation.end(key)
            return
        several = {"timbre": TIMBRE, "place": PLACE}.get(name)
        turned = dict(zip(several, value, strict=False)) if several else {name: value}
        if "pan" in turned:
            kept.pop("y", None)  # on the line again
        kept.update(turned)
        self.allocation.turn(key, **turned)

    def tick(self, now: float) -> None:
        """Keep the device and the recording going, and end the notes that are due."""
        self.player.look(now)
        if self.allocation is None:
            return
        if self.parameters:
            self.console.levels[:] = self.levels()
        if self.allocation.refused > self.refused:
            self.refused, self.until = self.allocation.refused, now + SHOWN
        self.now = now
        with self.lock:
            for key in [key for key, end in self.ends.items() if end <= now]:
                del self.ends[key]
                self.allocation.end(key)
            if self.count is not None:
                self.allocation.allow(self.count.adjust(now, self.player.spare, self.allocation.sounding))

    def panic(self) -> None:
        """Silence, within a release."""
        if self.allocation is not None:
            with self.lock:
                self.keys.lift()
                self.ends.clear()
                self.allocation.panic()

    def close(self, now: float) -> None:
        self.panic()
        if self.microphone:
            self.microphone.close()
        self.player.close()
