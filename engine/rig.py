"""The rig: what this room has, opened for a show and closed after it."""

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType

from torch import nn

from engine.capture.sources import open_source
from engine.control.port import Control
from engine.cues import Cue
from engine.draw import Draw
from engine.log_file import LogFile
from engine.midi.feedback import Feedback
from engine.midi.input import MidiIn
from engine.midi.learn import Learn
from engine.midi.output import MidiOut
from engine.neighbours import Neighbours
from engine.osc.input import OscIn
from engine.osc.output import OscOut, turned
from engine.osc.targets import targets_of
from engine.parameters import Parameters
from engine.patch.hot_reload import Patch
from engine.patch.time_limit import INTERRUPTED, interrupt
from engine.record.names import free
from engine.record.picture import PictureRecorder
from engine.record.recorder import Recorder
from engine.settings import Settings
from engine.signals.unit_regions import followed
from engine.steering import Steering
from engine.timing import Stopwatch
from engine.values import Change, EngineStatus, Percept, Scene
from engine.vision.best_detector import AUTO
from engine.voice.port import Voice
from engine.window.controls import see
from engine.window.displays import GONE, open_window
from engine.window.projection_file import ProjectionFile
from engine.window.sharing import Sharing
from engine.window.terminal import Terminal
from engine.window.views.view import NOTHING, SHIPPED

CAST = ("detector", "features", "voice")  # what a show keeps from its beginning to its end


class Rig:
    """A context: inside it every device of the settings is open, and leaving it ends all notes and says goodbye.

    With a count of frames and a source that is not live, time is the source's own: each frame is played, none twice,
    and the show is the same every time. ports are what frames and cues leave through: each has
    send(scene, cues, status, now), tick(now), notices and close(now).
    """

    def __init__(self, settings: Settings, parameters: Parameters, classes: tuple[str, ...], features: str = "",
                 network: nn.Module | None = None, tell: Callable[[str], None] = lambda line: None):
        self.settings, self.parameters, self.classes = settings, parameters, classes
        self.features, self.network, self.tell = features, network, tell
        self.stopwatch = Stopwatch(self.now, time.perf_counter)
        self.began = time.perf_counter()
        self.stops, self.frames, self.time = 0, 0, 0.0
        self.patch: Patch | None = None
        self.told = EngineStatus()  # with the last frame
        self.wishes, self.cast, self.notice, self.screen = None, None, "", ""
        self.eyes = self.recorder = self.log = None  # if there are, their notices are shown as well

    def __enter__(self) -> "Rig":
        with ExitStack() as opened:
            self.open(opened)
            self.opened = opened.pop_all()
        self.started = self.now()
        return self

    def open(self, opened: ExitStack) -> None:
        settings, parameters = self.settings, self.parameters
        targets = targets_of(settings.osc)
        self.source = open_source(settings.source, settings.camera, every_frame=settings.frames > 0, clock=self.room,
                                  parameters=parameters)
        opened.callback(self.source.close)
        self.ports = []

        def port(made):
            self.ports.append(made)
            opened.callback(lambda: made.close(self.now()))
            return made

        self.log = port(LogFile(Path(settings.log))) if settings.log else None  # first, to hear how all others end
        self.osc_out = port(OscOut(targets, self.classes, [(entry.from_, entry.to) for entry in settings.osc.map],
                                    parameters=parameters))
        self.osc_in = OscIn(settings.osc.listen, parameters, settings.osc.interface)
        opened.callback(self.osc_in.close)
        control = settings.control
        self.control = port(Control(control.listen, parameters, self.osc_in.inlet.getsockname()[:2], control.origins))
        inputs = [path for target in targets for path in target.inputs]
        self.followed = followed(inputs + [entry.from_ for entry in settings.osc.map])
        self.midi_out = port(MidiOut(settings.midi.out, strict=settings.strict))
        port(Neighbours(targets, self.midi_out.playing)).tick(self.now())
        learn = Learn(settings.midi.controller, Path(settings.rig) if settings.rig else None)
        self.midi_in = MidiIn(settings.midi.input, settings.midi.knobs, strict=settings.strict, learn=learn)
        opened.callback(self.midi_in.close)
        self.feedback = Feedback(settings.midi.feedback, learn, parameters.normal, settings.strict)
        opened.callback(self.feedback.close)
        voice, folder = settings.voice, free(Path(settings.record)) if settings.record else None
        if folder:
            self.recorder = port(self.record(folder))
            if not voice.record and voice.device != "none":
                voice = replace(voice, record=str(folder / "sound.wav"))
        self.voice = port(Voice(voice, self.source.offline, notes=not settings.midi.out, strict=settings.strict,
                                parameters=parameters, tell=self.tell))
        self.steering = Steering((self.osc, self.midi_in.poll, self.control.changes,
                                  lambda: self.voice.hear(self.now())),
                                 lambda change: self.midi_in.take(change) or self.voice.take(change),
                                 beside=self.voice.allocation is not None and not self.source.offline,
                                 inlet=self.osc_in.inlet)
        opened.callback(self.steering.close)
        port(ProjectionFile(parameters, Path(settings.rig) if settings.rig else None))
        window = settings.window
        self.takers = PictureRecorder(parameters), Sharing(parameters)  # of the picture that the audience sees
        for taker in self.takers:
            opened.callback(taker.close)
        self.tell("")
        self.window = opened.enter_context(open_window(
            parameters, size=window.size, display=window.display, headless=window.headless, features=self.features,
            network=self.network, operator=window.operator))

    def osc(self) -> list[Change]:
        """What OSC has turned since the last call, by datagrams and through the control server."""
        return self.osc_in.poll(self.now(), self.control.packets())

    def record(self, folder: Path) -> Recorder:
        """A recorder that knows what a replay needs."""
        settings = self.settings
        maps = tuple((entry.from_, entry.to) for entry in settings.osc.map)
        targets = tuple(map(asdict, settings.osc.target))
        return Recorder(folder, {"patch": settings.patch, "source": self.source.name, "classes": self.classes,
                                 "targets": targets, "maps": maps}, self.source.offline,
                        lambda: turned(self.parameters))

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.log and isinstance(error, Exception):
            self.log.fault(error)
        self.opened.close()

    def say(self, line: str) -> None:
        """Print a line about how the show begins, and keep it in the log."""
        print(line, flush=True)
        if self.log:
            self.log.say(line)

    def room(self) -> float:
        """Seconds since the rig was made."""
        return time.perf_counter() - self.began

    def now(self) -> float:
        """The show's clock in seconds: the room's, or offline that of the frame being played."""
        return self.time if self.source.offline else self.room()

    def stop(self, *signal) -> None:
        """End the show after this frame; asked again, at once, for a frame may hang in a patch.

        A patch that swallows whatever interrupts it is not asked again: then the program ends there and then.
        """
        self.stops += 1
        if self.stops > 2:
            os._exit(INTERRUPTED)
        if self.stops == 2:
            interrupt()

    @property
    def done(self) -> bool:
        settings = self.settings
        return (self.stops > 0 or self.source.ended
                or 0 < settings.frames <= self.frames or 0 < settings.seconds <= self.now() - self.started)

    def panic(self) -> None:
        """Silence everywhere, at once."""
        self.midi_out.panic(self.now())
        self.voice.panic()

    def send(self, scene: Scene, cues: tuple[Cue, ...]) -> None:
        """A frame and its cues leave through every port."""
        self.time = scene.time
        self.frames += 1
        self.told, now = self.status(), self.now()
        for port in self.ports:
            port.send(scene, cues, self.told, now)
        self.window.draw(tuple(cue for cue in cues if isinstance(cue, Draw)))
        self.stopwatch.sent(scene.time)

    def wish(self, patch: Patch) -> None:
        """Give a patch that has just come on the layer and the view it wishes for.

        Networks and voice are those of the first patch: a later one that wants others is told of.
        """
        if self.wishes == (patch.path, patch.wishes):
            return
        self.wishes = patch.path, patch.wishes
        cast = {kind: patch.wishes[kind] for kind in CAST if patch.wishes.get(kind, AUTO) != AUTO}
        self.cast = cast if self.cast is None else self.cast
        lacks = " and ".join(f"{kind} {name!r}" for kind, name in cast.items() if self.cast.get(kind) != name)
        self.notice = lacks and f"{patch.name} wants {lacks}: start neocog with it to have that"
        for wish, path in (("layer", "view/layer"), ("view", "view/name")):
            if wish in patch.wishes:
                self.parameters.set(path, patch.wishes[wish], "patch")
        for wish, path, otherwise in (("paint", "view/painter", SHIPPED), ("tested_on", "view/tested_on", NOTHING)):
            if wish in patch.wishes:
                file = str(patch.path.parent / patch.wishes[wish])
                self.parameters.offer(path, (otherwise, file), tell=False)  # no path comes over the network
                self.parameters.set(path, file, "patch")

    def show(self, percept: Percept, scene: Scene, patch: Patch) -> None:
        """The picture for a frame."""
        self.patch = patch
        self.wish(patch)
        if self.window.ended:
            self.window, self.screen = Terminal(), GONE
        if self.recorder:
            self.recorder.see(percept.frame)
        see(self.parameters, {tap: len(maps) for tap, maps in percept.maps.items()})
        self.window.show(percept, scene, patch, self.told)
        for taker in self.takers:
            taker.send(self.window.shown, scene.time)
        self.control.look(self.room(), audience=self.window.shown, camera=lambda: percept.frame.pixels)

    def tick(self) -> None:
        """What is due between frames: note-offs, and a heartbeat when frames are rare."""
        now = self.now()  # one moment for all of them: what is recorded replays as it was sent
        for port in self.ports:
            port.tick(now)
        self.steering.losses.tick(now)

    def status(self) -> EngineStatus:
        """How the engine is doing at the moment."""
        told = (*self.ports, self.steering.losses, self.midi_in, self.feedback, *self.takers,
                *filter(None, (self.eyes, self.patch)))
        notices = (self.source.notice, self.notice, self.screen, self.window.trouble,
                   *(notice for each in told for notice in each.notices))
        answers = (self.midi_out.unheard.notice, self.voice.unheard.notice, *self.osc_in.notices,
                   *self.parameters.notices)
        return self.stopwatch.status(
            dropped=self.source.dropped, malformed=self.osc_in.malformed + self.osc_in.unknown, stale=self.source.stale,
            recording=self.recorder is not None and not self.recorder.trouble,
            underruns=self.voice.player.underruns, sounds=self.voice.sounds, meters=self.voice.meters,
            notices=tuple(filter(None, notices)), answers=tuple(filter(None, answers)))
